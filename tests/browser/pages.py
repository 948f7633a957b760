"""Every page there is, and the way a reader gets there: looked at by the tests, drawn by `screenshots`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import expect

from tests.browser.asking import CHECK, OWN_FORM, QUESTIONS, USUAL, answer, until
from tests.browser.day import Day
from tests.browser.reader import Reader

Way = Callable[[Reader, Day], Awaitable[None]]


@dataclass(frozen=True)
class Shown:
    """One page in one state. `role`: the sample account that is signed in; `down`: the service that is stopped;
    `another`: its template is shown in another state every day, this one in the long run alone."""

    name: str
    way: Way
    role: str | None = None
    down: str | None = None
    another: bool = False

    def __str__(self) -> str:
        return self.name


def at(path: str, status: int = 200) -> Way:
    """Straight to an address, which may name the day's ids."""

    async def go(reader: Reader, day: Day) -> None:
        await reader.open(path.format(day=day), status)

    return go


def unfolded(path: str) -> Way:
    """The same, with everything that unfolds unfolded."""

    async def go(reader: Reader, day: Day) -> None:
        await at(path)(reader, day)
        await reader.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")

    return go


def asking(path: str, **answers: str | tuple[str, ...]) -> Way:
    """As far as that page of a request."""

    async def go(reader: Reader, day: Day) -> None:
        await until(reader, path, {**USUAL, **answers})

    return go


def in_english(path: str) -> Way:
    """The same page, in English."""

    async def go(reader: Reader, day: Day) -> None:
        await until(reader, path) if path.startswith(QUESTIONS) else await reader.open(path)
        async with reader.page.expect_navigation():
            await reader.page.get_by_role("link", name="English").click()

    return go


async def searched_across(reader: Reader, day: Day) -> None:
    """What is found of a name, with the other services' answers beside."""
    await reader.open("/intake/find")
    field = reader.page.get_by_label("Rechercher une personne, un dossier, une aide")
    await field.fill("Personne")
    async with reader.page.expect_navigation():
        await field.press("Enter")
    await expect(reader.page.locator("main form")).to_have_count(0)


async def erasure_asked(reader: Reader, day: Day) -> None:
    """The register, with one to decide."""
    await reader.open(f"/intake/requests/{day.request_id}/people/{day.person_id}")
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("button", name="Noter cette demande").click()
    await reader.open("/intake/erasures")
    await expect(reader.page.get_by_role("button", name="Décider")).to_have_count(1)


async def empty_form(reader: Reader, day: Day) -> None:
    await until(reader, f"{QUESTIONS}/sujets")
    await send(reader, 422)


async def several_communes(reader: Reader, day: Day) -> None:
    await until(reader, f"{QUESTIONS}/commune")
    await answer(reader, {"commune": "Saint-Denis"})
    await send(reader, 422)


async def sent_form(reader: Reader, day: Day) -> None:
    await until(reader, CHECK)
    await send(reader, 200)


async def kept_for_later(reader: Reader, day: Day) -> None:
    await until(reader, f"{QUESTIONS}/recit")
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("button", name="Continuer plus tard").click()


async def code_to_continue(reader: Reader, day: Day) -> None:
    await kept_for_later(reader, day)
    await send(reader, 200)


async def wrong_code(reader: Reader, day: Day) -> None:
    await reader.open("/demande/reprendre")
    await reader.page.get_by_label("Code pour continuer").fill("2222-2222-2222")
    await send(reader, 422)


async def send(reader: Reader, status: int) -> None:
    """Sends the form as it is: what the browser itself would refuse reaches the service."""
    await reader.page.locator("main form").evaluate_all("forms => forms.forEach(form => { form.noValidate = true })")
    async with reader.page.expect_navigation():
        await reader.page.locator(f"{OWN_FORM} [type=submit]").first.click()
    assert reader.status == status


async def track(reader: Reader, reference: str, secret: str, status: int) -> None:
    await reader.open("/suivi")
    await reader.page.get_by_label("Référence").fill(reference)
    await reader.page.get_by_label("Code de suivi").fill(secret)
    await send(reader, status)


async def wrong_secret(reader: Reader, day: Day) -> None:
    await track(reader, day.reference, "BBBB-BBBB-BBBB", 422)


async def followed(reader: Reader, day: Day) -> None:
    await track(reader, day.reference, day.secret, 200)


async def beside_the_request(reader: Reader, day: Day) -> None:
    await followed(reader, day)
    await reader.open("/cases/suivi")


