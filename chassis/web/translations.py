"""French first: texts are written in French in the code, a catalogue may say them otherwise.

Each package keeps `locale/messages.pot` and `locale/<language>/LC_MESSAGES/messages.po`;
catalogues are compiled in memory at start, so no binary file is committed. Beside `messages.po` a language may have
catalogues of other names, for texts that stand on no page: readers of pages are not offered a language for those.
A language that has a `messages.po` says in it all that pages say, messages sent (`*.txt`) apart.
`python -m chassis.web.translations PACKAGE_FOLDER…` extracts the texts again; with `--check` it fails with each text
that such a file holds and the language does not say.
"""

import gettext as gettext_module
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from babel import Locale
from pydantic import BaseModel

from contracts import yaml_files

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

SOURCE_LANGUAGE = "fr"
PAGES = "messages.po"
LANGUAGE_COOKIE = "langue"
"""What a reader chose, whatever their browser prefers."""
_LOCALES = {"en": "en_GB"}
_METHODS = [
    ("navigation.py", "chassis.web.translations:entries"),
    ("searches.py", "chassis.web.translations:entries"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("themes.yaml", "chassis.web.translations:labels"),
    ("programmes/*.yaml", "chassis.web.translations:written"),
]
_AS_RENDERED = {"silent": "false", "extensions": "jinja2.ext.do"}
_OPTIONS = {"**/templates/**.html": _AS_RENDERED, "templates/**.html": _AS_RENDERED}
_KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2), "translate": None}

_ENTRY = re.compile(r'(?:Entry\(\s*|^[A-Z]+(?:: Final)? = )"([^"]*[a-z ][^"]*)"', re.MULTILINE)
_CODE = re.compile(r"[a-z0-9_-]*")
_WRITTEN = frozenset({"title", "summary", "label", "hint", "question", "not_possible"})
"""Keys of the files a deployment may change that hold what people read; a code under one of them is none."""
_LABEL = re.compile(r"\s+label: (.+)")

_language: ContextVar[str] = ContextVar("maillage_language", default=SOURCE_LANGUAGE)
_catalogues: dict[str, gettext_module.NullTranslations] = {}
_offered: set[str] = set()
_known: dict[str, set[str]] = {}
_loaded: set[Path] = set()
_wordings: dict[str, set[str]] = {}
_read: dict[tuple[str, int], tuple[BaseModel, BaseModel]] = {}
"""By language and identity, so that a model is kept with its wording."""
M = TypeVar("M", bound=BaseModel)


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


def as_read(model: M) -> M:
    """What a file of the deployment says, where a catalogue says it in the reader's language; the rest as it stands.
    The model is one that lasts as long as the process."""
    chosen = language()
    if chosen not in _catalogues:
        return model
    if (known := _read.get((chosen, id(model)))) is None:
        known = _read[chosen, id(model)] = (model, type(model).model_validate(_worded(model.model_dump(mode="json"))))
    read: Any = known[1]
    return read  # type: ignore[no-any-return]


