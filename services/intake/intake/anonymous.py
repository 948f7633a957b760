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
    "POST /demande/quitter",
    "GET /demande/plus-tard",
    "POST /demande/plus-tard",
    "GET /demande/reprendre",
    "POST /demande/reprendre",
    "GET /demande/numeros",
    "GET /demande/verifier",
    "POST /demande/envoyer",
    "GET /demande/recue",
    "GET /demande/questions/{slug}",
    "POST /demande/questions/{slug}",
    "GET /intake/outreach",
    "GET /intake/outreach/manifest",
    "GET /intake/outreach/files/{name}",
    "GET /suivi",
    "POST /suivi",
    "POST /suivi/accords/{consent_id}/retrait",
    "POST /suivi/fin",
)

TURNS = ("POST /demande/questions/{slug}",)
"""Those that turn the page of a form of many: they come as often as reading does."""
