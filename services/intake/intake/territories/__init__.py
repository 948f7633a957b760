"""Replica of the directory: which territory a commune lies in, and who the partners are."""