async def messages_beside_the_request(reader: Reader, day: Day) -> None:
    await followed(reader, day)
    await reader.open("/notifications/suivi")


async def to_confirm(reader: Reader, day: Day) -> None:
    await reader.open(f"/intake/duplicates/{day.alike_id}")
    await reader.page.get_by_label("C'est une seule personne").check()
    await reader.page.get_by_label("Pourquoi").fill("Même voix au téléphone.")
    await send(reader, 200)


async def no_dossier_chosen(reader: Reader, day: Day) -> None:
    await reader.open(f"/cases/team?territory=saint-brieuc&referent={day.worker_id}")
    await reader.page.get_by_label("À confier à").select_option(index=1)
    await reader.page.get_by_role("button", name="Confier ces dossiers").evaluate("one => one.form.noValidate = true")
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("button", name="Confier ces dossiers").click()
    assert reader.status == 422


async def differing(reader: Reader, day: Day) -> None:
    """What was corrected here, and what the source's next edition says."""
    await reader.open("/directory/imports/differences")
    phone = reader.page.get_by_role("heading", name="Courses à petit prix d'exemple » – Téléphone")
    await expect(phone).to_be_visible()


async def full_action(reader: Reader, day: Day) -> None:
    await reader.open(f"/annuaire/actions/{day.partners.action_id}")
    await reader.page.get_by_label("Prénom").fill("Alix")
    await reader.page.get_by_label("Téléphone ou adresse").fill("alix@maillage.example")
    await send(reader, 200)


async def with_code(reader: Reader, day: Day) -> None:
    await reader.open("/annuaire/inscription")
    await reader.page.get_by_label("code").fill(day.partners.codes[0])
    await send(reader, 200)


async def confirming(reader: Reader, day: Day) -> None:
    await reader.open(day.partners.link)
    await reader.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")


async def choosing(reader: Reader, day: Day) -> None:
    await reader.open(day.choices)
    await reader.page.get_by_label("Nouvelles").uncheck()
    await send(reader, 200)


