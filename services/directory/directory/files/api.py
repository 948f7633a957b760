"""Files as they are read. They are filed with the agreement or the project they belong to."""

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from chassis.service import CurrentParts
from chassis.web.files import attached
from directory.files import acts
from directory.files.model import PATH
from directory.work import Agent

router = APIRouter(tags=["files"])


@router.get(f"{PATH}/{{file_id}}")
async def download(file_id: UUID, actor: Agent, parts: CurrentParts) -> Response:
    """A file of an agreement or a project that the actor may read, to be saved."""
    read = await acts.read(parts, actor, file_id)
    return attached(read.content, read.filed.name, read.filed.media_type)
