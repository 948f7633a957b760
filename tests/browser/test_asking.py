"""A resident asks and follows: with and without JavaScript, by mouse and by keyboard alone."""

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.day import Day
from tests.browser.pages import send
from tests.browser.platform import Platform
from tests.browser.reader import Reader, Screen, reading

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    platform: Platform, browser: Browser, script: bool
) -> None:
    async with reading(browser, platform.url, Screen(script=script)) as reader:
        page = reader.page
        await reader.open("/demande")
        await page.get_by_label("Budget, dettes, factures").check()
        await page.get_by_label("Votre prénom").fill("Personne")
        await page.get_by_label("Commune de la personne concernée").fill("Nulle-Part-sur-Exemple")
        await page.get_by_label("La personne elle-même").check()
        await page.get_by_role("button", name="Envoyer ma demande").click()

        summary = page.get_by_role("alert")
        await expect(summary).to_contain_text("Aucune commune")
        await expect(page.get_by_label("Votre prénom")).to_have_value("Personne")
        await expect(page.get_by_label("Budget, dettes, factures")).to_be_checked()
        if script:
            await expect(summary).to_be_focused()
        await summary.get_by_role("link").first.click()
        assert page.url.endswith("#commune")

        await page.get_by_label("Commune de la personne concernée").fill("Plérin")
        await page.get_by_role("button", name="Envoyer ma demande").click()

        await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")
        assert reader.path == "/demande/recue"
        assert not reader.stumbles


async def test_a_form_sent_empty_says_all_that_is_missing_each_with_its_place(reader: Reader) -> None:
    await reader.open("/demande")
    await send(reader, 422)

    links = reader.page.get_by_role("alert").get_by_role("link")
    said = dict(
        zip(await links.all_inner_texts(), [await one.get_attribute("href") for one in await links.all()], strict=True)
    )
    assert said == {
        "Choisissez au moins un sujet.": "#themes",
        "Indiquez la commune, par son nom ou son code postal.": "#commune",
        "Indiquez qui vous êtes : la personne elle-même, ou quelqu'un qui demande pour elle.": "#role",
    }


async def test_a_name_several_communes_share_is_asked_about(reader: Reader) -> None:
    page = reader.page
    await reader.open("/demande")
    await page.locator("input[name=themes][value=housing]").check()
    await page.get_by_label("Commune de la personne concernée").fill("Saint-Denis")
    await page.get_by_label("La personne elle-même").check()
    await page.get_by_role("button", name="Envoyer ma demande").click()

    await page.get_by_role("group", name="Quelle commune ?").get_by_label("(93)").check()
    await page.get_by_role("button", name="Envoyer ma demande").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")


async def test_the_keyboard_alone_is_enough(reader: Reader) -> None:
    keyboard = reader.page.keyboard
    await reader.open("/demande")
    await reader.tab_to("a.skip-link")
    await keyboard.press("Enter")
    await reader.tab_to("input[name=themes]")
    await keyboard.press("Space")
    await reader.tab_to("#summary")
    await keyboard.type("Une question d'exemple")
    await reader.tab_to("input[name=programme]")
    await reader.tab_to("#commune")
    await keyboard.type("Landerneau")
    await reader.tab_to("input[name=role]")
    await keyboard.press("ArrowDown")
    await reader.tab_to("#concerned_given_name")
    await keyboard.type("Personne")
    await reader.tab_to("main button[type=submit]")
    await keyboard.press("Enter")

    await expect(reader.page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")
    assert not reader.stumbles


async def test_one_click_too_many_sends_one_request(reader: Reader, platform: Platform) -> None:
    page = reader.page
    await reader.open("/demande")
    await page.locator("input[name=themes][value=health]").check()
    await page.get_by_label("Commune de la personne concernée").fill("Landerneau")
    await page.get_by_label("La personne elle-même").check()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await page.get_by_role("button", name="Envoyer ma demande").dblclick()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre demande est reçue")
    assert len(sent) == 1


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_a_danger_shows_whom_to_call(platform: Platform, browser: Browser, script: bool) -> None:
    async with reading(browser, platform.url, Screen(script=script)) as reader:
        await reader.open("/demande")
        numbers = reader.page.get_by_text("N'attendez pas notre réponse")
        await expect(numbers).to_be_hidden()

        await reader.page.get_by_label("Quelqu'un est en danger en ce moment").check()

        await expect(numbers).to_be_visible()


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

        await page.get_by_role("button", name="Fermer le suivi sur cet appareil").click()
        await reader.open("/suivi")
        await expect(page.get_by_label("Code de suivi")).to_be_visible()
