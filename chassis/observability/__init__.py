"""What a running service tells about itself: logs, metrics and traces, never personal data."""
