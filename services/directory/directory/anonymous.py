"""What anybody may read, or register for, without signing in."""

ANONYMOUS = (
    "GET /",
    "GET /annuaire",
    "GET /annuaire/carte",
    "GET /annuaire/acces-au-droit",
    "GET /annuaire/acces-au-droit.pdf",
    "GET /annuaire.pdf",
    "GET /annuaire/{offer_id}",
    "GET /directory/public/offers",
    "GET /annuaire/actions",
    "GET /annuaire/actions.ics",
    "GET /annuaire/actions/{action_id}",
    "GET /annuaire/actions/{action_id}.ics",
    "POST /annuaire/actions/{action_id}",
    "GET /annuaire/inscription",
    "POST /annuaire/inscription",
    "POST /annuaire/inscription/annulation",
)
