"""Routes open to strangers: those a partner answers by, with the link it was sent; an agent's calendar, by its secret
address; where the booking service tells of appointments, signed; what the person concerned reads beside their request;
the plan of a family group, by the link each of it was sent. A dossier is for its agents."""

ANONYMOUS = (
    "GET /cases/orientations/answer/{secret}",
    "GET /cases/orientations/answer",
    "POST /cases/orientations/answer",
    "POST /cases/orientations/answer/code",
    "POST /cases/orientations/answer/open",
    "POST /cases/orientations/answer/renew",
    "GET /cases/calendar/{token}.ics",
    "POST /cases/hooks/rdv",
    "GET /cases/suivi",
    "POST /cases/suivi/documents",
    "GET /cases/lire/{secret}",
    "GET /cases/lire",
    "POST /cases/lire/quitter",
)
