"""Faults planted into the sending of messages: the state machines notice each of them.

A machine that cannot fail proves nothing. Each fault here is one that somebody could make; with it in place the machine
of messages (`test_message_machine.py`), or that of corrections below, must find what it promises broken. The way to the
fault is written down instead of searched for at random, so that this takes seconds; the machines find their ways alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    INVARIANT_MARKER,
    RULE_MARKER,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from plugin.composition import assemble
from plugin.core.action import Action, ActionKind, Purpose
from plugin.core.assessment import Cause, Outcome
from plugin.core.message import QUIET_HOURS, Admission, Channel, Step
from plugin.ports.mail import Letter
from plugin.service import docket, messaging, override
from plugin.storage import action as outbox
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from plugin.storage import override as overrides
from tests.conftest import LentFile, MovingClock, make_settings
from tests.people.house import ALICE, House
from tests.people.test_message_machine import Messages
from tests.service.clinic import NINE

Plant = Callable[[pytest.MonkeyPatch], None]


class Corrections(RuleBasedStateMachine):
    """Alice was written to, and her verdict changes to and fro: she gets one apology at the most, ever."""

    lent: LentFile

    @initialize()
    def begin(self):
        rejoin = assemble(make_settings(self.lent.url), self.lent.lay_down(), MovingClock(NINE))
        self.sent: list[Letter] = []
        self.house = House(replace(rejoin, mailer=self))
        self.house.miss()
        self.checked = 0

    def send(self, letter: Letter) -> str:
        self.sent.append(letter)
        return f"<{letter.key}>"

    def teardown(self):
        if hasattr(self, "house"):
            self.house.rejoin.db.close()

    @rule()
    def somebody_works(self):
        self.house.act()

    @rule(minutes=st.integers(1, 30))
    def time_goes_by(self, minutes):
        self.house.clock.advance(minutes=minutes)
        self.house.work()

    @rule()
    def staff_say_that_she_was_there(self):
        self.decide(override.decide, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "I saw her.", "cora")

    @rule()
    def staff_take_that_back(self):
        with self.house.rejoin.db.read() as tx:
            standing = [row for row in overrides.of_appointment(tx, "A1") if row.undone_at is None]
        if standing:
            self.decide(override.take_back, standing[0].id, "cora")

    def decide(self, use_case, *arguments):
        self.house.clock.advance(seconds=1)
        with self.house.rejoin.db.read() as tx:
            standing = [row for row in overrides.of_appointment(tx, "A1") if row.undone_at is None]
        if use_case is override.decide and standing:
            return
        with self.house.rejoin.db.begin() as tx:
            use_case(tx, self.house.rejoin, *arguments, self.house.clock.now())
        self.house.work()

    @invariant()
    def nothing_goes_after_attended_and_one_apology_is_enough(self):
        if not hasattr(self, "house"):
            return
        attended = self.house.verdict(ALICE)["outcome"] == "attended"
        apologies = [letter.key for letter in self.sent if letter.subject == "Our mistake"]
        for letter in self.sent[self.checked :]:
            assert letter.key in apologies or not attended, "a letter went out after attended"
        self.checked = len(self.sent)
        assert len(apologies) <= 1, "they apologised twice"


def test_corrections_keep_to_it_in_whatever_order(lent_sqlite):
    machine = type("Machine", (Corrections,), {"lent": lent_sqlite})
    few = settings(max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=few)


def text_that_went_is_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    hand_over = messaging._hand_over
    patch.setattr(messaging, "_hand_over", lambda *a: hand_over(*a[:-1], replace(a[-1], tried_at=None)))


def second_letter_after_a_crash(patch: pytest.MonkeyPatch) -> None:
    """Each try has a Message-ID of its own, so the reader has two letters."""
    hand_over, number = messaging._hand_over, count()
    patch.setattr(
        messaging, "_hand_over", lambda r, a, m, key, admitted: hand_over(r, a, m, f"{key}/{next(number)}", admitted)
    )


def what_was_marked_as_sent_is_sent_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dispatches, "FINISHED", ())


def opt_out_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(contacts, "wish_of", lambda tx, code: contacts.Wish())


def stop_is_ignored(patch: pytest.MonkeyPatch) -> None:
    known = contacts.state_of
    patch.setattr(contacts, "state_of", lambda *a: replace(known(*a), stopped=False))


def quiet_hours_are_ignored(patch: pytest.MonkeyPatch) -> None:
    admit = messaging.admit

    def at_any_hour(step, now, *more):
        admission = admit(step, now, *more)
        return Admission(now) if admission.because == QUIET_HOURS else admission

    patch.setattr(messaging, "admit", at_any_hour)


def cap_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(dispatches, "count", lambda *a, **more: 0)


def what_lost_its_reason_is_sent(patch: pytest.MonkeyPatch) -> None:
    load = outbox.load

    def as_queued(tx, number):
        row = load(tx, number)
        return row and SimpleNamespace(**(dict(row._mapping) | {"state": outbox.QUEUED}))

    patch.setattr(outbox, "load", as_queued)


def letter_after_attended(patch: pytest.MonkeyPatch) -> None:
    decide = docket.decide

    def and_write(appointment, assessments, *more):
        found = decide(appointment, assessments, *more)
        attended = [a for a in assessments if a.outcome is Outcome.ATTENDED and a.participant_id == "C-ALICE"]
        extra = [
            Action(ActionKind.MESSAGE, a.appointment_id, a.participant_id, False, "", purpose=Purpose.MISSED)
            for a in attended
        ]
        return (*found, *extra)

    patch.setattr(docket, "decide", and_write)


def correction_apologises_twice(patch: pytest.MonkeyPatch) -> None:
    add_row, number = outbox.add_row, count()

    def anew(tx, *, key, kind, **more):
        return add_row(tx, key=f"{key}/{next(number)}" if kind == "correction" else key, kind=kind, **more)

    patch.setattr(outbox, "add_row", anew)


def crash_while_it_goes(machine: Messages, who: int) -> None:
    """The process ends while the channel has the message; another one takes over when the lease is over."""
    machine.the_outside_changes("crashes")
    machine.something_is_to_be_said(who, [Step.MISSED], 1)
    machine.time_goes_by(120)
    machine.time_goes_by(600)


def text_and_crash(machine: Messages) -> None:
    machine.time_goes_by(300)  # ten in the morning for Bob, who has text messages
    crash_while_it_goes(machine, 1)


def mail_and_crash(machine: Messages) -> None:
    crash_while_it_goes(machine, 0)


def crash_before_the_action_knows(machine: Messages) -> None:
    machine.the_outside_changes("crashes-later")
    machine.something_is_to_be_said(0, [Step.MISSED], 1)
    machine.time_goes_by(120)
    machine.time_goes_by(120)


def mail_stopped(machine: Messages) -> None:
    machine.they_say_what_they_want(0, Channel.EMAIL, False)
    machine.something_is_to_be_said(0, [Step.MISSED], 1)


def answered_stop(machine: Messages) -> None:
    machine.they_answer_stop_or_start(1, False)
    machine.they_say_what_they_want(1, Channel.SMS, True)  # by code; the number stays stopped
    machine.time_goes_by(300)
    machine.something_is_to_be_said(1, [Step.MISSED], 1)


def before_dawn(machine: Messages) -> None:
    machine.something_is_to_be_said(1, [Step.MISSED], 1)  # five in the morning for Bob


def much_to_say(machine: Messages) -> None:
    machine.something_is_to_be_said(0, [Step.MISSED, Step.OFFER, Step.MISSED], 1)


def reason_goes(machine: Messages) -> None:
    machine.the_outside_changes("away")
    machine.something_is_to_be_said(0, [Step.MISSED], 1)
    machine.its_reason_goes(1)
    machine.the_outside_changes("fine")
    machine.time_goes_by(120)


def seen_after_all(machine: Corrections) -> None:
    machine.staff_say_that_she_was_there()
    machine.somebody_works()


def to_and_fro(machine: Corrections) -> None:
    machine.somebody_works()
    for _ in range(2):
        machine.staff_say_that_she_was_there()
        machine.somebody_works()
        machine.staff_take_that_back()
        machine.somebody_works()


FAULTS: dict[Plant, tuple[type, Callable, str]] = {
    text_that_went_is_not_looked_for: (Messages, text_and_crash, "went twice"),
    second_letter_after_a_crash: (Messages, mail_and_crash, "nobody wanted to say"),
    what_was_marked_as_sent_is_sent_again: (Messages, crash_before_the_action_knows, "went twice"),
    opt_out_is_ignored: (Messages, mail_stopped, "they want none"),
    stop_is_ignored: (Messages, answered_stop, "answered STOP"),
    quiet_hours_are_ignored: (Messages, before_dawn, "it was quiet there"),
    cap_is_ignored: (Messages, much_to_say, "more than enough"),
    what_lost_its_reason_is_sent: (Messages, reason_goes, "its reason had gone"),
    letter_after_attended: (Corrections, seen_after_all, "after attended"),
    correction_apologises_twice: (Corrections, to_and_fro, "apologised twice"),
}
"""Each fault, a short path of a machine that leads to it, and in which words the machine notices it."""


@pytest.fixture(params=FAULTS, ids=lambda fault: fault.__name__)
def planted(request, lent_sqlite):
    """A fault, and its path, walked as the machine walks: its promises are looked at after each step."""
    machine_type, path, words = FAULTS[request.param]
    machine = type("Machine", (machine_type,), {"lent": lent_sqlite})()
    machine.begin()

    def walk() -> None:
        names = [name for name in dir(machine_type) if not name.startswith("_")]
        promises = [getattr(machine, name) for name in names if hasattr(getattr(machine_type, name), INVARIANT_MARKER)]
        assert promises
        for name in names:
            if hasattr(getattr(machine_type, name), RULE_MARKER):
                setattr(machine, name, _and_look(getattr(machine, name), promises))
        path(machine)

    yield request.param, walk, words
    machine.teardown()


def _and_look(step: Callable, promises: list[Callable]) -> Callable:
    def stepped(*arguments) -> None:
        step(*arguments)
        for promise in promises:
            promise()

    return stepped


def test_machine_notices_the_fault(planted, monkeypatch):
    fault, walk, words = planted
    fault(monkeypatch)
    with pytest.raises(AssertionError, match=words):
        walk()


def test_same_path_is_fine_without_the_fault(planted):
    _, walk, _ = planted
    walk()
