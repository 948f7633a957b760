"""Households and relations, as they change over time."""
