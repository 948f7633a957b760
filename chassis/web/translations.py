"""French first: texts are written in French in the code, a catalogue may say them otherwise.

Each package keeps `locale/messages.pot` and `locale/<language>/LC_MESSAGES/messages.po`;
catalogues are compiled in memory at start, so no binary file is committed.
`python -m chassis.web.translations PACKAGE_FOLDER` extracts the texts again.
"""

import gettext as gettext_module
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from babel import Locale

SOURCE_LANGUAGE = "fr"
_METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
]
_AS_RENDERED = {"silent": "false", "extensions": "jinja2.ext.do"}
_OPTIONS = {"**/templates/**.html": _AS_RENDERED, "templates/**.html": _AS_RENDERED}
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2), "translate": None}

_language: ContextVar[str] = ContextVar("maillage_language", default=SOURCE_LANGUAGE)
_catalogues: dict[str, gettext_module.NullTranslations] = {}
_loaded: set[Path] = set()


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """Marks a text for extraction; it is translated where it is shown."""
    return text


class _AsWritten(gettext_module.NullTranslations):
    """Texts as they stand in the code. French counts zero as singular."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if abs(n) < 2 else msgid2


_as_written = _AsWritten()


def translate(text: str) -> str:
    """`text` in the reader's language."""
    return _catalogues.get(_language.get(), _as_written).gettext(text) if text else text


def translate_plural(singular: str, plural: str, count: int) -> str:
    """The form that fits `count`."""
    return _catalogues.get(_language.get(), _as_written).ngettext(singular, plural, count)


def language() -> str:
    """The language texts are shown in now."""
    return _language.get()


def languages() -> Mapping[str, str]:
    """What languages are called, by their code."""
    return dict(Locale.parse(language()).languages)


def preferred(accept_language: str | None) -> str:
    """The first language of an `Accept-Language` header that there is a catalogue for."""
    if not accept_language or _catalogues.keys() <= {SOURCE_LANGUAGE}:
        return SOURCE_LANGUAGE
    wanted = (part.split(";", 1)[0].strip().lower().split("-", 1)[0] for part in accept_language[:200].split(","))
    return next((one for one in wanted if one in _catalogues), SOURCE_LANGUAGE)


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Show texts in `chosen` during the block."""
    token = _language.set(chosen)
    try:
        yield
    finally:
        _language.reset(token)


def load(package_folders: Iterable[Path]) -> None:
    """Compile the catalogues of these packages; later ones win. Those that are loaded stay as they are."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for folder in package_folders:
        for file in sorted(folder.glob("locale/*/LC_MESSAGES/messages.po")):
            if file in _loaded:
                continue
            _loaded.add(file)
            chosen, compiled = file.parts[-3], io.BytesIO()
            with file.open("rb") as source:
                write_mo(compiled, read_po(source, locale=chosen))
            compiled.seek(0)
            _add(chosen, gettext_module.GNUTranslations(compiled))


def _add(chosen: str, catalogue: gettext_module.NullTranslations) -> None:
    catalogue.add_fallback(_catalogues.get(chosen, _as_written))
    _catalogues[chosen] = catalogue


def texts(package_folder: Path) -> list[tuple[str, str | tuple[str, ...]]]:
    """Every text of a package to translate, with the file it stands in, in a stable order."""
    from babel.messages.extract import extract_from_dir

    found = extract_from_dir(package_folder, _METHODS, _OPTIONS, keywords=_KEYWORDS)
    return sorted({(file, message) for file, _, message, _, _ in found}, key=str)


def extract(package_folder: Path) -> None:
    """Write a package's template and bring its French catalogue up to date."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    template = Catalog(charset="utf-8")
    for file, message in texts(package_folder):
        template.add(message, locations=[(file, 0)])
    locale = package_folder / "locale"
    french = locale / SOURCE_LANGUAGE / "LC_MESSAGES" / "messages.po"
    french.parent.mkdir(parents=True, exist_ok=True)
    catalogue = read_po(french.open("rb"), locale=SOURCE_LANGUAGE) if french.exists() else Catalog(SOURCE_LANGUAGE)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with (locale / "messages.pot").open("wb") as output:
        output.write(b"# Made by: python -m chassis.web.translations\n\n")
        write_po(output, template, width=110, omit_header=True, sort_output=True)
    with french.open("wb") as output:
        write_po(output, catalogue, width=110, omit_header=True, sort_output=True)


if __name__ == "__main__":
    for package in map(Path, sys.argv[1:]):
        if not (package / "__init__.py").is_file():
            sys.exit(f"{package} is not a package's folder")
        extract(package)
