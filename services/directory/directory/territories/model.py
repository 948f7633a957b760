"""Territories of social action: sets of communes, with dates of validity."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts import communes
from contracts.events import TerritoryPublished


class CommuneTaken(Exception):
    """A commune belongs to one territory at a time: an address must lead to one team."""

    def __init__(self, commune: str, territory: str) -> None:
        super().__init__(commune, territory)
        self.commune = commune
        self.territory = territory


class TerritoryExists(Exception):
    """Another territory has this identifier."""


class UnknownTerritory(Exception):
    """A territory named somewhere does not exist or is retired."""


def _official(code: str) -> str:
    if communes.find(code) is None:
        raise FieldError(N_("Cette commune n'est pas dans la liste officielle. Indiquez son code INSEE."))
    return code


OfficialCommune = Annotated[str, AfterValidator(_official)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


class Territory(BaseModel):
    """What an operator says about a territory. `valid_to` is its last day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=2, max_length=120)]
    communes: Annotated[frozenset[OfficialCommune], Field(min_length=1, max_length=2000)]
    valid_from: date
    valid_to: date | None = None

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("valid_from")
        if value is not None and first is not None and value < first:
            raise FieldError(N_("La fin de validité ne peut pas précéder son début."))
        return value

    def named(self, territory_id: str) -> TerritoryPublished:
        """The state of the territory of that id."""
        return TerritoryPublished(
            territory_id=territory_id,
            name=self.name,
            communes=tuple(sorted(self.communes)),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class NewTerritory(Territory):
    """A territory and the identifier it keeps for ever (`saint-brieuc`)."""

    territory_id: Slug
