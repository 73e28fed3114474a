"""The machine's clock was an hour ahead and is put right: nothing waits for the wrong hour, nobody is judged by it."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from plugin.adapters import heartbeat
from plugin.adapters.heartbeat import Heartbeat
from plugin.core.assessment import Cause, Outcome
from plugin.ports.queue import WorkKind
from plugin.service import override
from plugin.service.watching import FEED, Watch
from plugin.storage import clock_step, work
from plugin.storage import override as overrides
from plugin.storage import worker as workers
from tests.service.clinic import ALICE, DORA, NINE, Clinic, ended, joined, left

HOUR = timedelta(hours=1)
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
