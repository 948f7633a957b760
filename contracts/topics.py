"""The topics: who writes them, who reads them, how they are kept. One file each in `contracts/topics/`.

The deploy step creates topics and access rules from these; services never do. Partition counts never change:
a topic that needs more is drained and replaced by a `-v2`.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from contracts import yaml_files
from contracts.durations import parse_duration

FOLDER = Path(__file__).parent / "topics"

Service = Literal["intake", "cases", "directory", "notifications"]
Writer = Service | Literal["partners"]


def _kept_for(value: Any) -> Any:
    if value == "forever":
        return None
    return parse_duration(value).exact() if isinstance(value, str) else value


class Topic(BaseModel):
    """A topic as its file says. `owner` is the service that answers for it; `retention` is None for ever;
    `restricted` topics are read by the cell's consumers alone; `key` and `about` are for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Annotated[str, Field(pattern=r"^[a-z]+(-[a-z0-9]+)*$")]
    about: str
    owner: Service
    writers: Annotated[tuple[Writer, ...], Field(min_length=1)]
    consumers: tuple[Service, ...]
    restricted: bool = False
    key: str
    partitions: Annotated[int, Field(ge=1)]
    retention: Annotated[timedelta | None, BeforeValidator(_kept_for)]
    cleanup: Literal["delete", "compact"]
    events: tuple[str, ...]


def _load() -> Mapping[str, Topic]:
    files = sorted(FOLDER.glob("*.yaml"))
    topics = [Topic.model_validate(yaml_files.read(file)) for file in files]
    return MappingProxyType({topic.topic: topic for topic in topics})


TOPICS: Mapping[str, Topic] = _load()
"""Topic name → topic."""
