"""The judge, outside the services: nothing lost, nothing doubled, order per key.

It compares every 201 given with the four databases, with what lies on the topics and with the mails the gateway
kept, and knows nothing of how the services go about it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from deploy.local.credentials import SERVICES
from tests.system import topics
from tests.system.load import Acknowledged
from tests.system.platform import Platform, case_id
from tests.system.topics import Written

SHOWN = 5
NOTHING: Mapping[str, Collection[UUID]] = {}


@dataclass
class Verdict:
    """What is wrong, and how often the topics repeat an event (which alone is nothing wrong)."""

    faults: list[str] = field(default_factory=list)
    repeated: Counter[str] = field(default_factory=Counter)
    """Topic → records that say again what an earlier record said."""

    def fault(self, what: str, where: Iterable[object]) -> None:
        """Adds a fault unless `where` is empty. Only ids, references and counts may be shown."""
        found = [str(one) for one in where]
        if found:
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            self.faults.append(f"{what}: {', '.join(found[:SHOWN])}{more}")

    def clean(self) -> "Verdict":
        """Itself, when nothing is wrong. Raises AssertionError with everything that is."""
        assert not self.faults, "\n" + "\n".join(self.faults)
        return self


async def settled(platform: Platform) -> None:
    """Waits until nothing moves any more: outboxes empty, every consumer at the end, no message on its way."""

    async def all_at_rest() -> bool:
        return await _outboxes_empty(platform) and await _caught_up(platform) and await _nothing_to_send(platform)

    await platform.until(all_at_rest, "the platform at rest")


async def _outboxes_empty(platform: Platform) -> bool:
    for service in SERVICES:
        if await platform.count(service, "outbox", "parked_because IS NULL"):
            return False
    return True


async def _caught_up(platform: Platform) -> bool:
    ends = await topics.end_offsets(platform)
    for service in {process.service for process in platform.running() if _consumes(process.roles)}:
        rows = await platform.fetch(service, "SELECT topic, partition, next_offset FROM consumer_offsets")
        known = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        read = {topic for topic, _ in known}
        if not read or any(
            known.get((topic, partition), -1) < end for topic in read for partition, end in ends[topic].items()
        ):
            return False
    return True


def _consumes(roles: str) -> bool:
    return roles == "all" or "consume" in roles.split("+")


async def _nothing_to_send(platform: Platform) -> bool:
    sends = any(one.roles == "all" or "send" in one.roles for one in platform.running("notifications"))
    return not sends or not await platform.count(
        "notifications",
        "deliveries",
        "state IN ('planned', 'sending') OR state = 'waiting' AND reason <> 'unknown_case'",
    )


async def judge(
    platform: Platform,
    acknowledged: Sequence[Acknowledged],
    *,
    lost: Collection[UUID] = (),
    set_aside: Mapping[str, Collection[UUID]] = NOTHING,
    repeating: Collection[str] = (),
    discarded: bool = False,
) -> Verdict:
    """Waits until the platform is at rest, then compares.

    `lost` are requests known to be gone from intake's own database (it was put back); `set_aside` says, by service,
    the keys whose events wait in its dead letters. `repeating` are the services whose relay was struck, and may
    have said something twice; the others must not have. `discarded`: an operator gave messages up that had left
    before notifications forgot them.
    """
    await settled(platform)
    verdict = Verdict()
    written = await topics.read_all(platform)
    _order(verdict, written, repeating)
    await _requests(verdict, platform, acknowledged, lost)
    await _dossiers(verdict, platform, acknowledged)
    await _withdrawals(verdict, platform, acknowledged, lost)
    _told(verdict, written, acknowledged)
    for service in SERVICES:
        await _handled(verdict, platform, service, written, set(map(str, set_aside.get(service, ()))))
    await _messages(verdict, platform, acknowledged, {"sent", "suppressed"} if discarded else {"sent"})
    return verdict


def _order(verdict: Verdict, written: Sequence[Written], repeating: Collection[str]) -> None:
    """Of each aggregate: sequences from 1 on without a gap, in order, one event each, in one partition."""
    heard: dict[tuple[str, str, str], dict[int, str]] = defaultdict(dict)
    places: dict[tuple[str, str], int] = {}
    disordered, doubled, repeated_by, moved = set(), set(), set(), set()
    for record in sorted(written, key=lambda one: (one.topic, one.partition, one.offset)):
        if not record.id:
            continue
        source, subject = record.aggregate
        if places.setdefault((record.topic, record.key), record.partition) != record.partition:
            moved.add(record.key)
        known = heard[record.topic, source, subject]
        if known.get(record.sequence) == record.id:
            verdict.repeated[record.topic] += 1
            if source.rpartition("/")[2] not in repeating:
                repeated_by.add(f"{source} {record.type} {subject}")
        elif record.sequence in known:
            doubled.add(f"{record.type} {subject} #{record.sequence}")
        else:
            if known and record.sequence < max(known):
                disordered.add(f"{record.type} {subject}")
            known[record.sequence] = record.id
    verdict.fault("two events with one sequence", doubled)
    verdict.fault("events out of order", disordered)
    verdict.fault("said twice by a relay that was not struck", repeated_by)
    verdict.fault("one key in several partitions", moved)
    gaps = [f"{topic} {subject}" for (topic, _, subject), known in heard.items() if len(known) != max(known)]
    verdict.fault("events missing between others of their key", gaps)


async def _requests(
    verdict: Verdict, platform: Platform, acknowledged: Sequence[Acknowledged], lost: Collection[UUID]
) -> None:
    rows = await platform.fetch("intake", "SELECT request_id, reference FROM requests")
    stored = Counter((row["request_id"], row["reference"]) for row in rows)
    given = Counter((one.request_id, one.reference) for one in acknowledged)
    verdict.fault("one answer given to two requests", [one for one, count in given.items() if count > 1])
    verdict.fault("acknowledged, not stored", [one for one in given if one not in stored and one[0] not in lost])
    verdict.fault("stored, never acknowledged", [one for one in stored if one not in given])
    verdict.fault("said to be lost, yet stored", [one for one in stored if one[0] in lost])


async def _dossiers(verdict: Verdict, platform: Platform, acknowledged: Sequence[Acknowledged]) -> None:
    rows = await platform.fetch("cases", "SELECT case_id, request_id FROM cases")
    of_request = Counter(row["request_id"] for row in rows)
    expected = {one.request_id for one in acknowledged}
    verdict.fault("no dossier", expected - set(of_request))
    verdict.fault("a dossier nobody asked for", set(of_request) - expected)
    verdict.fault("two dossiers", [one for one, count in of_request.items() if count > 1])
    misnamed = [row["request_id"] for row in rows if row["case_id"] != case_id(row["request_id"])]
    verdict.fault("a dossier with another id", misnamed)
    rows = await platform.fetch(
        "cases", "SELECT case_id FROM timeline WHERE kind = 'request_received' GROUP BY case_id HAVING count(*) > 1"
    )
    verdict.fault("a timeline that says it twice", [row["case_id"] for row in rows])


async def _withdrawals(
    verdict: Verdict, platform: Platform, acknowledged: Sequence[Acknowledged], lost: Collection[UUID]
) -> None:
    """What was taken back is closed: heard before the request itself, a withdrawal would find no dossier."""
    withdrawn = {one.request_id for one in acknowledged if one.withdrawn}
    rows = await platform.fetch("intake", "SELECT request_id FROM requests WHERE state = 'withdrawn'")
    verdict.fault("withdrawn, yet waiting", withdrawn - {row["request_id"] for row in rows} - set(lost))
    rows = await platform.fetch("cases", "SELECT request_id FROM cases WHERE close_reason = 'withdrawn'")
    verdict.fault("withdrawn, yet a dossier is open", withdrawn - {row["request_id"] for row in rows})


def _told(verdict: Verdict, written: Sequence[Written], acknowledged: Sequence[Acknowledged]) -> None:
    """One event of each kind per request and dossier, whatever the number of records."""
    withdrawn = [one for one in acknowledged if one.withdrawn]
    expected = {
        "RequestSubmitted": {str(one.request_id) for one in acknowledged},
        "RequestWithdrawn": {str(one.request_id) for one in withdrawn},
        "CaseOpened": {str(case_id(one.request_id)) for one in acknowledged},
        "CaseClosed": {str(case_id(one.request_id)) for one in withdrawn},
    }
    for name, subjects in expected.items():
        told = ids_by_subject(written, name)
        verdict.fault(f"no {name}", subjects - set(told))
        verdict.fault(f"two {name}", [subject for subject, ids in told.items() if len(ids) > 1])
    for name in ("RequestSubmitted", "CaseOpened"):
        verdict.fault(f"{name} of nothing", set(ids_by_subject(written, name)) - expected[name])


def ids_by_subject(written: Sequence[Written], event_type: str) -> dict[str, set[str]]:
    """Ids of the events of a type, by what they are about."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for record in written:
        if record.type == event_type:
            found[record.aggregate[1]].add(record.id)
    return found


