"""Routes open to strangers: where an SMS gateway tells what became of messages, signed; where people choose what they
are written to about, by the link of a message."""

ANONYMOUS = (
    "POST /notifications/sms/receipts",
    "GET /notifications/preferences/{token}",
    "POST /notifications/preferences/{token}",
    "GET /notifications/preferences",
    "POST /notifications/preferences",
)
