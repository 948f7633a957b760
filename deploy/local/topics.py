"""Topics and access rules, made from `contracts/topics/*.yaml` by this step; services never do.

Doing it again changes nothing but what differs: missing topics, how topics are kept, users, passwords and rules.
Run as ``python -m deploy.local.topics``, or `./maillage topics`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)
from confluent_kafka.cimpl import NewTopic

from contracts.topics import TOPICS, Topic
from deploy.local import installed
from deploy.local.broker import Administration
from deploy.local.problems import Problem

PARTNER_PREFIX = "partner-"
ANSWER_SECONDS = 20.0
# Compacted topics are republished nightly: old states may go after a day, keys of erased people too.
COMPACTION = {"cleanup.policy": "compact", "max.compaction.lag.ms": "86400000", "segment.ms": "86400000"}


def apply(administration: Administration, passwords: Mapping[str, str], prefix: str = "") -> None:
    """Every topic of the contracts, every user of `passwords` and the rules between them."""
    client = administration.client()
    asked = [new_topic(topic, prefix) for topic in TOPICS.values()]
    create_topics(client, asked)
    configure_topics(client, asked)
    if administration.username is not None:
        set_users(client, passwords)
        allow(client, access_rules(TOPICS.values(), passwords, prefix))


def new_topic(topic: Topic, prefix: str = "", partitions: int | None = None) -> NewTopic:
    """What the broker is asked for: `topic` as the contracts describe it, on a single node."""
    if topic.cleanup == "compact":
        config = COMPACTION
    else:
        milliseconds = -1 if topic.retention is None else int(topic.retention.total_seconds() * 1000)
        config = {"cleanup.policy": "delete", "retention.ms": str(milliseconds)}
    return NewTopic(prefix + topic.topic, partitions or topic.partitions, 1, config=config)


def create_topics(client: AdminClient, topics: Iterable[NewTopic]) -> None:
    """Creates those that do not exist; partition counts of the others never change."""
    asked = list(topics)
    if asked:
        for future in client.create_topics(asked, request_timeout=ANSWER_SECONDS).values():
            _settle(future, accept=KafkaError.TOPIC_ALREADY_EXISTS)


def configure_topics(client: AdminClient, topics: Iterable[NewTopic]) -> None:
    """Keeps existing topics as they are now described; what is not said here stays as somebody set it."""
    changes = [
        ConfigResource(
            ResourceType.TOPIC,
            topic.topic,
            incremental_configs=[
                ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET)
                for name, value in (topic.config or {}).items()
            ],
        )
        for topic in topics
    ]
    for future in client.incremental_alter_configs(changes, request_timeout=ANSWER_SECONDS).values():
        _settle(future)


def set_users(client: AdminClient, passwords: Mapping[str, str]) -> None:
    """One SCRAM user per service and per partner; an existing one gets this password."""
    info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    changes: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, info, secret.encode()) for user, secret in passwords.items()
    ]
    for future in client.alter_user_scram_credentials(changes, request_timeout=ANSWER_SECONDS).values():
        _settle(future)
    _wait_for(lambda: _known_users(client, list(passwords)))


def _known_users(client: AdminClient, users: list[str]) -> bool:
    # Asked for several users, it answers with one future each (its type also covers asking for all).
    described: Any = client.describe_user_scram_credentials(users, request_timeout=ANSWER_SECONDS)
    return all(future.exception() is None for future in described.values())


def allow(client: AdminClient, rules: Iterable[AclBinding]) -> None:
    """Adds the rules that are missing; returns once the broker applies them.

    It acknowledges a rule before its authorizer has read it: a client that came in between would be refused.
    """
    asked = list(rules)
    for future in client.create_acls(asked, request_timeout=ANSWER_SECONDS).values():
        _settle(future)
    # Rules are applied in the order they were written: the last one stands for all.
    _wait_for(lambda: client.describe_acls(_matching(asked[-1])).result())


def _matching(rule: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        rule.restype,
        rule.name,
        rule.resource_pattern_type,
        rule.principal,
        rule.host,
        rule.operation,
        rule.permission_type,
    )


def _wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + ANSWER_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise Problem("Kafka n'a pas appliqué les règles d'accès à temps.", "Relancez la commande.")
        time.sleep(0.02)


def _settle(future: "Future[Any]", accept: int | None = None) -> None:
    try:
        future.result()
    except KafkaException as error:
        if error.args[0].code() != accept:
            raise


def access_rules(topics: Iterable[Topic], users: Iterable[str], prefix: str = "") -> list[AclBinding]:
    """Who may do what: a service writes its topics, reads those it consumes, in groups of its own name."""
    known = list(users)
    rules = [rule for topic in topics for rule in _topic_rules(topic, known, prefix)]
    for user in known:
        if not user.startswith(PARTNER_PREFIX):
            group = (ResourceType.GROUP, prefix + user, ResourcePatternType.PREFIXED)
            rules += [_rule(user, *group, AclOperation.READ), _rule(user, *group, AclOperation.DESCRIBE)]
    return rules


def _topic_rules(topic: Topic, users: list[str], prefix: str) -> Iterator[AclBinding]:
    resource = (ResourceType.TOPIC, prefix + topic.topic, ResourcePatternType.LITERAL)
    for user in users:
        role = "partners" if user.startswith(PARTNER_PREFIX) else user
        writes, reads = role in topic.writers, role in topic.consumers
        if writes:
            yield _rule(user, *resource, AclOperation.WRITE)
        if reads:
            yield _rule(user, *resource, AclOperation.READ)
        if writes or reads:
            yield _rule(user, *resource, AclOperation.DESCRIBE)


def _rule(
    user: str, kind: ResourceType, name: str, pattern: ResourcePatternType, operation: AclOperation
) -> AclBinding:
    return AclBinding(kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)


def main() -> None:
    installation = installed.present()
    apply(installation.administration, installation.secrets.kafka_passwords)


if __name__ == "__main__":
    main()
