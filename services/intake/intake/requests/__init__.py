"""Requests: taken in by any channel, decided by the programme, promised an answer."""