READS_REQUESTS = ("cases", "notifications")


async def _handled(
    verdict: Verdict, platform: Platform, service: str, written: Sequence[Written], set_aside: Collection[str]
) -> None:
    """A service took every request through its inbox; only what was expected waits, with all that follows it."""
    rows = await platform.fetch(service, "SELECT event_id::text FROM inbox")
    admitted = {row["event_id"] for row in rows}
    if service in READS_REQUESTS and any(_consumes(one.roles) for one in platform.running(service)):
        submitted = set().union(*ids_by_subject(written, "RequestSubmitted").values())
        verdict.fault(f"not in the inbox of {service}: it could be handled again", submitted - admitted)
    rows = await platform.fetch(service, "SELECT topic, key, record_offset FROM dead_letters WHERE state = 'waiting'")
    first: dict[tuple[str, str], int] = {}
    for topic, key, offset in rows:
        first[topic, key] = min(offset, first.get((topic, key), offset))
    held = {key for _, key in first}
    verdict.fault(f"dead letters of {service} nobody expected", held - set(set_aside))
    verdict.fault(f"poison {service} swallowed", set(set_aside) - held)
    seen: set[str] = set()
    overtaking = []
    for record in written:
        waits_since = first.get((record.topic, record.key))
        if waits_since is not None and record.offset > waits_since and record.id in admitted and record.id not in seen:
            overtaking.append(f"{record.type} {record.key}")
        seen.add(record.id)
    verdict.fault(f"handled by {service} before an earlier event of its key", overtaking)


