"""PDF documents under test, by a checker that is not ours: veraPDF's rules for PDF/UA-1."""

import json
import subprocess
from pathlib import Path
from typing import Any

from deploy.local import jars, layout
from deploy.local.broker import java

VERAPDF = Path(__file__).parent / "verapdf"


def checked(folder: Path, *documents: bytes) -> list[dict[str, Any]]:
    """For each document how many `checks` were made, and those that `failed`."""
    files = [folder / f"{number}.pdf" for number in range(len(documents))]
    for file, content in zip(files, documents, strict=True):
        file.write_bytes(content)
    lock = VERAPDF / "jgo.lock.toml"
    installed = jars.install(layout.cache(), lock=lock)
    rhino = [java(), "-cp", jars.class_path(installed, lock), "org.mozilla.javascript.tools.shell.Main"]
    told = subprocess.run([*rhino, VERAPDF / "check.js", *files], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in told.stdout.splitlines()]


def spoilt(document: bytes) -> bytes:
    """The same without what makes it accessible: a checker has to notice."""
    return document.replace(b"/MarkInfo", b"/MarkOnfo").replace(b"/DisplayDocTitle true", b"/DisplayDocTitle null")
