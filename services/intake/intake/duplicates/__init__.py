"""Suspected duplicates: who looks like whom and why, and what an agent decides of it."""
