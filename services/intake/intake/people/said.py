"""What is said about a person when a request is made: checked, nothing obligatory."""

from datetime import date, time
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from chassis.web.phones import NotAPhoneNumber
from chassis.web.translations import N_
from chassis.web.validation import FieldError
from contracts.events.people import (
    KnownConsentForm,
    KnownConsentKind,
    KnownContactKind,
    KnownOwnAgreement,
    KnownProtection,
    Weekday,
)
from intake.people.model import NotADate, NotAnEmail, born_between, normalised


def _blank_is_nothing(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


class Said(BaseModel):
    """Something submitted; what it does not provide for is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


Name = Annotated[Annotated[str, Field(max_length=120)] | None, BeforeValidator(_blank_is_nothing)]
Language = Annotated[
    Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", description="BCP 47: `fr`, `uk`")] | None,
    BeforeValidator(_blank_is_nothing),
]


class HoursSaid(Said):
    """Hours at which somebody may be reached, on these days of the week (1: Monday), by the local clock."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    opens: time
    closes: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise FieldError(N_("L'heure de fin vient après l'heure de début. Pour une nuit, indiquez deux plages."))
        return self


class ContactPointSaid(Said):
    """One way to reach somebody. Nothing is sent there unless `safe_to_write` is said; `never` forbids it for any use;
    `hours`: only then."""

    kind: KnownContactKind
    value: Annotated[str, Field(min_length=1, max_length=320)]
    safe_to_write: bool = False
    neutral: bool = False
    never: bool = False
    hours: Annotated[tuple[HoursSaid, ...], Field(max_length=14)] = ()

    @field_validator("value")
    @classmethod
    def _normal(cls, value: str, info: ValidationInfo) -> str:
        try:
            return normalised(info.data.get("kind", "post"), value)
        except NotAnEmail:
            raise FieldError(N_("Cette adresse électronique n'est pas complète. Exemple : nom@exemple.fr.")) from None
        except NotAPhoneNumber:
            raise FieldError(N_("Ce numéro de téléphone n'est pas valable. Exemple : 06 12 34 56 78.")) from None

    @model_validator(mode="after")
    def _safe_or_never(self) -> Self:
        if self.never and self.safe_to_write:
            raise FieldError(N_("Ce moyen de contact est dit sûr et interdit à la fois. Gardez l'un des deux."))
        return self


class ProtectionSaid(Said):
    """A legal protection of an adult, whose own agreement is sought all the same."""

    kind: KnownProtection
    protector: Annotated[Annotated[str, Field(max_length=200)] | None, BeforeValidator(_blank_is_nothing)] = None
    own_agreement: KnownOwnAgreement = "to_seek"


class NeedsSaid(Said):
    """What somebody needs wherever they are met: said once, followed everywhere."""

    interpreter: Language = None
    sign_language: bool = False
    reading_help: bool = False
    protection: ProtectionSaid | None = None


class PersonSaid(Said):
    """A person, known in whole or in part; `birth_date` may be a year, or a year and a month. `never_by`: kinds of
    contact that are never to be used, such as letters, whatever contact points are known."""

    given_name: Name = None
    family_name: Name = None
    birth_date: Annotated[str | None, BeforeValidator(_blank_is_nothing)] = None
    language: Language = None
    contact_points: Annotated[tuple[ContactPointSaid, ...], Field(max_length=10)] = ()
    never_by: Annotated[tuple[KnownContactKind, ...], Field(max_length=3)] = ()
    needs: NeedsSaid | None = None

    @field_validator("birth_date")
    @classmethod
    def _a_date(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                earliest, _ = born_between(value)
            except NotADate:
                raise FieldError(N_("Indiquez une date, ou seulement l'année : 1987, 1987-03 ou 1987-03-12.")) from None
            if earliest > date.today() or earliest.year < 1890:  # noqa: DTZ011 - a day more or less is no matter
                raise FieldError(N_("Cette date de naissance n'est pas possible."))
        return value

    @field_validator("contact_points")
    @classmethod
    def _each_once(cls, points: tuple[ContactPointSaid, ...]) -> tuple[ContactPointSaid, ...]:
        """Said twice, whether it is safe to write there could be said in two ways."""
        if len({(point.kind, point.value) for point in points}) < len(points):
            raise FieldError(N_("Le même moyen de contact est indiqué deux fois. Gardez-en un seul."))
        return points

    @property
    def name(self) -> str | None:
        """As it is written to them."""
        return " ".join(filter(None, (self.given_name, self.family_name))) or None


class ConsentSaid(Said):
    """An agreement, and how it was given."""

    kind: KnownConsentKind
    given_how: KnownConsentForm
    organisation_id: UUID | None = None


class HolderSaid(PersonSaid):
    """A holder of parental authority; `agreed` says how they agreed to what is asked, None that they have not."""

    agreed: KnownConsentForm | None = None
