"""What befalls people in the midst of a journey: no mouse, a colleague on the same dossier, a service that stops."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.asking import OWN_FORM, QUESTIONS, until
from tests.browser.day import Day, left_alone
from tests.browser.platform import Platform
from tests.browser.reader import Reader, reading
from tests.browser.signing_in import Accounts

pytestmark = [pytest.mark.browser, pytest.mark.matrix]
QUESTION = "textarea[name=question]"
MOST_TABS = 250
"""A dossier is long; what is far down has links to it, but the order of the source leads there too."""


@pytest.fixture
async def coordinator(platform: Platform, browser: Browser, accounts: Accounts) -> AsyncIterator[Reader]:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("coordinator")) as reader:
        yield reader


async def unfold_by_keyboard(reader: Reader, title: str) -> None:
    """Leads to what unfolds under that title, and unfolds it, without a mouse."""
    await reader.page.locator("summary", has_text=title).first.evaluate("one => { one.id = 'wanted' }")
    await reader.tab_to("#wanted", MOST_TABS)
    await reader.page.keyboard.press("Enter")


async def choose(reader: Reader, name: str) -> None:
    """The first of a list, without a mouse."""
    await reader.tab_to(f"select[name={name}]", MOST_TABS)
    await reader.page.keyboard.press("ArrowDown")


async def press(reader: Reader, key: str) -> None:
    async with reader.page.expect_navigation():
        await reader.page.keyboard.press(key)


@pytest.mark.parametrize("role", ["social_worker", "coordinator", "manager"])
async def test_from_the_days_page_to_a_note_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day, role: str
) -> None:
    dossiers = {"social_worker": day.new_case_id, "coordinator": day.led_case_id, "manager": day.new_case_id}
    async with reading(browser, platform.url, signed_in=await accounts.cookies(role)) as reader:
        await reader.open("/cases/today")
        await reader.tab_to(":is(main, .menu) a[href='/cases']")
        await press(reader, "Enter")
        await reader.tab_to(f"main a[href^='/cases/{dossiers[role]}']", MOST_TABS)
        await press(reader, "Enter")
        await reader.tab_to("textarea[name=note_text]", MOST_TABS)
        await reader.page.keyboard.type(f"Lu au clavier ({role}).")
        await reader.tab_to("form[action$='/forms/note'] button[type=submit]")
        await press(reader, "Enter")

        await expect(reader.page.get_by_text(f"Lu au clavier ({role}).").first).to_be_visible()
        assert not reader.stumbles


async def test_an_offer_is_found_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("reception")) as reader:
        await reader.open("/directory/search")
        await reader.tab_to("main input[name=q]")
        async with reader.page.expect_response(lambda answer: "q=loyer" in answer.url):
            await reader.page.keyboard.type("loyer")
        await reader.page.locator("main a[href^='/directory/offers/']").first.wait_for()
        await expect(reader.page.locator(".htmx-request")).to_have_count(0)
        await reader.tab_to("main a[href^='/directory/offers/']", MOST_TABS)
        await press(reader, "Enter")
        assert await reader.title()
        assert not reader.stumbles


async def test_the_operator_goes_through_the_dead_letters_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("operator")) as reader:
        await reader.open("/directory/operations")
        await reader.page.get_by_role("heading", name="Messages ").wait_for()
        await reader.tab_to("main a[href$='/dead-letters']", MOST_TABS)
        await press(reader, "Enter")
        assert reader.path.endswith("/operations/dead-letters")
        assert not reader.stumbles


async def test_a_family_conference_goes_from_private_time_to_its_plan_by_the_keyboard_alone(
    coordinator: Reader, platform: Platform, day: Day
) -> None:
    case_id, keyboard = await asyncio.to_thread(left_alone, platform), coordinator.page.keyboard
    await coordinator.open(f"/cases/{case_id}")
    await coordinator.tab_to("main button[type=submit]")
    await press(coordinator, "Enter")

    await coordinator.tab_to("textarea[name=action_what]", MOST_TABS)
    await keyboard.type("Les courses, une semaine sur deux")
    await choose(coordinator, "action_who")
    await coordinator.tab_to("input[name=action_by_when]")
    await keyboard.type("01032027")
    await choose(coordinator, "action_checked_by")
    await coordinator.tab_to("input[name=action_feasible]")
    await keyboard.press("Space")
    await coordinator.tab_to("form[action$='/forms/action'] button[type=submit]")
    await press(coordinator, "Enter")

    for agreed in await coordinator.page.locator("input[name=ratified_by]").evaluate_all(
        "all => all.map(one => one.id)"
    ):
        await coordinator.tab_to(f"[id='{agreed}']", MOST_TABS)
        await keyboard.press("Space")
    await coordinator.tab_to("form[action$='/forms/ratify'] button[type=submit]")
    await press(coordinator, "Enter")
    await expect(coordinator.page.get_by_role("link", name="Imprimer le plan (PDF)")).to_be_visible()
    assert not coordinator.stumbles


async def test_a_measure_is_begun_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("social_worker")) as reader:
        await reader.open(f"/cases/{day.new_case_id}")
        await reader.tab_to("form[action$='/forms/measure'] button[type=submit]", MOST_TABS)
        await press(reader, "Enter")
        await expect(reader.page.get_by_text("La demande se prépare")).to_be_visible()
        assert not reader.stumbles


async def test_an_agreement_is_drafted_by_the_keyboard_alone(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    async with reading(browser, platform.url, signed_in=await accounts.cookies("manager")) as reader:
        keyboard = reader.page.keyboard
        await reader.open("/directory/agreements/new")
        await choose(reader, "new_kind")
        await reader.tab_to("input[name=new_title]")
        await keyboard.type("Convention de l’exemple au clavier")
        await reader.tab_to("input[name=new_territory_ids]")
        await keyboard.press("Space")
        for field, day_typed in (("new_starts_on", "01012027"), ("new_ends_on", "01012030")):
            await reader.tab_to(f"input[name={field}]")
            await keyboard.type(day_typed)
        await reader.tab_to("main form.card button[type=submit]")
        await press(reader, "Enter")
        await expect(reader.page.get_by_role("heading", level=1)).to_contain_text("Convention de l’exemple au clavier")
        assert not reader.stumbles


async def test_of_two_who_change_the_same_dossier_the_second_is_told_and_keeps_their_words(
    coordinator: Reader, platform: Platform, browser: Browser, accounts: Accounts, day: Day
) -> None:
    path = f"/cases/{day.preparing_case_id}"
    async with reading(browser, platform.url, signed_in=await accounts.cookies("coordinator")) as other:
        await coordinator.open(path)
        await other.open(path)
        for reader, question in ((coordinator, "Comment aider Lou à l'école ?"), (other, "Que faire le matin ?")):
            await unfold_by_keyboard(reader, "Poser la question ouverte")
            await reader.page.fill(QUESTION, question)
            await reader.tab_to("form[action$='/forms/question'] button[type=submit]")
            await press(reader, "Enter")

        assert other.status == 412
        await expect(other.page.locator(QUESTION)).to_have_value("Que faire le matin ?")
        await expect(other.page.get_by_text("Comment aider Lou à l'école ?").first).to_be_visible()
        assert not await other.barriers()


async def test_what_was_answered_outlives_a_service_that_stops_in_mid_form(reader: Reader, platform: Platform) -> None:
    page = reader.page
    await until(reader, f"{QUESTIONS}/recit")
    await page.locator(f"{OWN_FORM} textarea").first.fill("Le bail se termine.")
    async with platform.without("intake"):
        async with page.expect_navigation():
            await page.locator(f"{OWN_FORM} [type=submit]").first.click()
        assert reader.status in (502, 503)
        assert "indisponible" in await reader.title()
    await page.reload()  # as the page that says so tells one to: what was typed is sent anew
    assert reader.status == 200
    assert reader.path != f"{QUESTIONS}/recit"
    await reader.open(f"{QUESTIONS}/recit")
    await expect(page.locator(f"{OWN_FORM} textarea").first).to_have_value("Le bail se termine.")
