"""Asking without an account: one question a page; what was typed so far lasts an hour, and is erased on leaving."""