AGREEMENT, CONFERENCE = "/directory/agreements", "/cases/territorial-conferences"
PARTNERS = (
    Shown("search", at("/directory/search?q=loyer&commune=Saint-Brieuc"), "reception"),
    Shown("search-nothing", at("/directory/search?q=introuvable"), "reception", another=True),
    Shown("search-filtered", unfolded("/directory/search?age=15&free=true&open_within=7"), "reception", another=True),
    Shown("map", at("/annuaire/carte")),
    Shown("offer-public", at("/annuaire/{day.partners.offer_id}")),
    Shown("offer", at("/directory/offers/{day.partners.offer_id}/page"), "manager"),
    Shown("offer-form", unfolded("/directory/offer-form?offer_id={day.partners.offer_id}"), "manager"),
    Shown("place-form", unfolded("/directory/offers/{day.partners.offer_id}/place-form"), "manager"),
    Shown("organisation-form", unfolded("/directory/organisation-form?organisation_id={day.partners.organisation_id}"),
          "manager"),
    Shown("site-form", unfolded("/directory/site-form"), "manager"),
    Shown("territories", at("/directory/territories"), "operator"),
    Shown("territory-form", unfolded("/directory/territory-form?territory_id=saint-brieuc"), "operator"),
    Shown("agreements", at(AGREEMENT), "manager"),
    Shown("agreement-new", at(f"{AGREEMENT}/new"), "manager"),
    Shown("agreement-draft", unfolded(f"{AGREEMENT}/{{day.partners.draft_id}}"), "manager"),
    Shown("agreement-negotiated", unfolded(f"{AGREEMENT}/{{day.partners.negotiated_id}}"), "manager", another=True),
    Shown("agreement-approved", unfolded(f"{AGREEMENT}/{{day.partners.approved_id}}"), "manager", another=True),
    Shown("agreement-in-force", unfolded(f"{AGREEMENT}/{{day.partners.in_force_id}}"), "manager", another=True),
    Shown("agreement-read", at(f"{AGREEMENT}/{{day.partners.in_force_id}}"), "reception", another=True),
    Shown("agreement-abandoned", at(f"{AGREEMENT}/{{day.partners.abandoned_id}}"), "manager", another=True),
    Shown("agreement-print", at(f"{AGREEMENT}/{{day.partners.in_force_id}}/print"), "manager"),
    Shown("calls", at("/directory/call-list"), "manager"),
    Shown("call-form", unfolded("/directory/call-form"), "manager"),
    Shown("call", unfolded("/directory/call/{day.partners.call_id}"), "manager"),
    Shown("call-read", at("/directory/call/{day.partners.call_id}"), "reception", another=True),
    Shown("project", unfolded("/directory/project/{day.partners.project_id}"), "manager"),
    Shown("project-granted", unfolded("/directory/project/{day.partners.granted_id}"), "manager", another=True),
    Shown("actions", at("/directory/actions"), "manager"),
    Shown("action-form", unfolded("/directory/action-form"), "manager"),
    Shown("action", unfolded("/directory/actions/{day.partners.action_id}"), "manager"),
    Shown("action-held", unfolded("/directory/actions/{day.partners.held_id}"), "manager", another=True),
    Shown("actions-public", at("/annuaire/actions")),
    Shown("action-public", at("/annuaire/actions/{day.partners.action_id}")),
    Shown("action-waiting", full_action, another=True),
    Shown("registration", with_code),
    Shown("registration-code", at("/annuaire/inscription")),
    Shown("quality", unfolded("/directory/quality"), "manager"),
    Shown("quality-score", at("/directory/quality?order=score"), "manager", another=True),
    Shown("quality-offer", at("/directory/quality/offers/{day.partners.offer_id}"), "manager"),
    Shown("quality-asking", unfolded("/directory/quality/organisations/{day.partners.organisation_id}"), "manager"),
    Shown("corrections", at("/directory/quality/corrections"), "manager"),
    Shown("duplicates-of-entries", at("/directory/quality/duplicates"), "manager"),
    Shown("confirmation", confirming),
    Shown("confirmation-no-link", at("/annuaire/confirmer"), another=True),
    Shown("imports", at("/directory/imports"), "operator"),
    Shown("import", at("/directory/imports/{day.partners.run_id}"), "operator"),
    Shown("differences", differing, "operator"),
    Shown("conferences", unfolded(CONFERENCE), "manager"),
    Shown("conference-diagnosis", unfolded(f"{CONFERENCE}/{{day.partners.diagnosis_id}}"), "manager"),
    Shown("conference-sitting", unfolded(f"{CONFERENCE}/{{day.partners.sitting_id}}"), "manager", another=True),
    Shown("conference-meeting", unfolded(f"{CONFERENCE}/{{day.partners.sitting_id}}/meeting"), "manager"),
    Shown("conference-plan", unfolded(f"{CONFERENCE}/{{day.partners.ratified_id}}/plan"), "manager"),
    Shown("conference-ratified", unfolded(f"{CONFERENCE}/{{day.partners.ratified_id}}"), "manager", another=True),
)  # fmt: skip


async def to_subscribe(reader: Reader, day: Day) -> None:
    await reader.open("/notifications/webhooks?q=foyer")
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("link", name="Abonner").first.click()


async def subscribed_to_nothing(reader: Reader, day: Day) -> None:
    await to_subscribe(reader, day)
    await send(reader, 422)


async def subscribed(reader: Reader, day: Day) -> None:
    await to_subscribe(reader, day)
    await reader.page.get_by_label("Adresse à appeler").fill("https://partenaire.example/maillage")
    await reader.page.get_by_label("Orientation proposée").check()
    await send(reader, 200)


async def tried(reader: Reader, day: Day) -> None:
    await subscribed(reader, day)
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("link", name="Voir l’abonnement").click()
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("button", name="Faire un essai").click()
    await reader.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")


