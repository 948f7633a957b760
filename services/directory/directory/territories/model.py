"""Territories of social action: sets over the official communes, with dates of validity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts import communes, groupings
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
    if communes.resolve(code) is None:
        raise FieldError(N_("Cette commune n'est pas dans la liste officielle. Indiquez son code INSEE."))
    return code


def _grouping(code: str) -> str:
    if not (groupings.department(code) or groupings.members_of(code)):
        raise FieldError(
            N_("Indiquez le code d'un département ou le numéro SIREN d'une intercommunalité de la liste officielle.")
        )
    return code


OfficialCommune = Annotated[str, AfterValidator(_official)]
Grouping = Annotated[str, AfterValidator(_grouping)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


@dataclass(frozen=True, slots=True)
class Definition:
    """A set of communes said by what it is made of: communes and municipal districts, EPCI and départements (`areas`),
    `without` some communes. It holds while the official list changes; the communes it comes to follow."""

    communes: frozenset[str]
    areas: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()

    def resolved(self) -> frozenset[str]:
        """Today's codes: those of before a merger lead to the commune of today. A whole commune brings its municipal
        districts, since an address may bear either code."""
        whole = {code for area in self.areas for code in communes.communes_of(area)}
        return _meant(self.communes | whole) - _meant(self.without)

    def gone(self) -> str | None:
        """One of its areas that the official list no longer holds."""
        return next((area for area in sorted(self.areas) if not communes.communes_of(area)), None)


@dataclass(frozen=True, slots=True)
class Noticed:
    """What a change of the official list did to a territory: communes that came and went.

    With a `problem` nothing was done: `commune-taken`, `about` a commune that the territory `holder` has, or
    `area-gone`, `about` an area that the list no longer holds. An operator decides.
    """

    territory_id: str
    noticed_at: datetime
    came: Sequence[str]
    went: Sequence[str]
    problem: str | None = None
    about: str | None = None
    holder: str | None = None


def _meant(codes: Iterable[str]) -> frozenset[str]:
    found = {resolved.commune.code for code in codes if (resolved := communes.resolve(code))}
    return frozenset(found.union(*map(communes.districts_of, found)))


class Territory(BaseModel):
    """What an operator says about a territory. `valid_to` is its last day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=2, max_length=120)]
    communes: Annotated[frozenset[OfficialCommune], Field(max_length=2000)] = frozenset()
    areas: Annotated[frozenset[Grouping], Field(max_length=200)] = frozenset()
    without: Annotated[frozenset[OfficialCommune], Field(max_length=2000)] = frozenset()
    valid_from: date
    valid_to: date | None = None

    @property
    def definition(self) -> Definition:
        return Definition(self.communes, self.areas, self.without)

    @field_validator("valid_to")
    @classmethod
    def _in_order(cls, value: date | None, info: ValidationInfo) -> date | None:
        first = info.data.get("valid_from")
        if value is not None and first is not None and value < first:
            raise FieldError(N_("La fin de validité ne peut pas précéder son début."))
        return value

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.definition.resolved():
            raise FieldError(N_("Ce territoire ne contient aucune commune. Indiquez-en au moins une."))
        return self

    def named(self, territory_id: str) -> TerritoryPublished:
        """The state of the territory of that id."""
        return TerritoryPublished(
            territory_id=territory_id,
            name=self.name,
            communes=tuple(sorted(self.definition.resolved())),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )


class NewTerritory(Territory):
    """A territory and the identifier it keeps for ever (`saint-brieuc`)."""

    territory_id: Slug
