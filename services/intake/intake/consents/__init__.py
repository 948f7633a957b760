"""Consents: who agreed to what, how, for whom, until when."""
