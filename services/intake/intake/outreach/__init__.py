"""Contacts noted in the street, away from the network: sealed on the phone, sent once it is back."""
