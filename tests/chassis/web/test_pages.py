"""Pages: what every one of them carries, and what they never do."""

import re
import sys
from pathlib import Path

import httpx
import jinja2
import pytest
from fastapi import FastAPI

from chassis.web import assets, translations, vendor
from chassis.web.pages import Pages, chassis_folder
from contracts.navigation import AT_FIRST_LEVEL, MENU, folded
from tests.chassis.web.sample import AT, Issuer, browser, sample_app, sample_settings
from tests.chassis.web.test_identity import sign_in

TEMPLATES = sorted((chassis_folder() / "web" / "templates").rglob("*.html"))


async def test_a_page_is_closed_to_everything_foreign(app: FastAPI) -> None:
    async with browser(app) as made:
        answer = await made.get("/sample/open-page")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert '<html lang="fr">' in answer.text


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_inline_script_or_style(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", text)


async def test_assets_are_kept_for_ever_under_the_name_of_their_content(app: FastAPI) -> None:
    async with browser(app) as made:
        for name in ("maillage.css", "maillage.js", "htmx.min.js", "maillage.svg"):
            answer = await made.get(assets.asset_url(name))
            assert answer.status_code == 200
            assert "immutable" in answer.headers["cache-control"]
        other = await made.get("/static/0000000000000000/maillage.css")
        assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")
        assert (await made.get("/static/0000000000000000/passwd")).status_code == 404
        assert (await made.get("/static/0/..%2Fapp.py")).status_code in {401, 404}


@pytest.mark.parametrize("name", vendor.FILES)
def test_what_others_wrote_is_what_was_chosen(name: str) -> None:
    assert vendor.digest((vendor.STATIC / name).read_bytes()) == vendor.FILES[name][2]


async def test_the_menu_shows_what_roles_may_open(app: FastAPI, issuer: Issuer) -> None:
    async with browser(app) as made:
        before = (await made.get("/sample/open-page")).text
        await sign_in(made, issuer)
        after = (await made.get("/sample/open-page")).text
    shown = [entry.text for entry in MENU if not entry.roles]
    assert all(text in before for text in shown)
    assert "Demandes reçues</a>" not in before
    assert "Demandes reçues</a>" in after
    assert "Se déconnecter" in after


@pytest.mark.parametrize(
    ("role", "first_level"),
    [
        (None, ["Faire une demande", "Suivre une demande", "Annuaire"]),
        (
            "reception",
            ["À traiter", "Téléphone et guichet", "Demandes reçues", "Qui peut aider ?", "Structures",
             "Pages publiques"],
        ),
        (
            "social_worker",
            ["Aujourd’hui", "Téléphone et guichet", "Demandes reçues", "Dossiers", "Calendrier", "Partenaires",
             "Pages publiques"],
        ),
        ("coordinator", ["Aujourd’hui", "Dossiers", "Calendrier", "Qui peut aider ?", "Structures", "Pages publiques"]),
        (
            "manager",
            ["Aujourd’hui", "Accueil des demandes", "Suivi", "Pilotage", "Messages envoyés", "Partenaires",
             "Pages publiques"],
        ),
        (
            "operator",
            ["À traiter", "Exploitation", "Messages", "Lettres", "Logiciels des partenaires", "Partenaires",
             "Pages publiques"],
        ),
    ],
)  # fmt: skip
def test_a_menu_is_short_for_each_role_and_leads_everywhere(role: str | None, first_level: list[str]) -> None:
    entries = [entry for entry in MENU if not entry.roles or role in entry.roles]
    shown = folded(entries)
    assert [one.heading or one.entries[0].text for one in shown] == first_level
    assert len(shown) <= AT_FIRST_LEVEL
    assert [entry for one in shown for entry in one.entries] == entries


def test_an_unknown_variable_is_an_error_and_text_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("{{ name }}")
    pages = Pages([tmp_path], zone=sample_settings().zone)
    template = pages.environment.get_template("a.html")
    assert template.render(name="<b>") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError):
        template.render()


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ at | moment }}", "2 mars 2026 à 10:12"),
        ("{{ at | day }}", "2 mars 2026"),
        ("{{ late | day }}", "3 mars 2026"),
        ("{{ 1234.5 | number }}", "1\u202f234,5"),
        ("{{ ngettext('%(num)s dossier', '%(num)s dossiers', 0) }}", "0 dossier"),
        ("{{ ngettext('%(num)s dossier', '%(num)s dossiers', 2) }}", "2 dossiers"),
        ("{% trans count=2 %}{{ count }} dossier{% pluralize %}{{ count }} dossiers{% endtrans %}", "2 dossiers"),
    ],
)
def test_dates_and_numbers_are_shown_as_in_french(source: str, shown: str) -> None:
    pages = Pages([], zone=sample_settings().zone)
    late = AT.replace(hour=23, minute=30)
    assert pages.environment.from_string(source).render(at=AT, late=late) == shown


def test_another_language_is_a_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "_catalogues", {})
    folder = tmp_path / "locale" / "br" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid "Se connecter"\nmsgstr "Kevreañ"\n')
    translations.load([tmp_path])
    with translations.speaking("br"):
        assert translations.translate("Se connecter") == "Kevreañ"
        assert translations.translate("Sans traduction") == "Sans traduction"
    assert translations.translate("Se connecter") == "Se connecter"
    assert translations.preferred("de, br-FR;q=0.8, fr;q=0.5") == "br"
    assert translations.preferred("de") == translations.preferred(None) == "fr"


def test_applications_made_one_after_another_do_not_deepen_the_search_for_a_text() -> None:
    for _ in range(sys.getrecursionlimit() + 1):
        translations.load([chassis_folder()])
    assert translations.translate("Sans traduction") == "Sans traduction"


async def test_the_description_of_the_api_is_valid(client: httpx.AsyncClient) -> None:
    from openapi_spec_validator import validate

    document = (await client.get("/sample/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    validate(document)


IN_ENGLISH = {"accept-language": "en-GB,en;q=0.9,fr;q=0.5"}


async def test_pages_are_read_in_the_language_a_browser_prefers(issuer: Issuer) -> None:
    async with browser(sample_app(issuer)) as made:
        page = await made.get("/sample/open-page", headers=IN_ENGLISH)
        assert '<html lang="en">' in page.text
        assert "Skip to content" in page.text
        assert "2 March 2026 at 10:12" in page.text
        assert 'lang="fr" hreflang="fr">Français</a>' in page.text
        assert '<html lang="fr">' in (await made.get("/sample/open-page", headers={"accept-language": "de"})).text


async def test_a_page_asked_for_a_part_comes_without_its_frame(issuer: Issuer) -> None:
    async with browser(sample_app(issuer)) as made:
        whole = (await made.get("/sample/open-page")).text
        part = (await made.get("/sample/open-page", headers={"hx-request": "true"})).text
    assert ("<header" in whole, "<footer" in whole) == (True, True)
    assert ("<header" in part, "<footer" in part, "<h1" in part) == (False, False, True)


async def test_what_a_reader_chose_goes_before_what_their_browser_prefers(issuer: Issuer) -> None:
    async with browser(sample_app(issuer)) as made:
        answer = await made.get("/auth/language?to=fr&return_to=/sample/open-page")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sample/open-page")
        assert '<html lang="fr">' in (await made.get("/sample/open-page", headers=IN_ENGLISH)).text
        await made.get("/auth/language?to=en")
        assert '<html lang="en">' in (await made.get("/sample/open-page")).text
        await made.get("/auth/language?to=xx&return_to=//evil.test")
        assert '<html lang="en">' in (await made.get("/sample/open-page")).text
