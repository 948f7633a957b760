"""Small files of the installation: whole or not there at all, and their owner's alone."""

import os
import tempfile
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Writes or replaces a file that nobody else may read, at no moment; whoever reads it finds all of it.

    Raises OSError, on a full disk for one: what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        os.replace(draft, path)  # noqa: PTH105 - what a full disk does is tested here
    except BaseException:
        Path(draft).unlink()
        raise
