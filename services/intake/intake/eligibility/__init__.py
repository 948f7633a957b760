"""Eligibility: what a programme asks of a situation, what is met, what is missing, what excludes, what remains."""
