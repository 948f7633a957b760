"""The routes of intake open to everybody."""

ANONYMOUS = (
    "GET /intake/public/programmes",
    "POST /intake/public/requests",
    "POST /intake/public/tracking",
    "POST /intake/public/tracking/consents",
    "POST /intake/public/tracking/consents/{consent_id}/withdraw",
    "GET /intake/public/partner-key",
    "GET /demande",
    "POST /demande",
    "GET /demande/recue",
    "GET /suivi",
    "POST /suivi",
    "POST /suivi/fin",
)
