"""A territory's figures: published once, a month at a time, for who manages it; small counts are nowhere in them."""

import csv
import io
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any

import asyncpg
import openpyxl
import pytest
from joserfc.jwk import ECKey

from cases.steering import publishing, store
from contracts.events import PromiseMissed, RequestAnswered, TerritoryPublished
from tests.cases.conftest import HERE, THERE, Cases, submitted, told
from tests.cases.test_concerns import raised, step
from tests.cases.test_pages import well_formed

MARCH = "/cases/steering?territory=saint-brieuc&month=2026-03"
PUBLISHED = datetime(2026, 4, 16, 6, tzinfo=UTC)
PLERIN, SAINT_BRIEUC = "22187", "22278"


async def received(cases: Cases, many: int, **changes: Any) -> list[Any]:
    requests = [submitted(**changes) for _ in range(many)]
    await cases.receive(*(told(one) for one in requests))
    return requests


async def publish(cases: Cases, at: datetime = PUBLISHED) -> None:
    cases.now = at
    async with cases.service.parts.worker.transaction() as tx:
        await publishing.begin(tx, at, cases.service.parts.settings.zone)
    await cases.fire(at)


@pytest.mark.parametrize(
    ("today", "newest"),
    [
        (date(2026, 4, 15), date(2026, 2, 1)),
        (date(2026, 4, 16), date(2026, 3, 1)),
        (date(2026, 1, 2), date(2025, 11, 1)),
        (date(2026, 1, 31), date(2025, 12, 1)),
    ],
)
def test_a_month_is_out_once_most_answers_were_due(today: date, newest: date) -> None:
    assert publishing.last_published(today) == newest


async def test_a_month_is_read_by_chart_table_and_spreadsheet(cases: Cases) -> None:
    answered = await received(cases, 7, channel="desk", themes=("housing",))
    missed = await received(cases, 6, channel="phone", commune=PLERIN, themes=("food",))
    asked_again = [
        RequestAnswered(request_id=one.request_id, answered_at=one.received_at, promised_on=one.promised_on,
                        working_days=0)
        for one in answered
    ]  # fmt: skip
    await cases.receive(*(told(one, sequence=2) for one in asked_again))
    missing = [PromiseMissed(request_id=one.request_id, promised_on=one.promised_on) for one in missed]
    await cases.receive(*(told(one, sequence=2) for one in missing))
    await publish(cases)

    page = (await cases.get(MARCH, "manager", headers={"Accept": "text/html"})).text
    well_formed(page)
    assert "Chiffres de mars 2026" in page
    assert "accueil physique : 7 ; téléphone : 6" in page  # the chart says in words what it draws
    assert all(text in page for text in ("Plérin", "le jour même", "pas encore", "semaine du 2 mars 2026"))

    answer = await cases.get(MARCH.replace("steering?", "steering.csv?"), "manager")
    assert answer.headers["content-disposition"] == 'attachment; filename="chiffres-2026-03.csv"'
    lines = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    assert ["Par où arrivent les demandes", "Ensemble", "", "accueil physique", "7"] in lines
    assert ["Date de réponse promise", "Ensemble", "", "dépassée", "6"] in lines


async def test_the_workbook_holds_the_lines_of_the_csv_with_numbers_as_numbers(cases: Cases) -> None:
    await received(cases, 12, channel="desk")
    await received(cases, 9, channel="phone")
    await received(cases, 2, channel="outreach", commune=PLERIN)
    await publish(cases)
    answer = await cases.get(MARCH.replace("steering?", "steering.xlsx?"), "manager")
    assert answer.headers["content-disposition"] == 'attachment; filename="chiffres-2026-03.xlsx"'
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    lines = [["" if cell is None else cell for cell in line] for line in book["Chiffres"].iter_rows(values_only=True)]
    same = (await cases.get(MARCH.replace("steering?", "steering.csv?"), "manager")).text.lstrip("\ufeff")
    assert [[str(cell) for cell in line] for line in lines] == list(csv.reader(io.StringIO(same), delimiter=";"))
    assert {type(line[4]) for line in lines[1:] if line[4] != ""} == {int}
    for nobody, status in (("social_worker", 403), (None, 401)):
        assert (await cases.get(MARCH.replace("steering?", "steering.xlsx?"), nobody)).status_code == status


async def test_a_worry_about_a_child_counts_nowhere(cases: Cases, cell_key: ECKey) -> None:
    await received(cases, 8, channel="desk", themes=("housing",))
    worries = [raised(cell_key) for _ in range(12)]
    await cases.receive(*(told(one) for one in worries))
    await cases.grant("cell", ("cell", "*"))
    qualified = {"danger": "serious", "course": "evaluation", "evaluate_by": "2026-04-02", "reasons": "essai"}
    assert (await step(cases, worries[0].case_id, "qualification", qualified)).status_code == 200
    await publish(cases)
    lines = (await cases.get(MARCH.replace("steering?", "steering.csv?"), "manager")).text
    totals = {line[4] for line in csv.reader(io.StringIO(lines), delimiter=";")} - {"Nombre", ""}
    assert totals == {"8"}, "those of the requests alone, in every table"
    assert (await cases.count("request_figures"), await cases.count("concerns")) == (8, 12)
    page = (await cases.get(MARCH, "manager")).text
    assert all(str(one.case_id) not in page + lines for one in worries)