def _worded(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _worded(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_worded(inner) for inner in value]
    return translate(value) if name in _WRITTEN and isinstance(value, str) else value


def is_said(text: str) -> bool:
    """Whether a catalogue of the reader's language words something so: what it does not is in another's words."""
    return language() == SOURCE_LANGUAGE or text in _wordings.get(language(), ())


def translate_plural(singular: str, plural: str, count: int) -> str:
    """The form that fits `count`."""
    return _catalogues.get(_language.get(), _as_written).ngettext(singular, plural, count)


def language() -> str:
    """The language texts are shown in now."""
    return _language.get()


def languages() -> Mapping[str, str]:
    """What languages are called, by their code."""
    return dict(Locale.parse(language()).languages)


def offered() -> Sequence[str]:
    """Languages pages may be read in, French first."""
    return [SOURCE_LANGUAGE, *sorted(_offered - {SOURCE_LANGUAGE})]


def own_name(chosen: str) -> str:
    """What a language is called by those who speak it."""
    return (Locale.parse(chosen).get_language_name(chosen) or chosen).capitalize()


def locale() -> str:
    """How dates and numbers are written now: English as in Europe, day before month."""
    return _LOCALES.get(language(), language())


def preferred(accept_language: str | None, chosen: str | None = None) -> str:
    """The language a reader chose, or else the first of an `Accept-Language` header, that there is a catalogue for."""
    if chosen in _offered or chosen == SOURCE_LANGUAGE:
        return chosen or SOURCE_LANGUAGE
    if not accept_language or _offered <= {SOURCE_LANGUAGE}:
        return SOURCE_LANGUAGE
    wanted = (part.split(";", 1)[0].strip().lower().split("-", 1)[0] for part in accept_language[:200].split(","))
    return next((one for one in wanted if one in _offered), SOURCE_LANGUAGE)


def known() -> Mapping[str, Set[str]]:
    """Language → the texts its catalogues say; of a plural the singular."""
    return _known


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
        for file in sorted(folder.glob("locale/*/LC_MESSAGES/*.po")):
            if file in _loaded:
                continue
            _loaded.add(file)
            chosen, compiled = file.parts[-3], io.BytesIO()
            with file.open("rb") as source:
                catalogue = read_po(source, locale=chosen)
            write_mo(compiled, catalogue)
            compiled.seek(0)
            _add(chosen, gettext_module.GNUTranslations(compiled))
            _known.setdefault(chosen, set()).update(_singular(one.id) for one in catalogue if _says(one))
            _wordings.setdefault(chosen, set()).update(_singular(one.string or "") for one in catalogue if _says(one))
            if file.name == PAGES:
                _offered.add(chosen)


def _singular(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else text[0]


def _says(message: "Message") -> bool:
    said = message.string
    return bool(message.id and said) and not message.fuzzy and all(said or ())


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
    from babel.messages.pofile import write_po

    template = gathered(texts(package_folder))
    renew(catalogue_of(package_folder, SOURCE_LANGUAGE, PAGES), SOURCE_LANGUAGE, template)
    for chosen in spoken_in(package_folder):
        renew(catalogue_of(package_folder, chosen, PAGES), chosen, gathered(on_pages(package_folder)))
    with (package_folder / "locale" / "messages.pot").open("wb") as output:
        output.write(b"# Made by: python -m chassis.web.translations\n\n")
        write_po(output, template, width=110, omit_header=True, sort_output=True)


def labels(
    source: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's way to the labels of `themes.yaml` that are ours: of `thematiques`, another's vocabulary, none."""
    for number, line in enumerate(source, 1):
        if line.startswith(b"thematiques:"):
            return
        if match := _LABEL.match(line.decode()):
            yield number, "", match[1], []


def written(
    source: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's way to the words of files that come with the code and that a deployment may change."""
    for line, text in yaml_files.texts(source.read(), _WRITTEN):
        if not _CODE.fullmatch(text):
            yield line, "", text, []


def entries(
    source: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Babel's way to the texts of menus, which the contracts hold without a word of ours around them."""
    text = source.read().decode()
    for match in _ENTRY.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, "", match[1], []


def on_pages(package_folder: Path) -> list[tuple[str, str | tuple[str, ...]]]:
    """The texts a language of pages has to say."""
    return [(file, text) for file, text in texts(package_folder) if not file.endswith(".txt")]


def spoken_in(package_folder: Path) -> list[str]:
    """Languages other than French that a package's pages are read in."""
    found = {file.parts[-3] for file in package_folder.glob(f"locale/*/LC_MESSAGES/{PAGES}")}
    return sorted(found - {SOURCE_LANGUAGE})


def unsaid(package_folder: Path) -> list[str]:
    """What a language should say and does not, each as a line that names it."""
    from babel.messages.pofile import read_po

    missing = []
    for chosen in spoken_in(package_folder):
        with catalogue_of(package_folder, chosen, PAGES).open("rb") as source:
            said = {_singular(one.id) for one in read_po(source, locale=chosen) if _says(one)}
        missing += [
            f"{package_folder}: {chosen}: {file}: {_singular(text)}"
            for file, text in on_pages(package_folder)
            if _singular(text) not in said
        ]
    return missing


def gathered(found: Iterable[tuple[str, str | tuple[str, ...]]]) -> "Catalog":
    """Texts to translate, with the file each stands in."""
    from babel.messages.catalog import Catalog

    template = Catalog(charset="utf-8")
    for file, message in found:
        template.add(message, locations=[(file, 0)])
    return template


def catalogue_of(package_folder: Path, chosen: str, name: str) -> Path:
    """Where a package keeps what it says in a language."""
    return package_folder / "locale" / chosen / "LC_MESSAGES" / name


def renew(file: Path, chosen: str, template: "Catalog") -> None:
    """Bring a catalogue up to date: what is new waits for its translation, what is gone is dropped."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po, write_po

    file.parent.mkdir(parents=True, exist_ok=True)
    catalogue = read_po(io.BytesIO(file.read_bytes()), locale=chosen) if file.exists() else Catalog(chosen)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    with file.open("wb") as output:
        write_po(output, catalogue, width=110, omit_header=True, sort_output=True)


def main(arguments: Sequence[str]) -> int:
    """Extracts, or checks; the exit status says how many texts are missing."""
    packages = [Path(one) for one in arguments if one != "--check"]
    for package in packages:
        if not (package / "__init__.py").is_file():
            sys.exit(f"{package} is not a package's folder")
    if "--check" not in arguments:
        for package in packages:
            extract(package)
        return 0
    missing = [line for package in packages for line in unsaid(package)]
    print("\n".join(missing) or "Every text is said.")  # noqa: T201
    return len(missing)


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 255))
