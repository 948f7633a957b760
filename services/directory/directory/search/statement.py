"""The statement of a search, made of the conditions asked and no others.

One statement for all of them (« … IS NULL OR … ») would be planned once for every search, and read the whole table for
most. Nothing that anybody typed is in its text: values are parameters.

Candidates come out of one index, by place served and words (`findable_words`), and are `RANKED` at most; only they are
scored. A score adds up: for each thing sought, where it is said, times how much it tells; then how near, sure and free
of waiting the offer is, and whether it is made for that age.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import cos, floor, radians
from typing import Any, Final

from contracts import communes
from contracts.themes import answers
from directory.search.model import Criteria, Cursor, Open
from directory.search.needs import Need, Sought, any_of, anywhere, in_name, quoted
from directory.search.vocabulary import COMMON

OWN_PLAN: Final = "SET LOCAL plan_cache_mode = force_custom_plan"
"""Each search has its own conditions: a plan made for whatever is asked would read too much."""
RANKED: Final = 400
"""Candidates that are scored."""
CUTS: Final = (RANKED, RANKED * 8, RANKED * 64)
"""Candidates that are scored, one number after the other while they are places of the same few offers."""
_FEW: Final = RANKED // 4
FACETS: Final = ("themes", "publics", "languages", "accessibility")
_KEPT: Final = """offer_id, place, site_id, sort_name, hits, kilometres, free, remote, on_site, places_left, agreed,
    age_from, age_to, hours, themes, publics, languages, accessibility, timetable_id, closed, latitude, longitude"""
_SAID: Final = "WHERE 0 < ANY (hits)"
"""A candidate has the words; what has those of a phrase here and there, and nothing else, answers nothing."""
FLAGS: Final = ("free", "remote", "on_site", "agreed")

NAMED, TOLD, MAYBE = 1.0, 0.5, 0.3
"""What a word is worth in a name, elsewhere, and when it only may answer."""
THEME, NEAR_THEME = 0.5, 0.25
NEARNESS, ROOM, FULL, FITTING, ELSE_FOR, SURE = 0.3, 0.05, -0.15, 0.08, -0.3, 0.03
"""How near; room left, none left; made for that age, for another; checked within a year."""
_HALFWAY: Final = 25
"""Kilometres at which being near counts half."""
_SQUARES: Final = 50
"""That many small ones are looked up before large ones are."""
_YEAR: Final = timedelta(days=365)
_AGES: Final = {"seniors": (55, 200), "jeunes": (11, 30), "etudiants": (16, 40), "actifs": (16, 70)}
"""Ages that publics of data·inclusion stand for."""


@dataclass
class Statement:
    """A statement being made."""

    values: list[Any] = field(default_factory=list)
    text: str = ""

    def __call__(self, value: object, type_of: str) -> str:
        """The place of a value in the text."""
        self.values.append(value)
        return f"${len(self.values)}::{type_of}"


def conditions(put: Statement, asked: Criteria, today: date) -> Iterator[str]:
    """What a candidate has to meet, whatever the need."""
    yield f"days @> {put(today, 'date')}"
    if asked.themes:
        wanted = any_of(quoted(f"theme:{theme}") for theme in sorted(answers(asked.themes)))
        yield f"search @@ {put(wanted, 'tsquery')}"
    yield from (f"search @@ {put(wanted, 'tsquery')}" for wanted in _law(asked))
    yield from _where(put, asked)
    yield from _for_whom(put, asked)
    yield from _how(put, asked)


def meeting(put: Statement, asked: Criteria, need: Need, today: date) -> str:
    """All that meets what is asked, the need included: for lists that are not ranked."""
    met = list(conditions(put, asked, today))
    if not need.empty:
        met.append(f"search @@ {put(any_of((_surely(need), _maybe(need))), 'tsquery')}")
    return " AND ".join(met)


def _surely(need: Need) -> str:
    """What chooses candidates first. What is common chooses nothing, unless nothing else was said."""
    telling = [one for one in need.sought if one.share < COMMON] or need.sought
    return any_of(query for one in telling for query in (one.words, one.themes) if query)


def _maybe(need: Need) -> str:
    """What chooses them where there is room left."""
    return any_of(query for one in need.sought for query in (one.also, one.near) if query)


def _law(asked: Criteria) -> Iterator[str]:
    """Legal advice; what names no subject is about any."""
    if asked.legal:
        yield quoted("law:")
    if asked.professions:
        yield any_of(quoted(f"law:by:{one}") for one in asked.professions)
    if asked.subjects:
        yield any_of(quoted(f"law:on:{one}") for one in (*asked.subjects, "any"))


def _where(put: Statement, asked: Criteria) -> Iterator[str]:
    if asked.territory_id:
        codes = [f"territory:{one}" for one in (asked.territory_id, "*")]
        yield f"area && {put(codes, 'text[]')}"
    if asked.commune and asked.within_km is None:
        yield f"area && {put(sorted(communes.places_of(asked.commune)), 'text[]')}"
    if asked.commune and asked.within_km is not None:
        yield from _around(put, asked.commune, asked.within_km)


def _around(put: Statement, code: str, kilometres: float) -> Iterator[str]:
    point = _centre(code)
    if point is None:
        yield f"commune = {put(code, 'text')}"
        return
    yield from within(put, point, kilometres)


def within(put: Statement, point: tuple[float, float], kilometres: float) -> Iterator[str]:
    """Not farther than that from a latitude and a longitude."""
    yield f"area && {put(_squares(*point, kilometres), 'text[]')}"
    yield f"{_distance(put, point)} <= {put(kilometres, 'float8')}"


def _for_whom(put: Statement, asked: Criteria) -> Iterator[str]:
    if asked.age is not None:
        age = put(asked.age, "bigint")
        yield f"coalesce(age_from, 0) <= {age} AND {age} <= coalesce(age_to, 200)"
    if asked.publics:
        yield f"(publics = '{{}}' OR publics && {put([*asked.publics, 'tous-publics'], 'text[]')})"


def _how(put: Statement, asked: Criteria) -> Iterator[str]:
    for name in ("free", "remote", "on_site", "agreed"):
        if getattr(asked, name):
            yield name
    if asked.languages:
        yield f"languages && {put(asked.languages, 'text[]')}"
    if asked.accessibility:
        yield f"accessibility @> {put(asked.accessibility, 'text[]')}"
    if asked.room:
        yield "places_left > 0"
    if asked.opened:
        yield from _open(put, asked.opened)


def _open(put: Statement, opened: Open) -> Iterator[str]:
    at = put(opened.at, "timestamptz")
    if opened.within is None:
        yield f"openings @> {at} AND NOT closed @> {at}"
    else:
        until = put(opened.at + opened.within, "timestamptz")
        time = f"tstzmultirange(tstzrange({at}, {until}))"
        yield f"openings && {time} AND NOT isempty(openings * {time} - closed)"


def _score(put: Statement, one: Sought) -> str:
    """Where a thing sought is said: what it is worth there."""
    named = f"CASE WHEN search @@ {put(in_name(one.words), 'tsquery')} THEN {NAMED} ELSE {TOLD} END"
    said = _first(put, [(one.words, named), (one.also, MAYBE)])
    themed = _first(put, [(one.themes, THEME), (one.near, NEAR_THEME)]) if one.themes or one.near else "0"
    return f"{said}, {themed}"


def _first(put: Statement, cases: Sequence[tuple[str, float | str]]) -> str:
    tried = (f"WHEN search @@ {put(query, 'tsquery')} THEN {worth}" for query, worth in cases if query)
    return f"CASE {' '.join(tried)} ELSE 0 END"


def _nearness(put: Statement, asked: Criteria) -> str:
    """1 on the spot, half at some distance; by the places served where that is not known."""
    if asked.commune is None:
        return "0"
    code = put(asked.commune, "text")
    home = communes.find(asked.commune)
    wider = [one for one in (home and home.epci, home and home.department) if one]
    served = " ".join(
        f"WHEN area @> ARRAY[{put(one, 'text')}] THEN {worth}" for one, worth in zip(wider, (0.7, 0.45), strict=False)
    )
    known = f"WHEN kilometres IS NOT NULL THEN {_HALFWAY} / ({_HALFWAY} + kilometres)"
    return f"CASE WHEN NOT on_site THEN 0.6 WHEN commune = {code} THEN 1 {known} {served} ELSE 0.3 END"


def _kilometres(put: Statement, asked: Criteria) -> str:
    point = _centre(asked.commune) if asked.commune else None
    return "NULL::float8" if point is None else _distance(put, point)


def _fitting(put: Statement, age: int | None) -> str:
    """Made for that age, or for another as its publics or its ages say."""
    if age is None:
        return "0"
    others = [name for name, (first, last) in _AGES.items() if not first <= age <= last]
    years = put(age, "bigint")
    for_others = f"""({years} < coalesce(age_from, 0) OR coalesce(age_to, 200) < {years}
        OR publics <> '{{}}' AND publics <@ {put(others, "text[]")})"""
    return f"CASE WHEN {for_others} THEN {ELSE_FOR} WHEN age_from > 0 OR age_to < 100 THEN {FITTING} ELSE 0 END"


def _centre(code: str) -> tuple[float, float] | None:
    found = communes.find(code)
    if found is None or found.latitude is None or found.longitude is None:
        return None
    return found.latitude, found.longitude


def _distance(put: Statement, point: tuple[float, float]) -> str:
    return f"directory_kilometres(latitude, longitude, {put(point[0], 'float8')}, {put(point[1], 'float8')})"


def _squares(latitude: float, longitude: float, kilometres: float) -> list[str]:
    """Those a circle touches, as `directory_squares` names them: small ones, or large ones where they would be many."""
    small = list(_touched("small", 10, latitude, longitude, kilometres))
    return small if len(small) <= _SQUARES else list(_touched("large", 1, latitude, longitude, kilometres))


def _touched(kind: str, per_degree: int, latitude: float, longitude: float, kilometres: float) -> Iterator[str]:
    high, wide = kilometres / 110.5, kilometres / (111.3 * max(0.01, cos(radians(latitude))))
    first, last = (floor((latitude + 90 + one) * per_degree) for one in (-high, high))
    west, east = (floor((longitude + 180 + one) * per_degree) for one in (-wide, wide))
    yield from (f"{kind}:{row}:{column}" for row in range(first, last + 1) for column in range(west, east + 1))


def composed(
    asked: Criteria, need: Need, after: Cursor | None, limit: int, now: datetime, cut: int = RANKED
) -> Statement:
    """Rows of the page, with the facets of all that is ranked on each. At most `cut` candidates are looked at, several
    of which may be places of one offer."""
    put = Statement()
    listed = need.empty and asked.commune is None
    candidates = _listing(put, asked, after, now.date()) if listed else _choice(put, asked, need, now.date(), cut)
    hits = ", ".join(_score(put, one) for one in need.sought)
    score = "0::float8" if listed else _total(put, asked, need, now.date())
    at = put(now, "timestamptz")
    put.text = f"""