WEBHOOKS = (
    Shown("webhooks", at("/notifications/webhooks?q=foyer"), "manager"),
    Shown("webhook-form", subscribed_to_nothing, "manager"),
    Shown("webhook-secret", subscribed, "manager"),
    Shown("webhook", tried, "manager"),
)
FOR_A_CHILD = {"role": "relative", "minor": "yes", "concerned_given_name": "Lou"}
PARCEL = {"programme": "food-parcels"}
ASKING = (
    Shown("ask", at("/demande")),
    Shown("ask-danger", asking(f"{QUESTIONS}/maintenant")),
    Shown("ask-numbers", asking("/demande/numeros", danger=("violence", "street", "dark"))),
    Shown("ask-who", asking(f"{QUESTIONS}/pour-qui")),
    Shown("ask-person", asking(f"{QUESTIONS}/personne", **FOR_A_CHILD)),
    Shown("ask-age", asking(f"{QUESTIONS}/age"), another=True),
    Shown("ask-agreed", asking(f"{QUESTIONS}/accord", **FOR_A_CHILD)),
    Shown("ask-empty", empty_form, another=True),
    Shown("ask-story", asking(f"{QUESTIONS}/recit")),
    Shown("ask-wish", asking(f"{QUESTIONS}/souhait")),
    Shown("ask-own-question", asking(f"{QUESTIONS}/precision-1", **PARCEL)),
    Shown("ask-several-communes", several_communes, another=True),
    Shown("ask-name", asking(f"{QUESTIONS}/nom"), another=True),
    Shown("ask-reached", asking(f"{QUESTIONS}/joindre")),
    Shown("ask-safely", asking(f"{QUESTIONS}/prudence", phone="01 99 00 20 01")),
    Shown("ask-check", asking(CHECK, phone="01 99 00 20 01", summary="Le bail se termine.")),
    Shown("ask-later", kept_for_later),
    Shown("ask-kept", code_to_continue),
    Shown("ask-resume", wrong_code),
    Shown("ask-sent", sent_form),
)


async def begun_call(reader: Reader, day: Day) -> None:
    """A call in hand, with a danger, somebody known and offers beside."""
    page = reader.page
    await reader.open("/intake/desk")
    await page.get_by_label("Ce que la personne dit").fill("Elle n'a nulle part où dormir.")
    await page.locator("input[name=themes][value=housing]").evaluate("one => { one.checked = true }")
    await page.locator("#family_name").fill("Exemple")
    await page.get_by_label("Commune").fill("Plérin")
    await page.get_by_role("heading", name="Réponses").wait_for()
    await page.get_by_role("link", name="115").first.wait_for()


async def refused_call(reader: Reader, day: Day) -> None:
    await reader.open("/intake/desk")
    async with reader.page.expect_navigation():
        await reader.page.get_by_role("button", name="Envoyer").click()
    assert reader.status == 422


async def sent_call(reader: Reader, day: Day) -> None:
    await begun_call(reader, day)
    async with reader.page.expect_navigation(url="**/recue"):
        await reader.page.get_by_role("button", name="Envoyer").click()


async def noted_in_the_street(reader: Reader, day: Day) -> None:
    """One note that is refused, another begun."""
    page = reader.page
    await reader.open("/intake/outreach")
    await page.get_by_label("Commune").fill("Nulle-Part-sur-Exemple")
    await page.get_by_role("button", name="Terminer et envoyer").click()
    await page.get_by_role("link", name="Compléter au guichet").wait_for()


DESK = (
    Shown("outreach", noted_in_the_street, "reception"),
    Shown("outreach-unknown", at("/intake/outreach"), another=True),
    Shown("desk", at("/intake/desk"), "reception", another=True),
    Shown("desk-call", begun_call, "reception"),
    Shown("desk-refused", refused_call, "reception", another=True),
    Shown("desk-sent", sent_call, "reception"),
)


async def menu_unfolded(reader: Reader, day: Day) -> None:
    await reader.open("/cases/team")
    await reader.page.locator("summary", has_text="Partenaires").click()
    await reader.page.get_by_role("link", name="Conventions", exact=True).wait_for()


async def operated(reader: Reader, day: Day) -> None:
    """Each service's part is there."""
    await reader.open("/directory/operations")
    for service in ("Demandes", "Dossiers", "Messages"):
        await reader.page.get_by_role("heading", name=f"{service} ").wait_for()


