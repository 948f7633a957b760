"""Requests sent by outside organisations' software over Kafka."""
