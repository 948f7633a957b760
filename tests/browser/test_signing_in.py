"""Agents sign in at the identity provider's own page (authorization code with PKCE), work, and sign out."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Browser, Request, expect

from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import Reader, Screen, reading
from tests.browser.signing_in import Accounts, sign_in

pytestmark = pytest.mark.browser
MESSAGES, PARTNERS = ("Messages", "Lettres", "Logiciels des partenaires"), ("Qui peut aider ?", "Structures")
"""Entries of the menu that go together."""
DESK = "Téléphone et guichet"


async def test_signing_in_leads_where_the_agent_wanted_to_go(reader: Reader, platform: Platform, day: Day) -> None:
    asked: list[Request] = []
    reader.page.on("request", lambda request: asked.append(request) if "/oauth/authorize" in request.url else None)
    await reader.page.goto(f"{platform.url}/intake/requests/{day.request_id}")
    await sign_in(reader, platform, "reception")

    assert reader.path == f"/intake/requests/{day.request_id}"
    await expect(reader.page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    query = parse_qs(urlsplit(asked[0].url).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["response_type"] == ["code"]
    assert not reader.stumbles


async def test_the_session_is_one_cookie_no_script_can_read(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    cookies = (await accounts.cookies("manager"))["cookies"]
    ours = [cookie for cookie in cookies if cookie["name"] != "canaille"]
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Lax" for cookie in ours)

    async with reading(browser, platform.url, signed_in=await accounts.cookies("manager")) as reader:
        for path in ("/intake/requests", "/cases", "/directory/", "/notifications/messages"):
            await reader.open(path)
            await expect(reader.page.get_by_role("button", name="Se déconnecter")).to_be_visible()
        assert await reader.page.evaluate("document.cookie") == ""


async def test_signing_out_is_signing_out_at_the_provider_too(
    reader: Reader, platform: Platform, accounts: Accounts
) -> None:
    page = reader.page
    await reader.page.goto(f"{platform.url}/cases")
    await sign_in(reader, platform, "social_worker")
    await page.get_by_role("button", name="Se déconnecter").click()
    await page.wait_for_url(re.compile(re.escape(f"{platform.url}/?state=")))
    await expect(page.get_by_role("link", name="Espace agents")).to_be_visible()

    await page.goto(f"{platform.url}/cases")
    await page.wait_for_url(re.compile(re.escape(platform.stack.issuer)))
    await expect(page.locator("input[name=login], input[name=password]").first).to_be_visible()


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("reception", ["À traiter", DESK, "Demandes reçues", *PARTNERS]),
        ("social_worker", ["Aujourd’hui", DESK, "Demandes reçues", "Dossiers", "Calendrier", *PARTNERS]),
        ("coordinator", ["Aujourd’hui", "Dossiers", "Calendrier", *PARTNERS]),
        (
            "manager",
            [
                "Aujourd’hui",
                DESK,
                "Demandes reçues",
                "Dossiers",
                "Calendrier",
                "Équipe",
                "Conférences territoriales",
                "Chiffres",
                "Effacements",
                *MESSAGES,
                *PARTNERS,
                "Conventions",
                "Agents",
            ],
        ),
        ("operator", ["À traiter", "Exploitation", *MESSAGES, *PARTNERS, "Conventions", "Agents"]),
    ],
)
async def test_the_menu_leads_only_where_one_may_go(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day, role: str, seen: list[str]
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies(role)) as reader:
        await reader.open("/")
        navigation = reader.page.get_by_role("navigation", name="Menu principal")
        menu = navigation.locator("a")
        assert len(await navigation.locator(":scope > ul > li").all()) <= 7
        assert [await entry.text_content() for entry in await menu.all()] == [
            *seen,
            "Faire une demande",
            "Suivre une demande",
            "Annuaire",
        ]
        for path in [await entry.get_attribute("href") for entry in await menu.all()]:
            await reader.open(path or "")
            current = reader.page.locator("nav [aria-current=page]")
            assert await current.get_attribute("href") == path


async def test_a_section_of_the_menu_unfolds_and_folds_by_keyboard(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("manager")) as reader:
        page = reader.page
        await reader.open("/")
        menu = page.get_by_role("navigation", name="Menu principal")
        section, other = menu.locator("summary", has_text="Pilotage"), menu.locator("summary", has_text="Suivi")
        team = menu.get_by_role("link", name="Équipe", exact=True)
        await expect(team).to_be_hidden()
        await section.press("Enter")
        await expect(team).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(team).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(team).to_be_hidden()
        await expect(section).to_be_focused()
        await section.press("Space")
        await other.press("Enter")
        await expect(team).to_be_hidden()


async def test_a_whole_dossier_is_kept_without_javascript(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    signed_in = await accounts.cookies("social_worker")
    async with reading(browser, platform.url, Screen(script=False), signed_in) as reader:
        page = reader.page
        await reader.open(f"/intake/requests/{day.request_id}")
        await page.get_by_label("Réponse donnée").fill("Un rendez-vous d'exemple est proposé.")
        await page.get_by_role("button", name="Enregistrer la réponse").click()
        await expect(page.get_by_text("Un rendez-vous d'exemple est proposé.")).to_be_visible()

        await page.get_by_role("link", name="Ouvrir le dossier").click()
        await expect(page.get_by_role("link", name="Coordonnées et accords")).to_be_visible()
        await page.get_by_label("Note", exact=True).fill("Appeler jeudi (exemple).")
        await page.get_by_role("button", name="Enregistrer la note").click()
        await expect(page.get_by_role("list").get_by_text("Appeler jeudi (exemple).")).to_be_visible()


async def test_a_dossier_shows_what_intake_holds_of_its_people(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    signed_in = await accounts.cookies("social_worker")
    async with reading(browser, platform.url, signed_in=signed_in) as reader:
        await reader.open(f"/intake/requests/{day.request_id}")
        said = await reader.page.locator("#coordonnees").inner_text()
        await reader.page.get_by_role("link", name="Ouvrir le dossier").click()
        await expect(reader.page.locator("#coordonnees")).to_have_text(said, use_inner_text=True)
        assert not reader.stumbles


async def test_a_service_that_is_down_is_said_and_the_others_go_on(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    async with (
        platform.without("notifications"),
        reading(browser, platform.url, signed_in=await accounts.cookies("manager")) as reader,
    ):
        await reader.open("/notifications/messages", 503)
        assert "indisponible" in await reader.title()
        for path in ("/", "/demande", "/intake/requests", "/cases", "/directory/"):
            await reader.open(path)
