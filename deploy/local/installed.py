"""The installation that runs here, for the commands and steps that work on it."""

import os

from deploy.local import credentials, layout, running
from deploy.local.problems import Problem
from deploy.local.stack import Stack, kept_ports


def present() -> Stack:
    """The installation of this state folder, with the ports it was started on."""
    state = layout.default_state()
    return Stack(state, credentials.load_or_make(state.secrets), kept_ports(state), os.environ)


def present_and_running() -> Stack:
    """The same, once it is sure that it runs.

    Raises:
        Problem: nothing runs.
    """
    if not running.is_running(layout.default_state()):
        raise Problem("Maillage ne tourne pas.", "Lancez-le : ./maillage up")
    return present()