CALENDAR = "/cases/calendar"
STEERED = (
    Shown("steering", unfolded("/cases/steering?territory=saint-brieuc"), "manager"),
    Shown("steering-nothing", at("/cases/steering?territory=saint-flour"), "manager", another=True),
    Shown("agreements-money", at("/directory/agreements/money"), "manager"),
    Shown("calendar", at(f"{CALENDAR}?agent={{day.worker_id}}"), "manager"),
    Shown("calendar-week", at(f"{CALENDAR}?view=week"), "social_worker", another=True),
    Shown("calendar-list", at(f"{CALENDAR}?view=list"), "social_worker", another=True),
    Shown("calendar-nothing", at(f"{CALENDAR}?view=list&day=2020-01-01"), "coordinator", another=True),
    Shown("menu-unfolded", menu_unfolded, "manager", another=True),
    Shown("operations", operated, "operator"),
    Shown("dead-letters", at("/notifications/operations/dead-letters"), "operator"),
    Shown("dead-letters-none", at("/cases/operations/dead-letters"), "operator", another=True),
)
PAGES = (
    Shown("home", at("/")),
    Shown("accessibility", at("/accessibilite")),
    Shown("site-map", at("/plan-du-site")),
    *STEERED,
    *ASKING,
    Shown("track", at("/suivi")),
    Shown("track-wrong-secret", wrong_secret, another=True),
    Shown("track-shown", followed),
    Shown("track-dossier", beside_the_request),
    Shown("track-messages", messages_beside_the_request),
    Shown("plan-by-link", at("{day.plan}")),
    Shown("plan-nothing-to-read", at("/cases/lire", 404), another=True),
    Shown("annuaire", at("/annuaire")),
    Shown("annuaire-nothing", at("/annuaire?q=introuvable"), another=True),
    Shown("legal-access", at("/annuaire/acces-au-droit")),
    Shown("home-agent", at("/"), "reception"),
    Shown("search-across", searched_across, "manager"),
    Shown("signed-in-again", at("/auth/unlocked"), "reception"),
    Shown("ask-in-english", in_english("/demande"), another=True),
    Shown("ask-in-english-subjects", in_english("/demande/questions/sujets"), another=True),
    Shown("track-in-english", in_english("/suivi"), another=True),
    *DESK,
    Shown("requests", at("/intake/requests"), "reception"),
    Shown("request", at("/intake/requests/{day.request_id}"), "reception"),
    Shown("request-declined", at("/intake/requests/{day.declined_id}"), "social_worker", another=True),
    Shown("person", at("/intake/requests/{day.request_id}/people/{day.person_id}"), "reception"),
    Shown("erasures", erasure_asked, "manager"),
    Shown("duplicates", at("/intake/duplicates"), "reception"),
    Shown("duplicates-decided", at("/intake/duplicates?decided=true"), "reception", another=True),
    Shown("duplicate", at("/intake/duplicates/{day.alike_id}"), "reception"),
    Shown("duplicate-to-confirm", to_confirm, "reception"),
    Shown("duplicate-decided", at("/intake/duplicates/{day.settled_id}"), "reception", another=True),
    Shown("team", unfolded("/cases/team?territory=saint-brieuc&referent={day.worker_id}"), "manager"),
    Shown("team-nothing-chosen", no_dossier_chosen, "manager", another=True),
    Shown("dossier-managed", unfolded("/cases/{day.new_case_id}"), "manager"),
    Shown("dossiers", at("/cases"), "social_worker"),
    Shown("dossier-new", at("/cases/{day.new_case_id}"), "social_worker", another=True),
    Shown("private-time", at("/cases/{day.alone_case_id}"), "coordinator"),
    Shown("dossier-preparing", unfolded("/cases/{day.preparing_case_id}"), "coordinator"),
    Shown("dossier-led", at("/cases/{day.led_case_id}"), "coordinator"),
    Shown("follow-up-calls", at("/cases/{day.led_case_id}/follow-up/calls"), "coordinator"),
    Shown("organisations", at("/directory/"), "operator"),
    Shown("agents", at("/directory/agents"), "operator"),
    Shown("messages", at("/notifications/messages"), "manager"),
    Shown("message-templates", at("/notifications/templates"), role="manager"),
    Shown("message-template", at("/notifications/templates/own-action?language=en&neutral=true"), role="manager"),
    Shown("letters", at("/notifications/letters"), "manager"),
    Shown("preferences", choosing),
    Shown("preferences-no-link", at("/notifications/preferences", 404), another=True),
    Shown("today", at("/cases/today"), "social_worker"),
    Shown("inbox", at("/notifications/inbox"), "coordinator"),
    Shown("inbox-done", at("/notifications/inbox?state=done"), "coordinator"),
    *WEBHOOKS,
    *PARTNERS,
    Shown("problem-404", at("/demande/autre", 404)),
    Shown("problem-404-agent", at("/cases/00000000-0000-4000-8000-000000000000", 404), "social_worker", another=True),
    Shown("problem-404-nowhere", at("/nulle-part", 404), another=True),
    Shown("problem-403", at("/directory/agents", 403), "reception"),
    Shown("problem-sign-in", at("/auth/callback?state=x&code=y", 400)),
    Shown("problem-503", at("/notifications/messages", 503), "manager", down="notifications"),
)