WITH candidate AS MATERIALIZED ({candidates} LIMIT {cut}),
hit AS MATERIALIZED (SELECT *, ARRAY[{hits}]::float8[] AS hits FROM candidate),
scored AS (SELECT {_KEPT}, {score} AS score FROM hit {_SAID if need.sought else ""}),
best AS MATERIALIZED (
    SELECT DISTINCT ON (offer_id) * FROM scored ORDER BY offer_id, score DESC, kilometres, place
), page AS (
    SELECT * FROM best {_beyond(put, after) if after and not listed else ""}
    ORDER BY score DESC, sort_name, offer_id LIMIT {put(limit + 1, "bigint")}
)
SELECT offer_id, place, site_id, score, sort_name, hits, kilometres, free, remote, on_site, places_left, agreed,
    age_from, age_to, page.hours, latitude, longitude, openings @> {at} AND NOT closed @> {at} AS open_now,
    (SELECT min(lower(one)) FROM unnest(openings - closed) AS one WHERE lower(one) > {at}) AS opens_at,
    (SELECT count(*) FROM best) AS count, (SELECT count(*) FROM candidate) >= {cut} AS more, {_facets()} AS facets,
    (SELECT count(*) >= {cut} AND count(DISTINCT offer_id) < {_FEW} FROM candidate) AS crowded
