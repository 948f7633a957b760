"""Amounts of a household: up to 100,000 euros."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from chassis.web.money import cents

Cents = Annotated[int, Field(ge=0, le=10_000_000, strict=True)]
"""An amount in the API: whole cents."""
Euros = Annotated[int, BeforeValidator(cents), Field(ge=0, le=10_000_000)]
"""An amount typed into a form, in euros; held in cents."""
