"""A resident asks and follows: with and without JavaScript, by mouse and by keyboard alone."""

import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.asking import CHECK, OWN_FORM, QUESTIONS, USUAL, answer, turn, until
from tests.browser.day import Day
from tests.browser.pages import followed, send
from tests.browser.platform import Platform
from tests.browser.reader import Reader, Screen, reading

pytestmark = pytest.mark.browser
ELSEWHERE = "https://meteofrance.com/"


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    platform: Platform, browser: Browser, script: bool
) -> None:
    async with reading(browser, platform.url, Screen(script=script)) as reader:
        page = reader.page
        await until(reader, f"{QUESTIONS}/commune", {**USUAL, "themes": ("budget",), "summary": "Une facture."})
        await page.get_by_label("Dans quelle commune").fill("Nulle-Part-sur-Exemple")
        await page.get_by_role("button", name="Continuer", exact=True).click()

        summary = page.get_by_role("alert")
        await expect(summary).to_contain_text("Aucune commune")
        await expect(page.get_by_label("Dans quelle commune")).to_have_value("Nulle-Part-sur-Exemple")
        if script:
            await expect(summary).to_be_focused()
        await summary.get_by_role("link").first.click()
        assert page.url.endswith("#commune")

        await turn(reader, {"commune": "Plérin"})
        # Back works, and shows what was answered.
        await page.get_by_role("link", name="Retour").click()
        await expect(page.get_by_label("Dans quelle commune")).to_have_value("Plérin")
        while reader.path != CHECK:
            await turn(reader, {"given_name": "Personne"})
        await page.get_by_role("link", name="Modifier : Sujets").click()
        await expect(page.get_by_label("Budget, dettes, factures")).to_be_checked()
        await turn(reader, {"themes": ("health",)})
        await expect(page.get_by_text("Budget, dettes, factures, Santé")).to_be_visible()
        await page.get_by_role("button", name="Envoyer ma demande").click()

        await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")
        assert reader.path == "/demande/recue"
        assert not reader.stumbles


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
async def test_a_page_sent_empty_says_what_is_missing_and_where(reader: Reader) -> None:
    missing = {
        f"{QUESTIONS}/pour-qui": (
            "Indiquez qui vous êtes : la personne elle-même, ou quelqu'un qui demande pour elle.",
            "#role",
        ),
        f"{QUESTIONS}/sujets": ("Choisissez au moins un sujet.", "#themes"),
        f"{QUESTIONS}/commune": ("Indiquez la commune, par son nom ou son code postal.", "#commune"),
    }
    for path, (said, where) in missing.items():
        await until(reader, path)
        await send(reader, 422)
        link = reader.page.get_by_role("alert").get_by_role("link")
        assert (await link.inner_text(), await link.get_attribute("href")) == (said, where)


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
async def test_a_name_several_communes_share_is_asked_about(reader: Reader) -> None:
    page = reader.page
    await until(reader, f"{QUESTIONS}/commune")
    await answer(reader, {"commune": "Saint-Denis"})
    await page.get_by_role("button", name="Continuer", exact=True).click()

    await page.get_by_role("group", name="Quelle commune ?").get_by_label("(93)").check()
    while reader.path != CHECK:
        await turn(reader, {})
    await page.get_by_role("button", name="Envoyer ma demande").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")


async def test_the_keyboard_alone_is_enough(reader: Reader) -> None:
    """For a child of somebody's family, with something changed before sending."""
    page, keyboard = reader.page, reader.page.keyboard
    typed = {"#concerned_given_name": "Personne", "#summary": "Une question d'exemple", "#commune": "Landerneau"}
    chosen = {"input[name=role]": 1, "input[name=minor]": 0, "input[name=agreed]": 0}
    await reader.open("/demande")
    await reader.tab_to("a.skip-link")
    await keyboard.press("Enter")
    for _ in range(20):
        if reader.path == CHECK:
            break
        for selector, text in typed.items():
            if await page.locator(selector).count():
                await reader.tab_to(selector)
                await keyboard.type(text)
        for selector, down in chosen.items():
            if await page.locator(selector).count():
                await reader.tab_to(selector)
                await keyboard.press("Space")
                for _ in range(down):
                    await keyboard.press("ArrowDown")
        if await page.locator("input[name=themes]").count():
            await reader.tab_to("input[name=themes]")
            await keyboard.press("Space")
        await reader.tab_to(f"{OWN_FORM} button[type=submit]")
        async with page.expect_navigation():
            await keyboard.press("Enter")
    await expect(page.get_by_text("Quelqu'un de ma famille")).to_be_visible()
    await reader.tab_to("#summary")
    async with page.expect_navigation():
        await keyboard.press("Enter")
    await reader.tab_to("textarea")
    await keyboard.type(", changée")
    await reader.tab_to(f"{OWN_FORM} button[type=submit]")
    async with page.expect_navigation():
        await keyboard.press("Enter")
    await expect(page.get_by_text("changée")).to_be_visible()
    await reader.tab_to(f"{OWN_FORM} button[type=submit]")
    await keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")
    assert not reader.stumbles


