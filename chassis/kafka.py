"""How a service reaches Kafka: the same identity for its relay and its consumers."""

from typing import Any

from faststream.kafka.security import parse_security
from faststream.security import BaseSecurity, SASLScram512

from chassis.settings import Settings


def security(settings: Settings) -> BaseSecurity | None:
    """SCRAM with the service's own user; none on a broker without users."""
    if settings.kafka_username is None or settings.kafka_password is None:
        return None
    return SASLScram512(
        username=settings.kafka_username, password=settings.kafka_password.get_secret_value(), use_ssl=False
    )


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for an aiokafka client."""
    return {"bootstrap_servers": settings.kafka_bootstrap, **parse_security(security(settings))}
