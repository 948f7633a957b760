"""Routes open to strangers: where an SMS gateway tells what became of messages, signed."""

ANONYMOUS = ("POST /notifications/sms/receipts",)
