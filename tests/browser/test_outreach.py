"""In the street with a phone: the network goes, the page is closed, and what was noted is sent once, unread here."""

import json
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.day import Day
from tests.browser.platform import Platform
from tests.browser.reader import NARROWEST, Reader, Screen, reading
from tests.browser.signing_in import Accounts

pytestmark = pytest.mark.browser
STORED = """
async () => {
    const open = indexedDB.open("maillage-kept");
    await new Promise(done => { open.onsuccess = done });
    const asked = open.result.transaction("notes").objectStore("notes").getAll();
    await new Promise(done => { asked.onsuccess = done });
    open.result.close();
    const caches_ = await Promise.all((await caches.keys()).map(async name => {
        const cache = await caches.open(name);
        return Promise.all((await cache.matchAll()).map(answer => answer.text()));
    }));
    return JSON.stringify([asked.result, {...localStorage}, caches_]);
}
"""
BUSY_SENDING = (
    "() => { navigator.locks.request('maillage-sending', () => new Promise(done => { window.sent = done })) }"
)
WAITS = re.compile("attend le réseau")


@pytest.fixture
async def phone(platform: Platform, browser: Browser, accounts: Accounts, day: Day) -> AsyncIterator[Reader]:
    screen = Screen(width=NARROWEST)
    async with reading(browser, platform.url, screen, await accounts.cookies("reception")) as reader:
        await reader.open("/intake/outreach")
        await expect(reader.page.locator("#network")).to_contain_text("Le réseau est là")
        await reader.page.evaluate("navigator.serviceWorker.ready")
        yield reader


async def note(page: Page, name: str, commune: str = "Plérin") -> None:
    await page.get_by_label("Ce que la personne dit").fill("Dort dans sa voiture.")
    await page.get_by_label("Commune").fill(commune)
    await page.locator("input[name=themes][value=housing]").check()
    await page.locator("#family_name").fill(name)


async def finish(page: Page) -> None:
    await page.get_by_role("button", name="Terminer et envoyer").click()


async def test_what_is_noted_without_network_is_sent_once_when_it_is_back(phone: Reader) -> None:
    page, context = phone.page, phone.page.context
    await context.set_offline(True)
    await page.goto(f"{phone.url}/intake/outreach")
    await expect(page.locator("#network")).to_contain_text("Pas de réseau")
    await note(page, "Invente")
    await finish(page)
    await expect(page.locator("#notes")).to_contain_text(WAITS)
    await note(page, "Imagine", commune="Nulle-Part-sur-Exemple")
    await expect(page.locator("#saved")).to_contain_text("gardé, chiffré")
    await page.close()  # killed while something is typed

    page = await context.new_page()
    await page.goto(f"{phone.url}/intake/outreach")
    await expect(page.locator("#notes li")).to_have_count(2)
    assert not re.search("Invente|Imagine|Dort dans|Plérin", await page.evaluate(STORED)), (
        "nobody reads it on the phone"
    )
    assert not await Reader(page, phone.url).barriers()

    sent: list[str] = []
    context.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    other = await context.new_page()
    await other.goto(f"{phone.url}/intake/outreach")
    await other.evaluate(BUSY_SENDING)
    await context.set_offline(False)
    await expect(page.locator("#network")).to_contain_text("Le réseau est là")
    await other.evaluate("sent()")
    await expect(page.locator("#notes li")).to_have_count(1)
    assert len([one for one in sent if "/notes/" in one]) == 1, "two tabs send one note once"
    await other.close()

    await page.reload()
    await page.get_by_role("button", name="Reprendre au guichet").click()
    await expect(page.locator("#family_name")).to_have_value("Imagine")
    await page.get_by_role("button", name="Envoyer").click()
    await expect(page.locator("#commune-error")).to_contain_text("Aucune commune")
    await page.get_by_role("button", name="Effacer cet appel").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Téléphone et guichet")


@pytest.mark.matrix  # seconds of a browser; what it sends is tested without one each day
async def test_what_is_refused_is_completed_beside_its_field(phone: Reader) -> None:
    page = phone.page
    await note(page, "Refus", commune="Nulle-Part-sur-Exemple")
    await finish(page)
    await expect(page.locator("#notes")).to_contain_text("Aucune commune n'a ce nom")
    [[kept], *_] = json.loads(await page.evaluate(STORED))
    assert "letter" not in kept, "the desk has it: the phone keeps nothing of it"
    await phone.check()
    await page.get_by_role("link", name="Compléter au guichet").click()
    await expect(page.locator("#commune-error")).to_contain_text("Aucune commune")
    await page.get_by_role("button", name="Effacer cet appel").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Téléphone et guichet")


@pytest.mark.matrix
async def test_signing_out_warns_of_what_is_not_sent_then_wipes(
    platform: Platform, browser: Browser, accounts: Accounts, day: Day, phone: Reader
) -> None:
    page, context = phone.page, phone.page.context
    await note(page, "Perdu")
    await expect(page.locator("#saved")).to_contain_text("gardé, chiffré")
    await page.close()
    page = await context.new_page()
    await page.goto(f"{phone.url}/intake/outreach")
    await expect(page.locator("#notes li")).to_have_count(1)
    await page.goto(f"{phone.url}/intake/desk")
    asked: list[str] = []
    answers = iter((False, True))

    async def answer(dialog: object) -> None:
        asked.append(dialog.message)  # type: ignore[attr-defined]
        await (dialog.accept() if next(answers) else dialog.dismiss())  # type: ignore[attr-defined]

    page.on("dialog", answer)
    await context.route("**/auth/sign-out", lambda route: route.fulfill(status=200, body="ended"))
    await page.get_by_role("button", name="Se déconnecter").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Téléphone et guichet")
    await page.get_by_role("button", name="Se déconnecter").click()
    await page.wait_for_url("**/auth/sign-out")
    assert len(asked) == 2
    assert "ne sont pas envoyées" in asked[0]
    assert await page.evaluate("indexedDB.databases().then(all => all.length)") == 0
    assert await page.evaluate("localStorage.getItem('maillage-kept')") is None


@pytest.mark.matrix
async def test_a_note_of_more_than_seven_days_is_gone(phone: Reader) -> None:
    page = phone.page
    await page.evaluate("""
        async () => {
            const open = indexedDB.open("maillage-kept");
            await new Promise(done => { open.onsuccess = done });
            const at = new Date(Date.now() - 7.1 * 24 * 3600 * 1000).toISOString();
            const put = open.result.transaction("notes", "readwrite").objectStore("notes")
                .put({id: crypto.randomUUID(), at, who: "x", state: "waiting", letter: "x"});
            await new Promise(done => { put.onsuccess = done });
            open.result.close();
        }
    """)
    await page.reload()
    await expect(page.locator("#network")).to_contain_text("Le réseau est là")
    await expect(page.get_by_text("Rien n’attend.")).to_be_visible()
    await expect(page.locator("#notes li")).to_have_count(0)
