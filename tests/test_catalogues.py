"""The committed catalogues: every text of the code is in them, and nothing else."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from chassis.web import translations
from contracts import programmes
from deploy.local.credentials import SERVICES
from deploy.local.layout import ROOT

PACKAGES = ("chassis", "contracts", *(f"services/{service}/{service}" for service in SERVICES))


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("catalogue", ["messages.pot", "fr/LC_MESSAGES/messages.po"])
def test_the_committed_catalogue_holds_every_text(package: str, catalogue: str) -> None:
    with (ROOT / package / "locale" / catalogue).open("rb") as source:
        committed = {message.id for message in read_po(source) if message.id}
    texts = {text for _, text in translations.texts(ROOT / package)}
    assert committed == texts, f"run python -m chassis.web.translations {package}"


@pytest.mark.parametrize("package", PACKAGES)
def test_a_language_says_all_it_is_offered_for(package: str) -> None:
    assert not translations.unsaid(ROOT / package)


def test_what_a_language_does_not_say_is_named(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "open.html").write_text('{{ _("Ouvert") }} {{ _("Fermé") }}')
    (tmp_path / "templates" / "sent.txt").write_text('{{ _("Réservé") }}')
    folder = tmp_path / "locale" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").touch()
    translations.extract(tmp_path)
    catalogue = folder / "messages.po"
    catalogue.write_text(catalogue.read_text().replace('msgid "Ouvert"\nmsgstr ""', 'msgid "Ouvert"\nmsgstr "Open"'))
    [line] = translations.unsaid(tmp_path)
    assert "en: templates/open.html: Fermé" in line


def test_a_programme_is_read_in_the_readers_language_and_a_departements_own_as_it_stands(tmp_path: Path) -> None:
    translations.load([ROOT / "contracts"])
    shipped = (programmes.SHIPPED / "food-parcels.yaml").read_text("utf-8")
    own = shipped.replace("id: food-parcels", "id: own-parcels").replace(
        "title: Colis alimentaires", "title: Le panier"
    )
    (tmp_path / "own-parcels.yaml").write_text(own, "utf-8")
    known = programmes.load(tmp_path, translations.as_read)
    with translations.speaking("en"):
        read = {one.id: one for one in known.offered}
        assert (read["food-parcels"].title, read["own-parcels"].title) == ("Food parcels", "Le panier")
        assert (translations.is_said("Food parcels"), translations.is_said("Le panier")) == (True, False)
        assert "Allergies or habits to respect" in [one.label for one in read["own-parcels"].form]
        assert read["food-parcels"] is known.current("food-parcels"), "made once"
    written = known.current("food-parcels")
    assert (written.title, translations.is_said("Le panier")) == ("Colis alimentaires", True)
    assert [one.name for one in written.form] == [one.name for one in read["food-parcels"].form]
