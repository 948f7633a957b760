"""What is printed of a dossier: titles, facts, lists and tables, in the order they are read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from chassis.typesetting import Said
from chassis.web.translations import language


@dataclass(frozen=True, slots=True)
class Section:
    """One heading and what stands under it. `facts`: pairs of name and value; `points`: a list; `widths`: how wide
    the columns of the table are beside one another."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    lines: Sequence[str] = ()
    points: Sequence[str] = ()
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    widths: Sequence[int] = ()
    parts: Sequence["Section"] = ()
    """Under it in turn; their own `parts` are not printed."""

    def __post_init__(self) -> None:
        if self.rows and {len(self.widths), *map(len, self.rows)} != {len(self.head)}:
            raise ValueError("a table has one heading and one width a column")

    @property
    def empty(self) -> bool:
        return not (self.facts or self.lines or self.points or self.rows or self.parts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document. `file`: its name, which tells nobody's; `signatures`: who signs it, by hand."""

    file: str
    title: str
    lead: Sequence[str]
    sections: Sequence[Section]
    signatures: Sequence[str] = ()

    def said(self, day: date, foot: str) -> Said:
        """All that is printed: texts alone. Sections that say nothing are left out."""
        return {
            "title": self.title,
            "language": language(),
            "day": [day.year, day.month, day.day],
            "foot": foot,
            "lead": list(self.lead),
            "sections": [asdict(one) for one in self.sections if not one.empty],
            "signatures": list(self.signatures),
        }
