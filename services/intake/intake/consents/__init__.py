"""Consents: who agreed to what, how, for whom, until when; and whether all whom a programme asks have."""
