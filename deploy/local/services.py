"""A service's own commands, run beside it with its environment."""

import os
import subprocess
import sys

from deploy.local.problems import Problem
from deploy.local.stack import Stack


def ask(installation: Stack, service: str, *arguments: str) -> str:
    """What `python -m <service> <arguments>` answers.

    Raises:
        Problem: it refused; the reason is its own.
    """
    command = [sys.executable, "-m", service, *arguments]
    environment = {**os.environ, **installation.service_environment(service)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"code {done.returncode}"
        raise Problem(f"{service} a refusé : {reason}", f"Voir ./maillage logs {service}.")
    return done.stdout
