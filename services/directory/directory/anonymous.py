"""What anybody may read without signing in."""

ANONYMOUS = ("GET /", "GET /annuaire", "GET /directory/public/offers")
