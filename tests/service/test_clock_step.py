"""The machine's clock was an hour ahead and is put right: nothing waits for the wrong hour, nobody is judged by it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from plugin.adapters import heartbeat
from plugin.adapters.heartbeat import Heartbeat
from plugin.core.appointment import Kind, Participant, Role
from plugin.core.assessment import Cause, Outcome
from plugin.core.feed import BlindCause, BlindInterval
from plugin.ports.queue import WorkKind
from plugin.service import override
from plugin.service.watching import FEED, Watch
from plugin.storage import action, blindness, clock_step, work
from plugin.storage import override as overrides
from plugin.storage import worker as workers
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
RIGHT = NINE + 3 * HOUR
WRONG = RIGHT + HOUR


def put_right(clinic: Clinic) -> None:
    clinic.clock.set(RIGHT)
    with clinic.rejoin.db.begin() as tx:
        clock_step.mend(tx, RIGHT, WRONG)


def test_what_arrived_in_the_wrong_hour_is_seen_by_whoever_was_judged_since_it_was_put_right(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(WRONG)
    for who in (ALICE, DORA):
        clinic.receive(joined(who, NINE))
        clinic.receive(left(who, NINE + HOUR))
    clinic.receive(ended(NINE + HOUR))
    clinic.read()
    clinic.clock.set(RIGHT)
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "A1", RIGHT)
    clinic.work()  # before anybody has noticed that the clock was wrong
    assert clinic.verdict()["outcome"] == "undetermined"
    put_right(clinic)
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["final"]) == ("attended", True)


@pytest.mark.both
def test_decision_of_the_wrong_hour_stands_and_one_taken_back_in_it_does_not(rejoin):
    clinic = Clinic(rejoin)
    clinic.receive(joined(DORA, NINE))
    clinic.clock.set(WRONG)
    clinic.work()

    def staff(do, *what) -> None:
        with rejoin.db.begin() as tx:
            do(tx, rejoin, *what, clinic.clock.now())
        clinic.work()

    staff(override.decide, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "They were there, on my telephone.", "cora")
    put_right(clinic)
    ask(rejoin, "A1", RIGHT)
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.history()[0].trigger) == ("attended", "staff")
    clinic.clock.set(WRONG)
    with rejoin.db.read() as tx:
        (decided,) = overrides.of_appointment(tx, "A1")
    staff(override.take_back, decided.id, "cora")
    clinic.clock.set(RIGHT)
    ask(rejoin, "A1", RIGHT)
    clinic.work()  # before anybody has noticed that the clock was wrong
    assert clinic.verdict()["outcome"] == "attended"
    put_right(clinic)
    clinic.work()
    assert clinic.verdict()["outcome"] != "attended"


@pytest.mark.both
def test_incident_of_the_wrong_time_stands_and_who_is_still_in_trouble_has_no_second_ticket(rejoin):
    others = [Participant(code, Role.CLIENT, "", registrant_id=f"reg-{code}") for code in ("C-BERT", "C-CLEO")]
    everybody = (ALICE, *others)
    clinic = Clinic(rejoin, appointment(kind=Kind.GROUP, participants=(*everybody, DORA)))
    for who in (*everybody, DORA):
        clinic.receive(joined(who, NINE))
    for number, who in enumerate(everybody):
        clinic.receive(left(who, NINE + (17 + 3 * number) * MINUTE, reason="Network connection error"))
    wrong, right = NINE + 45 * MINUTE, NINE + 27 * MINUTE
    clinic.clock.set(wrong)
    clinic.work()
    assert [row.incident for row in tickets(clinic)] == [True]
    clinic.clock.set(right)
    with rejoin.db.begin() as tx:
        clock_step.mend(tx, right, wrong)
    for who in others:
        clinic.receive(joined(who, right, "back"))
    clinic.go_to(right + 5 * MINUTE)
    assert [row.incident for row in tickets(clinic)] == [True]


def tickets(clinic: Clinic) -> list:
    with clinic.rejoin.db.read() as tx:
        return [row for row in action.of_appointment(tx, "A1") if row.kind == "ticket"]


@pytest.mark.both
def test_blind_time_that_was_noticed_in_the_wrong_hour_makes_nobody_absent(rejoin):
    """What was sent while the clock was wrong was refused, and the feed was known to be blind."""
    clinic = Clinic(rejoin)
    for body in (joined(DORA, NINE), left(DORA, NINE + HOUR), ended(NINE + HOUR)):
        clinic.receive(body)
    clinic.clock.set(WRONG)
    with rejoin.db.begin() as tx:
        gap = BlindInterval(BlindCause.SILENCE, NINE, NINE + 30 * MINUTE, "told")
        blindness.open_interval(tx, gap, WRONG)
    clinic.work()
    assert clinic.verdict()["outcome"] == "undetermined"
    clinic.clock.set(RIGHT)
    ask(rejoin, "A1", RIGHT)
    clinic.work()  # before anybody has noticed that the clock was wrong
    put_right(clinic)
    clinic.work()
    assert clinic.verdict()["outcome"] == "undetermined"


@pytest.mark.both
def test_history_says_who_decided_after_a_verdict_of_the_wrong_hour(rejoin):
    clinic = Clinic(rejoin)
    clinic.receive(joined(DORA, NINE))
    clinic.clock.set(WRONG)
    clinic.work()
    put_right(clinic)
    clinic.work()
    clinic.clock.advance(minutes=1)
    with rejoin.db.begin() as tx:
        override.decide(
            tx, rejoin, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "I saw them.", "cora", clinic.clock.now()
        )
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.history()[0].trigger) == ("attended", "staff")


def test_feed_is_looked_at_now_and_not_when_the_wrong_hour_is_over(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(WRONG)
    watch = Watch(rejoin)
    watch.begin()
    with rejoin.db.begin() as tx:
        (claim,) = work.claim_due(tx, (WorkKind.WATCH,), WRONG, WRONG, subject=FEED)
    watch.perform(claim)
    put_right(clinic)
    with rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.WATCH, FEED) == RIGHT


def ask(rejoin, subject: str, due_at) -> None:
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, subject, due_at)


@pytest.fixture
def beating(rejoin, monkeypatch):
    """A worker that says many times a second that it lives. Its clock was an hour ahead, when it asked for work, and
    was just put right."""
    monkeypatch.setattr(workers, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(heartbeat, "LINGERS_SECONDS", 3.0)
    rejoin.clock.set(WRONG)
    with Heartbeat(rejoin.db, rejoin.clock):
        ask(rejoin, "before", WRONG)
        rejoin.clock.set(RIGHT)
        yield rejoin


def due_within(rejoin, subject: str, seconds: float) -> bool:
    """Whether it comes to be due now, while somebody waits so long."""
    patience = time.monotonic() + seconds
    while time.monotonic() < patience:
        with rejoin.db.read() as tx:
            if work.due_at(tx, WorkKind.JUDGE, subject) <= RIGHT:
                return True
        time.sleep(0.02)
    return False


def test_work_that_is_asked_for_by_the_wrong_time_after_it_was_put_right_is_found_a_while_later(beating):
    assert due_within(beating, "before", 30)
    ask(beating, "lingering", WRONG)
    assert due_within(beating, "lingering", 30)
    ask(beating, "true-deadline", WRONG)
    assert not due_within(beating, "true-deadline", 1.0), "it is put right twice, and not for ever"
