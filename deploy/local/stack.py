"""The whole platform on one machine: which parts run here, where, and what each service is told.

Each part is replaced by an external one when its variable is set:
    MAILLAGE_KAFKA_BOOTSTRAP   with MAILLAGE_KAFKA_USERNAME and _PASSWORD of a super user: topics, users and access
                               rules are made on it; without them the broker is taken to have no users
    MAILLAGE_DATABASE_URL      an administrator's address of a PostgreSQL 18: roles and databases are made on it
    MAILLAGE_OIDC_ISSUER       with MAILLAGE_OIDC_CLIENT_ID, _CLIENT_SECRET and _AUDIENCE
    MAILLAGE_SMTP_URL
    MAILLAGE_SMS_URL           with MAILLAGE_SMS_SECRET, as docs/how-to/connect-an-sms-gateway.md tells
    MAILLAGE_DOCUMENTS_URL     an S3-compatible bucket (s3://…), its credentials as AWS names them
MAILLAGE_PORT chooses the port of the one address; MAILLAGE_STATE the state folder; MAILLAGE_WEBHOOK_LOOPBACK whether
partners' software may be on this machine.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from deploy.local import jars, layout, oidc, ports
from deploy.local.addresses import addresses
from deploy.local.broker import ADMIN, Administration, Kafka
from deploy.local.caddy import Caddy
from deploy.local.child import Child
from deploy.local.credentials import SERVICES, Secrets
from deploy.local.files import write_private
from deploy.local.part import Part, Program
from deploy.local.postgres import Postgres
from deploy.local.problems import Problem

FIRST_PUBLIC_PORT = 8080
SENDER = "ne-pas-repondre@maillage.example"
LETTERS_FROM = "Accueil social|1 place de l'Exemple|22000 EXEMPLE"
LETTERS_FROM_NEUTRALLY = "1 place de l'Exemple|22000 EXEMPLE"
AFTER_ANSWERS = 10
"""Niceness of what sends messages: on a machine short of processors, who waits for an answer goes first."""
LOCAL_PORTS = ("kafka", "controller", "postgres", "canaille", "mail", "sms", *SERVICES)


def choose_ports(state: layout.State, environment: Mapping[str, str]) -> dict[str, int]:
    """Ports for every part: those of the last time where they are free, so that addresses stay the same.

    Raises:
        Problem: the port asked for by MAILLAGE_PORT is taken.
    """
    kept = json.loads(state.ports.read_text()) if state.ports.exists() else {}
    chosen = {name: _kept_or_free(kept.get(name)) for name in LOCAL_PORTS}
    chosen["public"] = _public_port(environment.get("MAILLAGE_PORT"), kept.get("public"))
    write_private(state.ports, json.dumps(chosen))
    return chosen


def kept_ports(state: layout.State) -> dict[str, int]:
    """The ports of the installation that runs, for the steps and commands that work on it."""
    ports_of: dict[str, int] = json.loads(state.ports.read_text())
    return ports_of


def _kept_or_free(kept: int | None) -> int:
    return kept if kept and ports.is_free(kept) else ports.free_port()


def _public_port(asked: str | None, kept: int | None) -> int:
    if asked:
        if not ports.is_free(int(asked)):
            raise Problem(
                f"Le port {asked} est déjà pris.", "Choisissez-en un autre : MAILLAGE_PORT=8090 ./maillage up"
            )
        return int(asked)
    candidates = ([kept] if kept else []) + list(range(FIRST_PUBLIC_PORT, FIRST_PUBLIC_PORT + 100))
    return next(port for port in candidates if ports.is_free(port))


@dataclass(frozen=True)
class Stack:
    """One installation: its state folder, secrets and ports, and the environment that may replace parts."""

    state: layout.State
    secrets: Secrets
    ports: Mapping[str, int]
    environment: Mapping[str, str]

    @property
    def public_url(self) -> str:
        return f"http://localhost:{self.ports['public']}"

    @property
    def issuer(self) -> str:
        return self.environment.get("MAILLAGE_OIDC_ISSUER") or f"http://localhost:{self.ports['canaille']}"

    @property
    def communes(self) -> Path:
        """Communes that go over the list of the release: one a line, INSEE code and name."""
        return Path(self.environment.get("MAILLAGE_COMMUNES") or self.state.folder / "communes.txt")

    @property
    def smtp_url(self) -> str:
        return self.environment.get("MAILLAGE_SMTP_URL") or f"smtp://{ports.LOOPBACK}:{self.ports['mail']}"

    @property
    def sms_settings(self) -> dict[str, str]:
        """Where text messages go, and the secret shared with who takes them."""
        if url := self.environment.get("MAILLAGE_SMS_URL"):
            return {"SMS_URL": url, "SMS_SECRET": self.environment.get("MAILLAGE_SMS_SECRET", "")}
        return {"SMS_URL": f"http://{ports.LOOPBACK}:{self.ports['sms']}", "SMS_SECRET": self.secrets.sms_secret}

    @property
    def administration(self) -> Administration:
        """The super user's access to Kafka: topics, users, access rules."""
        if bootstrap := self.environment.get("MAILLAGE_KAFKA_BOOTSTRAP"):
            given = self.environment.get
            return Administration(bootstrap, given("MAILLAGE_KAFKA_USERNAME"), given("MAILLAGE_KAFKA_PASSWORD"))
        return Administration(f"{ports.LOOPBACK}:{self.ports['kafka']}", ADMIN, self.secrets.kafka_admin_password)

    @property
    def database_server_url(self) -> str:
        """An administrator's address of PostgreSQL: roles, databases, extensions."""
        return self.environment.get("MAILLAGE_DATABASE_URL") or self._postgres.url()

    @cached_property
    def postgres(self) -> Postgres | None:
        return None if self.environment.get("MAILLAGE_DATABASE_URL") else self._postgres

    @cached_property
    def _postgres(self) -> Postgres:
        folder, log = self.state.folder / "postgres", self.state.log("postgres")
        return Postgres(folder, log, self.secrets.postgres_password, self.ports["postgres"])

    @cached_property
    def kafka(self) -> Kafka | None:
        if self.environment.get("MAILLAGE_KAFKA_BOOTSTRAP"):
            return None
        return Kafka(
            self.state.folder / "kafka",
            jars.folder(layout.cache()),
            self.state.log("kafka"),
            self.secrets.kafka_admin_password,
            self.ports["kafka"],
            self.ports["controller"],
        )

    @cached_property
    def parts(self) -> dict[str, Part]:
        """What the services stand on and that runs here."""
        parts: dict[str, Part] = {"caddy": self._caddy()}
        if self.postgres is not None:
            parts["postgres"] = self.postgres
        if self.kafka is not None:
            parts["kafka"] = self.kafka
        if not self.environment.get("MAILLAGE_OIDC_ISSUER"):
            parts["canaille"] = self._canaille()
        if not self.environment.get("MAILLAGE_SMTP_URL"):
            parts["mail"] = self._mail()
        if not self.environment.get("MAILLAGE_SMS_URL"):
            parts["sms"] = self._sms()
        return parts

    @cached_property
    def services(self) -> dict[str, Part]:
        return {service: self._service(service) for service in SERVICES}

    def service_environment(self, service: str) -> dict[str, str]:
        """What `service` is told; the same names an external deployment uses."""
        given = self.environment.get
        settings = {
            "HTTP_HOST": ports.LOOPBACK,
            "HTTP_PORT": str(self.ports[service]),
            "PUBLIC_URL": self.public_url,
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": given("MAILLAGE_OIDC_CLIENT_ID", oidc.CLIENT_ID),
            "OIDC_CLIENT_SECRET": given("MAILLAGE_OIDC_CLIENT_SECRET", self.secrets.oidc_client_secret),
            "OIDC_AUDIENCE": given("MAILLAGE_OIDC_AUDIENCE", oidc.CLIENT_ID),
            "MASTER_KEY": self.secrets.master_key,
            "COOKIE_KEY": self.secrets.cookie_key,
            "ZONE": given("MAILLAGE_ZONE", "Europe/Paris"),
            **self._database_settings(service),
            **self._kafka_settings(service),
            **self._own_settings(service),
        }
        if self.communes.exists():
            settings["COMMUNES"] = str(self.communes)
        return {f"MAILLAGE_{name}": value for name, value in settings.items()}

    def _database_settings(self, service: str) -> dict[str, str]:
        database = addresses(self.database_server_url, service, service, self.secrets.database_passwords)
        # The owner's address is for migrations: a service that runs does not have it.
        return {"DATABASE_URL": database.app_url, "WORKER_DATABASE_URL": database.worker_url}

    def _kafka_settings(self, service: str) -> dict[str, str]:
        identity = {"KAFKA_USERNAME": service, "KAFKA_PASSWORD": self.secrets.kafka_passwords[service]}
        return {"KAFKA_BOOTSTRAP": self.administration.bootstrap} | (identity if self.administration.username else {})

    def _own_settings(self, service: str) -> dict[str, str]:
        match service:
            case "intake":
                return {
                    "PARTNER_PRIVATE_JWK": json.dumps(self.secrets.partner_request_key),
                    "CELL_PUBLIC_JWK": json.dumps(
                        {name: value for name, value in self.secrets.cell_key.items() if name != "d"}
                    ),
                }
            case "cases":
                return {"CELL_PRIVATE_JWK": json.dumps(self.secrets.cell_key), "DOCUMENTS_URL": self._documents_url}
            case "directory":
                return {"DOCUMENTS_URL": self._documents_url}
            case "notifications":
                return {
                    "SMTP_URL": self.smtp_url,
                    "SENDER_ADDRESS": SENDER,
                    "LETTER_SENDER": LETTERS_FROM,
                    "NEUTRAL_LETTER_SENDER": LETTERS_FROM_NEUTRALLY,
                    # Nobody is disturbed: who tries the platform at night sees its messages.
                    "QUIET_HOURS": self.environment.get("MAILLAGE_QUIET_HOURS", ""),
                    "WEBHOOK_LOOPBACK": self.environment.get("MAILLAGE_WEBHOOK_LOOPBACK", "false"),
                    **self.sms_settings,
                }
            case _:
                return {}

    @property
    def _documents_url(self) -> str:
        """Contents have an id each, whichever service they are of: they may lie together."""
        return self.environment.get("MAILLAGE_DOCUMENTS_URL") or (self.state.folder / "documents").resolve().as_uri()

    def _service(self, service: str) -> Program:
        command = [sys.executable, "-m", service, "all"]
        # One arena: on an idle machine glibc's others hold memory for nothing.
        environment = {**self.service_environment(service), "MALLOC_ARENA_MAX": "1", "PYTHONUNBUFFERED": "1"}
        niceness = AFTER_ANSWERS if service == "notifications" else 0
        child = Child(service, command, self.state.log(service), environment, niceness=niceness)
        return Program(child, self.ports[service])

    def _caddy(self) -> Caddy:
        upstreams = {service: self.ports[service] for service in SERVICES}
        return Caddy(self.state.folder / "caddy", self.state.log("caddy"), self.ports["public"], upstreams)

    def _canaille(self) -> oidc.Canaille:
        return oidc.Canaille(
            folder=self.state.folder / "canaille",
            environment=oidc.environment(layout.cache()),
            log=self.state.log("canaille"),
            port=self.ports["canaille"],
            public_url=self.public_url,
            client_secret=self.secrets.oidc_client_secret,
            flask_key=self.secrets.oidc_flask_key,
            signing_key=self.secrets.oidc_signing_key,
            password=self.secrets.demo_password,
        )

    def _mail(self) -> Program:
        port = self.ports["mail"]
        command = [sys.executable, "-m", "deploy.local.mail", str(port), str(self.state.mail)]
        return Program(Child("mail", command, self.state.log("mail"), niceness=AFTER_ANSWERS), port)

    def _sms(self) -> Program:
        port, receipts = self.ports["sms"], f"{self.public_url}/notifications/sms/receipts"
        command = [sys.executable, "-m", "deploy.local.sms", str(port), str(self.state.sms), receipts]
        environment = {"MAILLAGE_SMS_SECRET": self.secrets.sms_secret}
        return Program(Child("sms", command, self.state.log("sms"), environment, niceness=AFTER_ANSWERS), port)
