"""Following a request with its reference and secret, without an account."""
