"""The state machine of a ticket (docs/states.md), walked at random against the real service.

Whatever Zoom, people and the desk do in whatever order: one open ticket for one person and appointment, one incident
for one cause, closed stays closed unless trouble or a person opens it, and no note is lost.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)  # fmt: skip

from plugin.composition import assemble
from plugin.core.appointment import Kind
from plugin.core.resolution import Resolution
from plugin.service import triage
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action
from tests.conftest import LentFile, MovingClock, make_settings, told
from tests.people.house import ALICE, BOB, CARA, NINE, House, appointment
from tests.people.test_ticketing import drop
from tests.service.clinic import DORA, joined

PEOPLE = (ALICE, BOB, CARA, DORA)
CODES = [code.value for code in Resolution]
STATES = {
    # from: to which states one step of somebody, or of what happens, may lead
    "open": {"open", "taken", "resolved", "attached"},
    "taken": {"taken", "open", "resolved", "attached"},
    "resolved": {"resolved", "open", "taken"},
    "attached": {"attached", "open"},
}


class TicketMachine(RuleBasedStateMachine):
    """People drop and come back; tech support takes, notes, resolves and reopens; the desk carries it out, or later."""

    lent: LentFile

    @initialize()
    def begin(self) -> None:
        self.db = self.lent.lay_down()
        self.house = House(assemble(make_settings(self.lent.url), self.db, MovingClock()),
                           appointment(kind=Kind.GROUP, participants=PEOPLE))  # fmt: skip
        self.serial = 0
        self.connection = {who.participant_id: "" for who in PEOPLE}
        self.out: set[str] = set()
        self.written: list[str] = []
        self.states: dict[int, str] = {}
        self.minute = 0.0
        for who in PEOPLE:
            self.house.receive(joined(who, NINE))
        self.house.go_to(NINE)

    def teardown(self) -> None:
        if hasattr(self, "db"):
            self.db.close()

    def pass_time(self, minutes: float) -> None:
        self.minute += minutes
        self.house.go_to(NINE + timedelta(minutes=self.minute))

    @precondition(lambda self: self.minute < 50)
    @rule(who=st.sampled_from(PEOPLE))
    def drops(self, who) -> None:
        if who.participant_id not in self.out:
            self.house.receive(drop(who, self.house.clock.now(), self.connection[who.participant_id]))
            self.out.add(who.participant_id)
            self.pass_time(0.1)

    @precondition(lambda self: self.minute < 50)
    @rule(who=st.sampled_from(PEOPLE))
    def comes_back(self, who) -> None:
        if who.participant_id in self.out:
            self.serial += 1
            self.connection[who.participant_id] = f"k{self.serial}"
            self.house.receive(joined(who, self.house.clock.now(), f"k{self.serial}"))
            self.out.discard(who.participant_id)
            self.pass_time(0.1)

    @rule(minutes=st.sampled_from([0.5, 1.6, 4]))
    def time_passes(self, minutes) -> None:
        self.pass_time(minutes)

    @rule()
    def desk_works(self) -> None:
        self.house.act()

    @rule(
        what=st.sampled_from(["take", "assign", "note", "resolve", "reopen", "classify"]),
        number=st.integers(1, 4),
        code=st.sampled_from(CODES),
        old=st.booleans(),
    )
    def somebody_works(self, what, number, code, old) -> None:
        row = next((row for row in self.house.tickets() if row.id == number), None)
        if row is None:
            return
        self.serial += 1
        text = f"Note {self.serial}."
        more = {"note": (text,), "resolve": (text, code), "classify": (code,), "assign": ("nobody",)}.get(what, ())
        version = row.version - 1 if old else row.version
        try:
            self.house.do(getattr(triage, what), number, version, "tess", *more)
        except (Refused, Conflict):
            return
        assert not old or what == "note", "an old page changes nothing"
        if what in ("note", "resolve"):
            self.written.append(text)

    @invariant()
    def one_open_ticket_for_one_person(self) -> None:
        if not hasattr(self, "db"):
            return
        waiting = [row for row in self.house.tickets() if row.state in ("open", "taken")]
        settled = self.nothing_is_on_its_way()
        held = Counter(code for row in waiting for code in row.participants)
        # Between the decision and the desk's work a person may be in both for a moment, and never longer.
        assert not settled or max(held.values(), default=0) <= 1, held
        keys = [row.key for row in self.house.tickets()]
        assert len(set(keys)) == len(keys)

    @invariant()
    def at_most_one_incident_for_a_cause(self) -> None:
        if hasattr(self, "db"):
            assert len([row for row in self.house.tickets() if row.incident]) <= 1

    @invariant()
    def states_change_as_the_table_says(self) -> None:
        if not hasattr(self, "db"):
            return
        for row in self.house.tickets():
            before = self.states.get(row.id, "open")
            assert row.state in STATES[before], f"{before} became {row.state}"
            assert (row.state == "attached") <= (row.part_of is not None)
            assert row.state != "resolved" or row.resolution, "resolved says with what"
            self.states[row.id] = row.state

    @invariant()
    def no_note_is_lost(self) -> None:
        if not hasattr(self, "db"):
            return
        rows = self.house.tickets()
        said = " ".join(note for row in rows for note in self.house.notes(row.id))
        said += " ".join(row.resolution or "" for row in rows)
        assert not [text for text in self.written if text not in said]

    def nothing_is_on_its_way(self) -> bool:
        with self.house.rejoin.db.read() as tx:
            return not [row for row in action.in_state(tx, action.QUEUED) if row.kind in ("ticket", "ticket-note")]


@pytest.mark.timeout(300)
def test_ticket_keeps_to_its_states(lent_sqlite):
    machine = type("Machine", (TicketMachine,), {"lent": lent_sqlite})
    checks = settings(
        max_examples=told(6, 12), stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck),
        print_blob=True,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=checks)
