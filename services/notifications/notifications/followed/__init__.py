"""What the person concerned reads of messages, beside their request."""