FROM page LEFT JOIN timetables USING (timetable_id) ORDER BY score DESC, sort_name, offer_id
"""  # noqa: S608 - constants, and the places of parameters
    return put


def _choice(put: Statement, asked: Criteria, need: Need, today: date, cut: int) -> str:
    """Candidates of a search: those that surely answer, then those that may."""
    met = " AND ".join(conditions(put, asked, today))
    chosen = f"SELECT f.*, {_kilometres(put, asked)} AS kilometres FROM {tables(asked)} WHERE {met}"  # noqa: S608
    if need.empty:
        return chosen
    surely, maybe = put(anywhere(_surely(need)), "tsquery"), anywhere(_maybe(need))
    first = f"{chosen} AND search @@ {surely}"
    if not maybe:
        return first
    then = f"{chosen} AND search @@ {put(maybe, 'tsquery')} AND NOT search @@ {surely}"
    return f"({first} LIMIT {cut}) UNION ALL ({then})"


def _listing(put: Statement, asked: Criteria, after: Cursor | None, today: date) -> str:
    """Candidates where nothing tells one from another: by name."""
    where = list(conditions(put, asked, today))
    if after:
        where.append(f"(sort_name, offer_id) > ({put(after.sort_name, 'text')}, {put(after.offer_id, 'uuid')})")
    met = " AND ".join(where)
    once = "DISTINCT ON (sort_name, offer_id) f.*"
    every = f"SELECT {once}, NULL::float8 AS kilometres FROM {tables(asked)} WHERE {met}"  # noqa: S608
    return f"{every} ORDER BY sort_name, offer_id, place"


def tables(asked: Criteria) -> str:
    """What conditions are about."""
    return "findable AS f" + (" JOIN timetables USING (timetable_id)" if asked.opened else "")


def _total(put: Statement, asked: Criteria, need: Need, today: date) -> str:
    """The score: to the sixth decimal, so that it is the same number on the way back in a cursor."""
    weights = put([one.weight for one in need.sought for _ in ("said", "themed")], "float8[]")
    parts = (
        f"(SELECT coalesce(sum(hit * weight), 0) FROM unnest(hits, {weights}) AS h (hit, weight))",  # noqa: S608
        f"{NEARNESS} * {_nearness(put, asked)}",
        f"CASE WHEN places_left > 0 THEN {ROOM} WHEN places_left = 0 THEN {FULL} ELSE 0 END",
        _fitting(put, need.age if asked.age is None else asked.age),
        f"CASE WHEN sure_on > {put(today - _YEAR, 'date')} THEN {SURE} ELSE 0 END",
    )
    return f"round(({' + '.join(parts)})::numeric, 6)::float8"


def _beyond(put: Statement, after: Cursor) -> str:
    here = f"{put(-after.score, 'float8')}, {put(after.sort_name, 'text')}, {put(after.offer_id, 'uuid')}"
    return f"WHERE (-score, sort_name, offer_id) > ({here})"


def _facets() -> str:
    """Name → value → how many offers have it, among those ranked."""
    listed = (
        f"""'{name}', (SELECT coalesce(jsonb_object_agg(value, many), '{{}}') FROM (
            SELECT value, count(*) AS many FROM best, unnest({name}) AS value GROUP BY value) AS counted)"""  # noqa: S608
        for name in FACETS
    )
    flags = ", ".join(f"'{name}', count(*) FILTER (WHERE {name})" for name in FLAGS)
    return f"""(SELECT jsonb_build_object({", ".join(listed)}, 'flags', (SELECT jsonb_build_object({flags},
        'room', count(*) FILTER (WHERE places_left > 0)) FROM best)))"""  # noqa: S608