async def test_small_counts_are_in_neither_page_nor_spreadsheet(cases: Cases) -> None:
    await received(cases, 12, channel="desk")
    await received(cases, 9, channel="phone")
    await received(cases, 2, channel="outreach", commune=PLERIN)
    await publish(cases)
    answer = await cases.get(MARCH.replace("steering?", "steering.csv?"), "manager")
    counts = [line[4] for line in csv.reader(io.StringIO(answer.text), delimiter=";")][1:]
    assert counts
    assert all(not count or int(count) >= 5 for count in counts)
    assert "médiation de rue" not in answer.text


async def test_what_is_out_never_changes_and_comes_once(cases: Cases) -> None:
    await received(cases, 8)
    await publish(cases)
    spreadsheet = MARCH.replace("steering?", "steering.csv?")
    before = (await cases.get(spreadsheet, "manager")).text
    await received(cases, 8)
    await publish(cases, PUBLISHED.replace(day=17))
    assert (await cases.get(spreadsheet, "manager")).text == before
    assert await cases.count("steering_figures") == 1


async def test_the_clock_comes_back_each_month(cases: Cases) -> None:
    await publish(cases)
    await received(cases, 8, received_at=PUBLISHED)
    await cases.fire(datetime(2026, 5, 15, 6, tzinfo=UTC))
    assert await cases.count("steering_figures") == 0
    cases.now = datetime(2026, 5, 16, 6, tzinfo=UTC)
    await cases.fire(cases.now)
    assert await cases.count("steering_figures") == 1


async def test_publishing_begins_with_the_first_territory_and_once(cases: Cases) -> None:
    await received(cases, 8)
    cases.now = PUBLISHED
    here = TerritoryPublished(territory_id=HERE, name="Saint-Brieuc", communes=("22278",), valid_from=date(2020, 1, 1))
    for sequence in (1, 2):
        await cases.receive(told(here, sequence=sequence))
        await cases.fire(PUBLISHED)
    assert await cases.count("steering_figures") == 1
    assert await cases.count("due_dates WHERE kind = 'steering' AND state = 'waiting'") == 1


async def test_figures_are_read_by_who_manages_that_territory(cases: Cases) -> None:
    await received(cases, 8)
    await publish(cases)
    await cases.grant("elsewhere", ("manager", THERE))
    assert (await cases.get(MARCH, "elsewhere")).status_code == 403
    assert (await cases.get(MARCH, "social_worker")).status_code == 403
    assert (await cases.get(MARCH, None)).status_code == 401
    assert "Aucun chiffre pour l’instant" in (await cases.get("/cases/steering", "elsewhere")).text
    actor = await cases.service.parts.grants("elsewhere")
    assert actor is not None
    async with cases.service.parts.app.transaction(actor) as tx:
        assert await store.read(tx, HERE, date(2026, 3, 1)) is None
    missing = await cases.get("/cases/steering.csv?territory=saint-brieuc&month=2026-01", "manager")
    assert missing.status_code == 404


async def test_a_month_of_few_says_so_and_shows_nothing(cases: Cases) -> None:
    await received(cases, 3)
    await publish(cases)
    page = (await cases.get(MARCH, "manager")).text
    assert "Trop peu de demandes ce mois-là" in page
    assert "<svg" not in page


async def test_reading_looks_at_one_row_however_many_dossiers_there_are(cases: Cases) -> None:
    connection = await asyncpg.connect(cases.database.admin_url)
    try:
        await connection.execute(
            """INSERT INTO steering_figures
               SELECT 'territory-' || t, ('2016-01-01'::date + (m || ' months')::interval)::date, '{}', now()
               FROM generate_series(1, 300) AS t, generate_series(1, 48) AS m""",
        )
        await connection.execute("ANALYZE steering_figures")
        for sql, more in ((store.READ, date(2018, 3, 1)), (store.MONTHS, 24)):
            plan = "\n".join(
                row[0] for row in await connection.fetch(f"EXPLAIN (ANALYZE, COSTS OFF) {sql}", f"territory-{7}", more)
            )
            assert "steering_figures_pkey" in plan
            assert "Seq Scan" not in plan
            assert "request_figures" not in plan
            assert "cases" not in plan
    finally:
        await connection.close()


@pytest.mark.scale
async def test_a_month_is_published_and_read_beside_a_million_requests(cases: Cases) -> None:
    connection = await asyncpg.connect(cases.database.admin_url)
    try:
        await connection.execute(
            """INSERT INTO request_figures (request_id, territory_id, commune, month, week, channel, themes,
                   answered_after, missed)
               SELECT gen_random_uuid(), CASE WHEN n % 20 = 0 THEN 'saint-brieuc' ELSE 'territory-' || n % 20 END,
                   (22000 + n / 300 % 30)::text, '2025-01-01'::date + ((n / 20 % 15) || ' months')::interval,
                   '2026-03-02'::date + (n / 11 % 4) * 7, (ARRAY['desk', 'phone', 'web', 'post'])[1 + n / 7 % 4],
                   ARRAY['housing', 'food'], n % 12, n % 9 = 0
               FROM generate_series(1, 1000000) AS n"""
        )
        await connection.execute("ANALYZE request_figures")
    finally:
        await connection.close()
    async with cases.service.parts.worker.transaction() as tx:
        began = monotonic()
        await publishing.publish(tx, date(2026, 4, 16), PUBLISHED)
        published = monotonic() - began
    page = await cases.get(MARCH, "manager")
    assert "Chiffres de mars 2026" in page.text
    began = monotonic()
    for _ in range(10):
        assert (await cases.get(MARCH, "manager")).status_code == 200
    read = (monotonic() - began) / 10
    print(f"{publishing.AT_ONCE} months published in {published:.2f} s, one read in {read * 1000:.0f} ms")
    assert published < 30
    assert read < 0.5
