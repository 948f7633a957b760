"""Files over HTTP: as they are sent, and as they leave."""

from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from chassis.contents import File, NotTaken
from chassis.web.translations import translate as _


async def sent(upload: UploadFile) -> File:
    """A file as it was sent."""
    return File(upload.filename or "", upload.content_type or "", await upload.read())


async def chosen(request: Request, field: str) -> File:
    """The file of a form. Raises NotTaken when none was chosen."""
    upload = (await request.form()).get(field)
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise NotTaken(_("Choisissez un fichier."))
    return await sent(upload)


def attached(content: bytes, name: str, media_type: str) -> Response:
    """A content to be saved, whatever it is: nothing of it runs in the reader's browser."""
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=media_type)
