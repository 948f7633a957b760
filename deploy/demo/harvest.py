"""An edition of the national directory, invented, taken in by the operator's command: what is wrong in it is set aside.

Taking it in again changes nothing: a day played later finds every entry as it was.
"""

from pathlib import Path
from typing import Any, Final

from deploy.demo.client import Client
from deploy.local import services
from deploy.local.stack import Stack

FEED: Final = "exemple-national"
FILES: Final = Path(__file__).parent / "feed"
FOUND: Final = "Courses à petit prix d'exemple"
"""What one of its lines is found by."""


def take_in(installation: Stack) -> None:
    """Raises Problem when the directory refuses the files."""
    files = [f"--{name}={FILES / name}.csv" for name in ("structures", "services")]
    services.ask(installation, "directory", "import", *files, "--feed", FEED)


def found(operator: Client, anybody: Client) -> dict[str, Any]:
    """What the directory says of the last run: its counts, the lines it set aside, and whether people find it."""
    runs = operator.get("/directory/imports").body["runs"]
    run = next(run for run in runs if run["feed"] == FEED)
    lines = operator.get(f"/directory/imports/{run['run_id']}").body["lines"]
    offers = anybody.get("/directory/public/offers", q=FOUND).body["offers"]
    return {
        "state": run["state"],
        "counts": run["counts"],
        "set_aside": [line["remarks"] for line in lines if line["set_aside"]],
        "found": any(offer["name"] == FOUND for offer in offers),
    }