async def _messages(
    verdict: Verdict, platform: Platform, acknowledged: Sequence[Acknowledged], done: Collection[str]
) -> None:
    """One delivery and one mail where an address is safe; one more mail only where a second sending was counted."""
    rows = await platform.fetch(
        "notifications", "SELECT subject, state, resent FROM deliveries WHERE rule = 'acknowledgement'"
    )
    by_request = {row["subject"]: row for row in rows}
    verdict.fault("two deliveries", [row["subject"] for row in rows if by_request[row["subject"]] is not row])
    mails: defaultdict[str, list[str]] = defaultdict(list)
    for mail in platform.mails():
        mails[str(mail["To"]).rpartition("<")[2].rstrip(">")].append(str(mail["Message-ID"]))
    wanted = {one.email: one for one in acknowledged if one.email}
    verdict.fault("a mail nobody asked for", [len(ids) for to, ids in mails.items() if to not in wanted])
    unsent, unmailed, doubled = [], [], []
    for email, one in wanted.items():
        delivery = by_request.get(one.request_id)
        if delivery is None or delivery["state"] not in done:
            unsent.append(f"{one.request_id} {delivery['state'] if delivery else 'never planned'}")
        received = mails.get(email, [])
        if not received:
            unmailed.append(one.request_id)
        if len(received) > 1 + (delivery["resent"] if delivery else 0) or len(set(received)) > 1:
            doubled.append(one.request_id)
    verdict.fault("no delivery", unsent)
    verdict.fault("no mail", unmailed)
    verdict.fault("a mail too many", doubled)


async def backlog(platform: Platform, acknowledged: Sequence[Acknowledged]) -> int:
    """Acknowledged requests that have no dossier yet."""
    return len(acknowledged) - await platform.count("cases", "cases")


async def lost_by_reference(platform: Platform) -> set[str]:
    """References of requests that were told and that intake does not have: written after the backup it runs on."""
    written = await topics.read_all(platform, "intake-events")
    rows = await platform.fetch("intake", "SELECT reference FROM requests")
    told = {str(one.event["data"]["reference"]) for one in written if one.type == "RequestSubmitted"}
    return told - {row["reference"] for row in rows}
