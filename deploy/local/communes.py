"""Communes that the list of the release does not hold yet."""

from contracts.communes import CODE
from deploy.local import services
from deploy.local.problems import Problem
from deploy.local.stack import Stack


def add(installation: Stack, code: str, name: str) -> str:
    """Known to intake at once, and to every service from its next start. Returns what intake says. Raises Problem."""
    if not CODE.fullmatch(code) or not name.strip():
        raise Problem(
            "Ce n'est pas une commune.", "Indiquez son code INSEE et son nom, par exemple 22278 Saint-Brieuc."
        )
    file = installation.communes
    others = [line for line in _lines(installation) if line.split(" ")[0] != code]
    file.write_text("".join(f"{line}\n" for line in (*others, f"{code} {name.strip()}")), encoding="utf-8")
    return services.ask(installation, "intake", "communes", "add", "--code", code, "--name", name)


def _lines(installation: Stack) -> list[str]:
    file = installation.communes
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []
