"""Routes open to strangers: where an SMS gateway tells what became of messages, signed; where people choose what they
are written to about, by the link of a message; where they read what was sent to them, by the cookie of their
request."""

ANONYMOUS = (
    "POST /notifications/sms/receipts",
    "GET /notifications/preferences/{token}",
    "POST /notifications/preferences/{token}",
    "GET /notifications/suivi",
    "GET /notifications/preferences",
    "POST /notifications/preferences",
)
