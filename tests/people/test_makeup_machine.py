"""Make-up work under whatever clients, reviewers and corrected verdicts do to it, in any order, on the real service."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from plugin.composition import assemble
from plugin.core.appointment import Kind
from plugin.core.assessment import Cause, Outcome
from plugin.core.makeup import MakeupState, MakeupStep, next_state
from plugin.service import grants, makeups
from plugin.service import override as overriding
from plugin.service.refusal import Conflict, Refused
from plugin.storage import assessment as verdicts
from plugin.storage import makeup as storage
from plugin.storage import override as overrides
from tests.conftest import MovingClock, make_settings
from tests.people.house import ALICE, NINE, House, appointment

MINUTES = 30
KEY = "makeup/A1/C-ALICE"


class Makeup(RuleBasedStateMachine):
    """Alice missed a group, and a coordinator assigned half an hour of work."""

    def __init__(self, rejoin):
        super().__init__()
        self.house = House(rejoin, appointment(kind=Kind.GROUP, module="coping-2"))
        self.house.miss()
        with rejoin.db.begin() as tx:
            item = storage.add_item(tx, "i-1", "coping-2", MINUTES, "Sleep", "Read it.", "", self.house.clock.now())
        self.house.do(makeups.approve, self.house.action(KEY).id, item, None, "", "cora")
        self.house.act()
        self.attended = self.verdict()["attended_minutes"]
        self.state, self.last, self.excused = MakeupState.ASSIGNED, "", None
        with rejoin.db.read() as tx:
            token = grants.issued(tx, rejoin, grants.MAKEUP, KEY, self.house.clock.now())
        self.grant = self.house.do(grants.open_grant, token, grants.MAKEUP)

    def teardown(self):
        self.house.rejoin.db.close()

    def row(self):
        with self.house.rejoin.db.read() as tx:
            return storage.by_action(tx, KEY)

    def verdict(self) -> dict:
        with self.house.rejoin.db.read() as tx:
            return verdicts.current(tx, "A1")[ALICE.participant_id].result

    def attempt(self, step: MakeupStep, use_case, *arguments) -> None:
        """One decision: it happens exactly when the table says so, and otherwise leaves everything as it was."""
        before, leads_to = self.row(), next_state(self.state, step)
        try:
            self.house.do(use_case, *arguments)
            happened = True
        except (Conflict, Refused):
            happened = False
        assert happened == (leads_to is not None)
        if leads_to is None:
            assert self.row() == before
        else:
            self.state = leads_to

    @rule(words=st.sampled_from(("It helped.", "Another answer.")))
    def client_hands_in(self, words):
        could = next_state(self.state, MakeupStep.HAND_IN) is not None
        self.attempt(MakeupStep.HAND_IN, makeups.hand_in, self.grant, words, False, None)
        self.last = words if could else self.last

    @rule()
    def empty_hand_in_is_none(self):
        before = self.row()
        try:
            self.house.do(makeups.hand_in, self.grant, "  ", False, None)
            raise AssertionError("nothing was handed in")
        except Refused:
            assert self.row() == before

    @rule()
    def clinician_accepts(self):
        self.attempt(MakeupStep.ACCEPT, makeups.review, self.row().id, self.row().version, True, "", "rivera")

    @rule()
    def clinician_gives_it_back(self):
        row = self.row()
        self.attempt(MakeupStep.RETURN, makeups.review, row.id, row.version, False, "Once more.", "rivera")

    @rule()
    def reviewer_with_an_old_page_is_told(self):
        before = self.row()
        try:
            self.house.do(makeups.review, before.id, before.version - 1, True, "", "cora")
            raise AssertionError("an old page decided")
        except Conflict:
            assert self.row() == before

    @rule()
    def staff_find_that_she_was_there(self):
        if self.excused is None:
            self.house.clock.advance(minutes=1)
            self.excused = self.house.do(
                overriding.decide, "A1", ALICE.participant_id, Outcome.ATTENDED, Cause.NONE, "Seen in the room.", "cora"
            )
            self.house.work()
            self.state = next_state(self.state, MakeupStep.WITHDRAW) or self.state

    @rule()
    def staff_take_that_back(self):
        if self.excused is not None:
            self.house.clock.advance(minutes=1)
            self.house.do(overriding.take_back, self.excused, "cora")
            self.excused = None
            self.house.work()
            self.state = next_state(self.state, MakeupStep.RESTORE) or self.state

    @rule()
    def worker_acts(self):
        self.house.act()

    @invariant()
    def it_stands_as_the_table_says_and_nothing_handed_in_is_lost(self):
        row = self.row()
        assert row.state == self.state
        with self.house.rejoin.db.read() as tx:
            assert storage.text_of(tx, row, "answer") == self.last
        assert b"helped" not in bytes(row.answer_sealed or b"")

    @invariant()
    def only_accepted_work_counts_and_apart(self):
        with self.house.rejoin.db.read() as tx:
            counted = storage.accepted_minutes(tx, NINE, NINE + timedelta(days=365))
            assert sum(one.minutes for one in counted) == (MINUTES if self.state is MakeupState.ACCEPTED else 0)
            if not overrides.of_appointment(tx, "A1"):
                assert self.verdict()["attended_minutes"] == self.attended


def test_makeup_work_in_any_order(lent_sqlite):
    def machine() -> Makeup:
        return Makeup(assemble(make_settings(lent_sqlite.url), lent_sqlite.lay_down(), MovingClock()))

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),  # a failing run is short enough to read, and making it shorter takes minutes
        ),
    )
