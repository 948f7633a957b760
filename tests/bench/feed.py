"""A national feed as data·inclusion publishes one, invented: structures all over France, what they offer, and lines
that are broken in the ways such files are. The same seed makes the same files, byte for byte.

    python -m tests.bench.feed FOLDER [--services 100000] [--format csv]
"""

import argparse
import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Final

from contracts import communes
from contracts.themes import THEMATIQUES

Row = dict[str, Any]
SEED: Final = 5
BROKEN: Final = 0.02
"""Share of lines that can't be taken in."""
REMARKED: Final = 0.02
"""Share of services that hold a value of no vocabulary, or hours that can't be read."""
TO_EACH: Final = 3.3
"""Services of a structure, on average."""
FIRST_DAY: Final = date(2024, 1, 1)
STRUCTURE: Final = (
    "source", "id", "nom", "date_maj", "description", "lien_source", "siret", "commune", "code_postal", "code_insee",
    "adresse", "complement_adresse", "longitude", "latitude", "telephone", "courriel", "site_web", "horaires_accueil",
    "accessibilite_lieu", "reseaux_porteurs",
)  # fmt: skip
SERVICE: Final = (
    "source", "structure_id", "id", "nom", "description", "lien_source", "date_maj", "type", "thematiques", "frais",
    "frais_precisions", "publics", "publics_precisions", "conditions_acces", "commune", "code_postal", "code_insee",
    "adresse", "complement_adresse", "longitude", "latitude", "telephone", "courriel", "modes_accueil",
    "zone_eligibilite", "contact_nom_prenom", "lien_mobilisation", "modes_mobilisation", "mobilisable_par",
    "mobilisation_precisions", "volume_horaire_hebdomadaire", "nombre_semaines", "horaires_accueil", "score_qualite",
)  # fmt: skip
_SOURCES: Final = ("exemple-dora", "exemple-soliguide", "exemple-mediation", "exemple-departements")
_KINDS: Final = ("accompagnement", "aide-financiere", "aide-materielle", "atelier", "formation", "information")
_PUBLICS: Final = ("actifs", "demandeurs-emploi", "etudiants", "familles", "femmes", "jeunes", "personnes-exilees",
    "personnes-en-situation-de-handicap", "residents-qpv-frr", "seniors")  # fmt: skip
_NETWORKS: Final = ("ccas-cias", "communes", "mission-locale", "france-service", "caf", "departements", "croix-rouge",
    "secours-populaire", "points-justice", "mjc", "maisons-des-solidarites")  # fmt: skip
_NAMES: Final = ("Association", "Maison", "Point d'accueil", "CCAS", "Espace")
_MOBILISATION: Final = ("telephoner", "envoyer-un-courriel", "se-presenter", "utiliser-lien-mobilisation")
_PHONES: Final = ("019900", "026191", "035301", "046571", "053649")
"""Beginnings of numbers that are nobody's, kept for fiction."""
_DAYS: Final = ("Mo-Fr", "Mo-Th", "Mo,We,Fr", "Tu,Th", "We", "Mo-Sa", "Tu-Sa", "week 01-53/2 We,Fr")
_TOWARDS: Final = (
    "Aider à",
    "Atelier pour",
    "Être accompagné pour",
    "S'informer sur",
    "Permanence pour",
    "Soutien pour",
)
_SENTENCES: Final = (
    "Un accueil sans jugement, sur rendez-vous ou en libre accès selon les jours.",
    "Un premier entretien fait le point sur la situation, puis un plan est écrit avec la personne.",
    "Les démarches se font ensemble ; une aide à la lecture des courriers est possible.",
    "Des ateliers collectifs complètent l'accompagnement individuel, toute l'année.",
    "L'équipe travaille avec les autres acteurs du territoire et oriente si besoin.",
    "Les enfants peuvent venir ; un coin leur est réservé pendant l'entretien.",
    "Exemple inventé : aucune structure réelle n'est décrite ici.",
)