async def test_one_click_too_many_sends_one_request(reader: Reader, platform: Platform) -> None:
    page = reader.page
    await until(reader, CHECK, {**USUAL, "themes": ("health",)})
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await page.get_by_role("button", name="Envoyer ma demande").dblclick()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")
    assert len(sent) == 1


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_a_danger_shows_whom_to_call_at_once_and_again_before_going_on(
    platform: Platform, browser: Browser, script: bool
) -> None:
    async with reading(browser, platform.url, Screen(script=script)) as reader:
        await until(reader, f"{QUESTIONS}/maintenant")
        numbers = reader.page.locator("main").get_by_role("link", name=re.compile("^3114"))
        await expect(numbers).to_be_hidden()
        await reader.page.get_by_label("Des idées noires, l'envie de mourir").check()
        await expect(numbers).to_be_visible()

        await turn(reader, {})
        await expect(reader.page.get_by_role("heading", level=1)).to_have_text("N'attendez pas notre réponse")
        await expect(numbers).to_be_visible()
        await turn(reader, {})
        assert reader.path == f"{QUESTIONS}/pour-qui"


async def somewhere_else(page: Page) -> None:
    """The site people leave for, without going there."""

    async def calm(route: Route) -> None:
        await route.fulfill(body="<title>Ailleurs</title>", content_type="text/html")

    await page.route(f"{ELSEWHERE}**", calm)


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
@pytest.mark.parametrize(
    ("script", "by"), [(True, "keyboard"), (True, "click"), (False, "click")], ids=["Escape", "click", "no JavaScript"]
)
async def test_leaving_in_a_hurry_erases_what_was_typed_and_shows_another_site(
    platform: Platform, browser: Browser, script: bool, by: str
) -> None:
    async with reading(browser, platform.url, Screen(script=script)) as reader:
        page = reader.page
        await somewhere_else(page)
        await until(reader, f"{QUESTIONS}/souhait", {**USUAL, "summary": "Un secret."})
        if by == "click":
            await page.get_by_role("button", name="Quitter vite").click()
        else:
            for _ in range(3):
                await page.keyboard.press("Escape")
        await page.wait_for_url(ELSEWHERE)
        assert not await page.context.cookies(platform.url)

        await page.go_back()
        assert "Un secret." not in await page.content()
        await reader.open(f"{QUESTIONS}/recit")
        assert reader.path == "/demande"


@pytest.mark.matrix
async def test_leaving_in_a_hurry_ends_what_is_followed_from_the_dossiers_part_too(
    platform: Platform, browser: Browser, day: Day
) -> None:
    async with reading(browser, platform.url, Screen(script=False)) as reader:
        page = reader.page
        await somewhere_else(page)
        await followed(reader, day)
        await reader.open("/cases/suivi")
        assert "Vos rendez-vous" in await page.content()
        await page.get_by_role("button", name="Quitter vite").click()
        await page.wait_for_url(ELSEWHERE)
        await reader.open("/cases/suivi")
        assert reader.path == "/suivi"
        assert day.reference not in await page.content()


async def test_the_first_page_is_light(platform: Platform, browser: Browser) -> None:
    """Less than 100 kB in less than 15 requests, with nothing kept from before."""
    async with reading(browser, platform.url) as reader:
        network = await reader.page.context.new_cdp_session(reader.page)
        weights: list[float] = []
        network.on("Network.loadingFinished", lambda event: weights.append(event["encodedDataLength"]))
        await network.send("Network.enable")
        await reader.open("/demande")
        await reader.page.wait_for_load_state("networkidle")
        assert 0 < len(weights) < 15
        assert sum(weights) < 100_000


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_following_shows_the_promised_day_and_ends_on_this_device(
    platform: Platform, browser: Browser, day: Day, script: bool
) -> None:
    async with reading(browser, platform.url, Screen(script=script)) as reader:
        page = reader.page
        await reader.open("/suivi")
        await page.get_by_label("Référence").fill(day.reference)
        await page.get_by_label("Code de suivi").fill("BBBB-BBBB-BBBB")
        await page.get_by_role("button", name="Voir où en est ma demande").click()
        await expect(page.get_by_role("alert")).to_contain_text("Aucune demande")

        await page.get_by_label("Code de suivi").fill(day.secret)
        await page.get_by_role("button", name="Voir où en est ma demande").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Votre demande"))
        await expect(page.get_by_text("Réponse promise au plus tard le")).to_be_visible()
        assert day.secret not in page.url
        assert reader.path == "/suivi"
        # What the dossier tells is fetched from its own service.
        if not script:
            await page.get_by_role("link", name="Voir vos rendez-vous").click()
        await expect(page.get_by_role("heading", name="Avec qui vos informations sont partagées")).to_be_visible()
        if not script:
            await page.get_by_role("link", name="Revenir au suivi").click()

        await page.get_by_role("button", name="Fermer le suivi sur cet appareil").click()
        await reader.open("/suivi")
        await expect(page.get_by_label("Code de suivi")).to_be_visible()
