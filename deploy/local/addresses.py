"""Where a service finds its database: three login roles, three addresses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from deploy.local.credentials import ROLES


@dataclass(frozen=True)
class ServiceDatabase:
    """The addresses of one service's database: migrations, HTTP, and consumers with relay and clock.

    `admin_url` is the administrator's, who is above row-level security: for deploy steps and tests alone.
    """

    name: str
    owner_url: str = field(repr=False)
    app_url: str = field(repr=False)
    worker_url: str = field(repr=False)
    admin_url: str = field(repr=False)


def address(server_url: str, *, database: str, user: str | None = None, password: str = "") -> str:
    """`server_url` with another database and, where given, another user and password."""
    parts = urlsplit(server_url)
    identity, _, host = parts.netloc.rpartition("@")
    if user is not None:
        identity = f"{quote(user)}:{quote(password)}"
    return urlunsplit((parts.scheme, f"{identity}@{host}", f"/{database}", parts.query, ""))


def addresses(
    server_url: str, name: str, service: str, passwords: Mapping[str, str], prefix: str = ""
) -> ServiceDatabase:
    """Where `service` finds the database `name`; its login roles are `<prefix><service>_<role>`."""
    owner, app, worker = (
        address(server_url, database=name, user=f"{prefix}{login}", password=passwords[login])
        for login in (f"{service}_{role}" for role in ROLES)
    )
    return ServiceDatabase(name, owner, app, worker, address(server_url, database=name))
