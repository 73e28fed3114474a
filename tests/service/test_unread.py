"""What lies unread in the inbox: no verdict is made before it is read, for whoever it shows would be called absent."""

from __future__ import annotations

import time
from datetime import timedelta

from plugin.composition import working
from plugin.ports.queue import WorkKind
from plugin.service.running import READ_AT_ONCE
from plugin.storage import delivery, work
from plugin.storage.work import BEHIND
from tests.service.clinic import ALICE, DORA, NINE, Clinic, ended, joined, left

TEN = NINE + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def away_until_everything_is_due(rejoin) -> Clinic:
    """The receiver stored the hour and nobody worked: what is unread is more than is read at once, and Alice's part of
    it comes last."""
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.read()
    clinic.clock.set(TEN)
    for number in range(READ_AT_ONCE + 20):
        clinic.receive(joined(DORA, NINE + MINUTE, f"x{number}", meeting="82000000002", instance="u2=="))
    for body in (joined(ALICE, NINE + MINUTE), left(ALICE, TEN), left(DORA, TEN), ended(TEN)):
        clinic.receive(body)
    clinic.clock.set(TEN + 3 * timedelta(hours=1))
    return clinic


def judge_what_may_be(clinic: Clinic) -> int:
    now = clinic.clock.now()
    with clinic.rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.JUDGE,), now, now)
    if claims:
        clinic.judge.perform(claims)
    return len(claims)


def test_who_stands_in_an_unread_delivery_is_not_judged_before_it_is_read(rejoin):
    clinic = away_until_everything_is_due(rejoin)
    work_of_the_process = working(rejoin)
    work_of_the_process.read()
    assert judge_what_may_be(clinic) == 0
    assert clinic.verdict() is None
    while work_of_the_process.read():
        pass
    assert judge_what_may_be(clinic) == 1
    assert [row.outcome for row in clinic.history()] == ["attended"], "and nobody ever said otherwise"


def test_what_arrived_a_moment_ago_keeps_no_verdict_waiting(rejoin):
    """Else a feed that never rests would let nothing be judged."""
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.read()
    clinic.clock.set(NINE + 15 * MINUTE)
    clinic.receive(joined(DORA, NINE, "x", meeting="82000000002", instance="u2=="))
    clinic.clock.set(NINE + 15 * MINUTE + BEHIND)
    assert judge_what_may_be(clinic) == 0
    clinic.clock.advance(seconds=-1)
    assert judge_what_may_be(clinic) == 1
    assert clinic.verdict()["outcome"] == "missed"


def test_running_service_reads_to_the_end_before_it_judges(rejoin):
    clinic = away_until_everything_is_due(rejoin)
    work_of_the_process = working(rejoin)
    work_of_the_process.start()
    try:
        patience = time.monotonic() + 30
        while clinic.verdict() is None and time.monotonic() < patience:
            time.sleep(0.05)
    finally:
        work_of_the_process.stop()
    with rejoin.db.read() as tx:
        assert delivery.backlog(tx).unread == 0
    assert [row.outcome for row in clinic.history()] == ["attended"]
    assert clinic.actions() == {}
