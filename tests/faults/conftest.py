"""Faults strike shipped processes on a stack of its own, one after another; each on fresh databases and topics."""

from tests.system.conftest import platform, servers

__all__ = ["platform", "servers"]
