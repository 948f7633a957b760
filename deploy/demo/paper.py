"""Letters: the operator closes the day's batch, fetches it to print, and says that it is posted."""

from pathlib import Path

from deploy.demo.client import Client
from deploy.demo.operating import until

LETTERS = "/notifications/letters"


def close(operator: Client) -> None:
    """Close a batch at once, when a letter waits for it: the demonstration does not wait for eleven o'clock."""
    until(lambda: bool(operator.get(LETTERS).body["waiting"]), "une lettre à imprimer")
    operator.post(f"{LETTERS}/close", {})


def post(operator: Client, folder: Path) -> Path:
    """Fetch the newest batch, say that it is posted. Returns the file."""
    until(lambda: bool(_to_print(operator)), "le lot de lettres du jour")
    batch_id, place = _to_print(operator)[0]
    folder.mkdir(exist_ok=True)
    file = folder / f"lettres-{place}.zip"
    file.write_bytes(operator.download(f"{LETTERS}/{batch_id}.zip"))
    operator.post(f"{LETTERS}/{batch_id}/posted", {})
    return file


def _to_print(operator: Client) -> list[tuple[str, int]]:
    found = operator.get(LETTERS).body["batches"]
    return [(one["batch_id"], one["place"]) for one in found if one["state"] == "to_print"]
