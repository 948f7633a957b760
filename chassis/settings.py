"""What a service is told from outside: one prefix, `MAILLAGE_`, and no configuration file."""

from base64 import b64decode
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _key(value: object) -> object:
    return b64decode(value) if isinstance(value, str) else value


Key = Annotated[bytes, NoDecode, BeforeValidator(_key), Field(min_length=32, max_length=32, repr=False)]


class Settings(BaseSettings):
    """Settings common to the four services. Secrets never show in `repr`."""

    model_config = SettingsConfigDict(
        env_prefix="MAILLAGE_",
        extra="ignore",
        frozen=True,
        # What is wrong is said by its name: beside it stand passwords.
        hide_input_in_errors=True,
    )

    database_url: SecretStr
    """PostgreSQL as `<service>_app`: requests of people, under row-level security."""
    worker_database_url: SecretStr
    """PostgreSQL as `<service>_worker`: consumers, relay, clock."""
    owner_database_url: SecretStr | None = None
    """PostgreSQL as `<service>_owner`: migrations only."""
    pool_size: int = Field(default=10, ge=2, le=100)

    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    topic_prefix: str = ""
    """Put before each topic and consumer group; tests share one broker through it."""
    session_timeout_seconds: int = Field(default=10, ge=6, le=300)

    http_host: str = "127.0.0.1"
    http_port: int = 8000
    public_url: str = "http://localhost:8080"
    """The one address people know, without a trailing slash."""
    quick_exit_url: str = Field(default="https://meteofrance.com/", pattern=r"^https?://[^\s;,]+$")
    """Where whoever leaves the public pages in a hurry is taken: what tells nothing to who looks at the screen."""

    accessibility_contact: str = Field(default="", pattern=r"^$|^https?://[^\s]+$|^[^\s@]+@[^\s@]+$")
    """Where whoever cannot use a page writes to: an e-mail address, or that of a form. Empty: the statement says to ask
    at the desk or by phone."""

    anonymous_writes_burst: int = Field(default=60, ge=1)
    """How many forms one address may send at once, in this process: a waiting room may share one."""
    anonymous_writes_per_second: float = Field(default=1.0, gt=0)
    """And how many a second after that."""

    oidc_issuer: str = ""
    oidc_client_id: str = "maillage"
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_audience: str = "maillage"
    oidc_pkce: bool = True
    """Whether the provider is told a code challenge (RFC 7636); some refuse what they do not know."""
    idle_lock_minutes: int = Field(default=15, ge=0, le=60)
    """After this long without a gesture an agent's pages are covered; 0: never."""

    master_key: Key
    """Wraps the keys of persons and cases (32 bytes, base64)."""
    master_key_id: str = "1"
    cookie_key: Key
    """Encrypts the session cookie, the same for all services (32 bytes, base64)."""

    zone: Annotated[
        ZoneInfo, NoDecode, BeforeValidator(lambda name: ZoneInfo(name) if isinstance(name, str) else name)
    ] = ZoneInfo("Europe/Paris")
    programmes: Path | None = None

    map_tiles: str = ""
    """Where the map takes its pictures from, as `https://…/{z}/{x}/{y}.png`: none unless set, and points alone."""
    map_attribution: str = ""
    """What their maker asks to be said of them."""
    """Folder of programmes that overlay the shipped ones."""
    communes: Path | None = None
    """File of communes that go over the list of the release: one a line, INSEE code and name."""
    otlp_endpoint: str | None = None
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    failpoints: str = ""
    """Where this process kills itself, for fault tests: see `chassis.failpoints`."""
