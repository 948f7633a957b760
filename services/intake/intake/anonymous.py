"""The routes of intake open to everybody."""

ANONYMOUS = ("POST /intake/public/requests",)