@dataclass(frozen=True)
class Feed:
    """`services` lines of services, and the structures they need. The seed of a line is its rank: any can be made
    without the others."""

    services: int
    seed: int = SEED

    @property
    def structures(self) -> int:
        return max(1, round(self.services / TO_EACH))

    @cached_property
    def _places(self) -> tuple[list[communes.Commune], list[int]]:
        """Communes, and how many people live in those up to each."""
        found = [one for one in communes.every() if one.postal_codes]
        return found, list(accumulate(max(1, one.population) for one in found))

    def structure_rows(self) -> Iterator[Row]:
        """Lines of the first file, broken ones among them."""
        return self._among(self.structures, self.structure, _BREAK_STRUCTURE)

    def service_rows(self) -> Iterator[Row]:
        """Lines of the second."""
        return self._among(self.services, self.service, _BREAK_SERVICE)

    def _among(self, count: int, make: Callable[[int], Row], breaks: Sequence[Callable[[Row], Row]]) -> Iterator[Row]:
        chance = Random(f"{self.seed} broken {count}")
        for number in range(count):
            row = make(number)
            yield chance.choice(breaks)(row) if chance.random() < BROKEN else row

    def structure(self, number: int) -> Row:
        """A structure, whole."""
        chance = Random(f"{self.seed} structure {number}")
        source, place = chance.choice(_SOURCES), self._place(chance)
        return dict.fromkeys(STRUCTURE) | place | {
            "source": source,
            "id": f"{source}--{number}",
            "nom": f"{chance.choice(_NAMES)} Exemple n° {number}",
            "date_maj": _day(chance),
            "description": _text(chance, 2) if chance.random() < 0.7 else None,
            "lien_source": f"https://{source}.example/structures/{number}",
            "siret": f"{number:014}" if chance.random() < 0.5 else None,
            "telephone": _phone(chance, number),
            "courriel": f"structure{number}@maillage.example" if chance.random() < 0.8 else None,
            "site_web": f"https://structure{number}.example/" if chance.random() < 0.6 else None,
            "horaires_accueil": _hours(chance) if chance.random() < 0.6 else None,
            "reseaux_porteurs": chance.sample(_NETWORKS, chance.choice((1, 1, 2))) if chance.random() < 0.7 else None,
        }  # fmt: skip

    def service(self, number: int) -> Row:
        """A service, whole; one in fifty with a remark to be made."""
        chance = Random(f"{self.seed} service {number}")
        host = self.structure(int(chance.random() * self.structures))
        at_home = chance.random() < 0.8
        place = {name: host[name] for name in _PLACE} if at_home else self._place(chance)
        themes = chance.sample(_THEMATIQUES, chance.choice((1, 1, 2, 3)))
        towards = THEMATIQUES[themes[0]].lower()
        row = dict.fromkeys(SERVICE) | (place if chance.random() < 0.9 else {}) | {
            "source": host["source"],
            "structure_id": host["id"],
            "id": f"{host['source']}--service-{number}",
            "nom": f"{chance.choice(_TOWARDS)} {towards}"[:150],
            "description": _text(chance, chance.choice((3, 5, 9))),
            "lien_source": f"https://{host['source']}.example/services/{number}",
            "date_maj": _day(chance),
            "type": chance.choice(_KINDS),
            "thematiques": themes,
            "frais": chance.choice(("gratuit", "gratuit", "gratuit", "payant", None)),
            "publics": chance.choice((["tous-publics"], chance.sample(_PUBLICS, chance.choice((1, 2, 4))))),
            "publics_precisions": "Le jeune entre 15 et 18 ans." if chance.random() < 0.1 else None,
            "conditions_acces": "Sur rendez-vous, pièce d'identité." if chance.random() < 0.3 else None,
            "telephone": _phone(chance, number),
            "courriel": f"service{number}@maillage.example" if chance.random() < 0.8 else None,
            "modes_accueil": chance.choice((["en-presentiel"], ["en-presentiel", "a-distance"], ["a-distance"])),
            "zone_eligibilite": chance.choice(([_department(host)], [host["code_insee"]], ["france"], None)),
            "contact_nom_prenom": f"Personne Exemple {number}" if chance.random() < 0.3 else None,
            "modes_mobilisation": chance.sample(_MOBILISATION, chance.choice((1, 1, 2))),
            "mobilisable_par": chance.choice((["usagers"], ["usagers", "professionnels"], None)),
            "nombre_semaines": chance.choice((None, None, 4, 12)),
            "horaires_accueil": _hours(chance) if chance.random() < 0.4 else None,
            "score_qualite": round(chance.random(), 2),
        }  # fmt: skip
        return row | (chance.choice(_STRANGE) if chance.random() < REMARKED else {})

    def _place(self, chance: Random) -> Row:
        found, people = self._places
        commune = chance.choices(found, cum_weights=people)[0]
        return {
            "commune": commune.name,
            "code_postal": commune.postal_codes[0],
            "code_insee": commune.code,
            "adresse": f"{chance.randint(1, 120)} rue de l'Exemple" if chance.random() < 0.95 else None,
            "longitude": round(chance.uniform(-4, 8), 6),
            "latitude": round(chance.uniform(43, 50), 6),
        }

    def write(self, folder: Path, suffix: str = ".csv") -> tuple[Path, Path]:
        """Both files, as pandas writes what data·inclusion publishes: its structures and its services."""
        paths = folder / f"structures-inclusion{suffix}", folder / f"services-inclusion{suffix}"
        for path, columns, rows in zip(
            paths, (STRUCTURE, SERVICE), (self.structure_rows(), self.service_rows()), strict=True
        ):
            _WRITERS[suffix](path, columns, rows)
        return paths


