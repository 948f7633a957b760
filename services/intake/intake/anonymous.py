"""The routes of intake open to everybody."""

ANONYMOUS = (
    "POST /intake/public/requests",
    "POST /intake/public/tracking",
    "GET /intake/public/partner-key",
    "GET /demande",
    "POST /demande",
    "GET /demande/recue",
    "GET /suivi",
    "POST /suivi",
    "POST /suivi/fin",
)
