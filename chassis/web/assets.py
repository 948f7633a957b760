"""Style, script and pictures: served from memory, named by their content so that they keep for a year."""

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from starlette.responses import Response

from chassis.web.problems import not_found

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    media_type: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """The chassis's static files by name."""
    found = (file for file in (files("chassis") / "web" / "static").iterdir() if not file.name.endswith(".txt"))
    return {file.name: _asset(file.name, file.read_bytes()) for file in found}


def _asset(name: str, content: bytes) -> Asset:
    suffix = name[name.rindex(".") :]
    media_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(content, media_type, hashlib.sha256(content).hexdigest()[:16])


def asset_url(name: str) -> str:
    """The address of a static file, which changes with its content. Raises KeyError for an unknown one."""
    return f"/static/{assets()[name].digest}/{name}"


@router.get("/static/{digest}/{name}")
async def static(digest: str, name: str) -> Response:
    """A file; while two releases run side by side, another version's address gets ours, not to be kept."""
    asset = assets().get(name)
    if asset is None:
        raise not_found()
    keep = _FOR_EVER if digest == asset.digest else "no-cache"
    return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": keep})
