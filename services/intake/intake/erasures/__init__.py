"""Erasure: asked for, decided by a manager, and followed until nothing is left of the person anywhere."""
