"""Persons, how they may be reached, their households and consents."""
