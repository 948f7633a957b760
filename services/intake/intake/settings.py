"""Settings of intake alone."""

from typing import Annotated

import orjson
from joserfc.jwk import ECKey
from pydantic import BeforeValidator, Field, InstanceOf
from pydantic_settings import NoDecode

from chassis.settings import Settings


def _private_key(value: object) -> object:
    return ECKey.import_key(orjson.loads(value)) if isinstance(value, str) else value


class IntakeSettings(Settings):
    """What intake is told beyond what every service is told."""

    partner_private_jwk: Annotated[
        InstanceOf[ECKey] | None, NoDecode, BeforeValidator(_private_key), Field(repr=False)
    ] = None
    """Opens what partners' software sends (a private JWK, P-256). Unset, partners' requests wait."""