_PLACE: Final = ("commune", "code_postal", "code_insee", "adresse", "longitude", "latitude")
_THEMATIQUES: Final = [value for value in THEMATIQUES if "--" in value]
_STRANGE: Final[Sequence[Row]] = (
    {"thematiques": ["mobilite--voler-sur-un-tapis", "mobilite--apprendre-a-conduire"]},
    {"publics": ["licornes"]},
    {"type": "sortilege"},
    {"horaires_accueil": "du lundi au vendredi, 9h à midi"},
)
_BREAK_STRUCTURE: Final[Sequence[Callable[[Row], Row]]] = (
    lambda row: row | {"nom": ""},
    lambda row: row | {"courriel": "accueil chez exemple"},
    lambda row: row | {"date_maj": "2199-01-01"},
    lambda row: row | {"code_postal": "2200"},
    lambda row: row | {"siret": "123"},
    lambda row: row | {"site_web": "exemple point fr"},
)
_BREAK_SERVICE: Final[Sequence[Callable[[Row], Row]]] = (
    lambda row: row | {"nom": "X"},
    lambda row: row | {"description": None},
    lambda row: row | {"courriel": "@@"},
    lambda row: row | {"date_maj": "hier"},
    lambda row: row | {"zone_eligibilite": ["partout ailleurs"]},
    lambda row: row | {"structure_id": "exemple-dora--disparue"},
    lambda row: row | {"id": ""},
    lambda row: row | {"nombre_semaines": 0},
    lambda row: row | {"publics": ["tous-publics", "femmes"]},
)


def _department(host: Row) -> str:
    code = str(host["code_insee"])
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def _day(chance: Random) -> str:
    return (FIRST_DAY + timedelta(days=chance.randrange(600))).isoformat()


def _phone(chance: Random, number: int) -> str | None:
    digits = f"{chance.choice(_PHONES)}{number % 10_000:04}"
    return chance.choice((f"+33{digits[1:]}", " ".join(digits[i : i + 2] for i in range(0, 10, 2)), digits, None))


def _hours(chance: Random) -> str:
    opens, closes = chance.choice(("08:30", "09:00", "09:30")), chance.choice(("12:00", "12:30"))
    afternoon = chance.choice(("", ",13:30-17:00", ",14:00-18:00"))
    return f"{chance.choice(_DAYS)} {opens}-{closes}{afternoon}{chance.choice(('', '; PH off'))}"


def _text(chance: Random, sentences: int) -> str:
    return " ".join(chance.choice(_SENTENCES) for _ in range(sentences))


def _write_csv(path: Path, columns: Sequence[str], rows: Iterator[Row]) -> None:
    """Lists as Python writes them, which is what pandas does."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([row.get(column) for column in columns] for row in rows)


def _write_json(path: Path, columns: Sequence[str], rows: Iterator[Row]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for index, row in enumerate(rows):
            file.write("," if index else "[")
            json.dump({column: row.get(column) for column in columns}, file, ensure_ascii=False)
        file.write("]")


_WRITERS: Final[Mapping[str, Callable[[Path, Sequence[str], Iterator[Row]], None]]] = {
    ".csv": _write_csv,
    ".json": _write_json,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--services", type=int, default=100_000)
    parser.add_argument("--format", choices=[suffix.removeprefix(".") for suffix in _WRITERS], default="csv")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    print(*Feed(given.services).write(given.folder, f".{given.format}"), sep="\n")


if __name__ == "__main__":
    main()
