"""The life of a dossier's shares, walked at random: an organisation reads on an agreement that holds or on a recorded
ground, once at a time, and nothing after the end."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cases.dossiers.model import Refused
from cases.shares import model
from cases.shares.model import Ground, LegalGround, Override, Part, Share
from contracts.programmes import load
from tests.cases.ready import CASE, sealed

PROGRAMME = load().current("first-contact")
ME, OURS = UUID(int=1), UUID(int=2)
PARTNERS = st.sampled_from([UUID(int=10), UUID(int=11)])
OVERRIDES = st.sampled_from([None, Override(LegalGround.VITAL_DANGER, "Menace de suicide.")])


class ShareLife(RuleBasedStateMachine):
    """Agrees and takes back, shares and ends, and tries again what is over."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        self.agreed: set[UUID] = set()
        self.shares: dict[UUID, Share] = {}
        self.over: dict[UUID, Share] = {}

    @rule(organisation=PARTNERS)
    def agree(self, organisation: UUID) -> None:
        self.agreed.add(organisation)

    @rule(organisation=PARTNERS)
    def take_back(self, organisation: UUID) -> None:
        self.agreed.discard(organisation)
        for one in model.ended_by_withdrawal(list(self.shares.values()), organisation):
            self._end(one)

    @rule(organisation=PARTNERS, override=OVERRIDES)
    def share(self, organisation: UUID, override: Override | None) -> None:
        known = [one for one in self.shares.values() if one.in_force and one.organisation_id == organisation]
        allowed = not known and (organisation in self.agreed or override is not None)
        try:
            model.must_be_shareable("Association Exemple", False, list(self.shares.values()), organisation)
            ground = model.ground_for(PROGRAMME, agreed=organisation in self.agreed, override=override)
        except Refused:
            assert not allowed
        else:
            assert allowed
            self._keep(organisation, ground, override)

    def _keep(self, organisation: UUID, ground: Ground, override: Override | None) -> None:
        made = Share(
            UUID(int=100 + len(self.shares)), CASE, "23456789B", "first-contact", organisation, [Part.NOTES],
            sealed("why"), ground, override.legal_ground if override and ground is Ground.OVERRIDE else None, ME, OURS,
            self.now,
        )  # fmt: skip
        self.shares[made.share_id] = made

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        if self.shares:
            one = self.shares[data.draw(st.sampled_from(sorted(self.shares)))]
            try:
                self._end(one)
            except Refused:
                assert not one.in_force

    def _end(self, one: Share) -> None:
        self.shares[one.share_id] = self.over[one.share_id] = model.end(one, self.now)

    @rule(days=st.integers(1, 30))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def an_organisation_reads_once(self) -> None:
        reading = [one.organisation_id for one in self.shares.values() if one.in_force]
        assert len(reading) == len(set(reading))

    @invariant()
    def what_rests_on_an_agreement_ends_with_it(self) -> None:
        living = {one.organisation_id for one in self.shares.values() if one.in_force and one.ground is Ground.CONSENT}
        assert living <= self.agreed

    @invariant()
    def a_ground_is_said_where_there_was_no_agreement(self) -> None:
        for one in self.shares.values():
            assert (one.legal_ground is not None) == (one.ground is Ground.OVERRIDE)

    @invariant()
    def what_is_over_stays_as_it_was(self) -> None:
        assert all(self.shares[share_id] == ended for share_id, ended in self.over.items())


ShareLife.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)
test_the_life_of_shares = ShareLife.TestCase
