"""Deliveries go when they were kept long enough, and never one that an open verdict still needs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.core.appointment import Kind
from plugin.core.assessment import Cause, Outcome
from plugin.ports.queue import WorkKind
from plugin.service import override
from plugin.service.pruning import DELIVERIES, Pruner, prune
from plugin.service.refusal import Refused
from plugin.service.whatif import differences
from plugin.storage import retention, work
from plugin.storage.tables import assessment as assessments
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, joined, left

KEEP = timedelta(days=60)
MUCH_LATER = NINE + timedelta(days=64)


@pytest.fixture
def clinic(rejoin) -> Clinic:
    """A morning that was held and is long over."""
    clinic = Clinic(rejoin)
    for minutes, body in ((0, joined(DORA, NINE)), (0, joined(ALICE, NINE))):
        clinic.go_to(NINE + timedelta(minutes=minutes))
        clinic.receive(body)
    clinic.go_to(NINE + timedelta(minutes=60))
    for person in (ALICE, DORA):
        clinic.receive(left(person, NINE + timedelta(minutes=60)))
    clinic.go_to(NINE + timedelta(hours=4))
    assert clinic.verdict()["final"]
    return clinic


def pruned(clinic: Clinic) -> int:
    return prune(clinic.rejoin, KEEP).deliveries


@pytest.mark.both
def test_deliveries_of_a_settled_appointment_go_after_their_time(clinic):
    before = clinic.verdict()
    clinic.clock.set(MUCH_LATER)
    assert pruned(clinic) == 4
    assert clinic.rows() == []
    assert clinic.verdict() == before


@pytest.mark.parametrize(("days", "gone"), [(59, 0), (64, 4)])
def test_they_stay_until_their_time_is_over(clinic, days, gone):
    clinic.clock.set(NINE + timedelta(days=days))
    assert pruned(clinic) == gone


@pytest.mark.both
def test_a_verdict_that_is_not_final_keeps_everything_around_it(clinic):
    with clinic.rejoin.db.begin() as tx:
        tx.execute(assessments.update().values(final=False))
    clinic.clock.set(MUCH_LATER)
    assert pruned(clinic) == 0
    assert len(clinic.rows()) == 4


def test_an_appointment_that_nobody_judged_yet_keeps_everything_around_it(clinic):
    clinic.put(appointment("A2", meeting_id="81000000002"))
    clinic.clock.set(MUCH_LATER)
    assert pruned(clinic) == 0
    clinic.work()
    assert pruned(clinic) == 4


def test_a_delivery_that_nobody_read_stays(clinic):
    clinic.clock.set(NINE + timedelta(hours=5))
    clinic.receive(joined(ALICE, NINE, "late"))
    clinic.clock.set(MUCH_LATER)
    assert pruned(clinic) == 4
    assert [row.state for row in clinic.rows()] == ["new"]


def test_notice_given_long_ago_stays_for_an_appointment_that_is_still_to_come(clinic):
    to_come = MUCH_LATER + timedelta(days=5)
    clinic.put(appointment("A2", starts_at=to_come, ends_at=to_come + timedelta(hours=1)))
    told = {"event": "rejoin.notice_given", "event_ts": round(clinic.clock.now().timestamp() * 1000)}
    clinic.receive(told | {"payload": {"appointment_id": "A2", "participant_id": "C-ALICE"}})
    clinic.work()
    clinic.clock.set(MUCH_LATER)
    assert pruned(clinic) == 4
    assert [row.event for row in clinic.rows()] == ["rejoin.notice_given"]


def test_a_verdict_whose_deliveries_are_gone_stands_for_good(clinic):
    clinic.clock.set(MUCH_LATER)
    pruned(clinic)
    before = clinic.verdict()
    clinic.put(appointment(kind=Kind.FAMILY))  # a change of the roster asks for another judgement
    clinic.work()
    assert clinic.verdict() == before
    assert len(clinic.history()) == len({row.revision for row in clinic.history()})
    with clinic.rejoin.db.read() as tx:
        assert retention.pruned_at(tx, "A1") == MUCH_LATER
    policy = clinic.rejoin.policy
    assert list(differences(clinic.rejoin, policy, NINE - timedelta(days=1), NINE + timedelta(days=1))) == []


def test_appointment_that_is_moved_on_after_its_deliveries_are_gone_is_judged_again(clinic):
    clinic.clock.set(MUCH_LATER)
    pruned(clinic)
    begin = MUCH_LATER + timedelta(days=1)
    clinic.put(appointment(starts_at=begin, ends_at=begin + timedelta(hours=1)))
    clinic.go_to(begin)
    clinic.receive(joined(DORA, begin, "later", instance="u2==", begun=begin))
    clinic.go_to(begin + timedelta(minutes=20))
    assert clinic.verdict()["outcome"] == "missed"
    assert not clinic.verdict()["final"]


def test_nobody_decides_about_a_verdict_whose_deliveries_are_gone(clinic):
    clinic.clock.set(MUCH_LATER)
    pruned(clinic)
    with clinic.rejoin.db.begin() as tx, pytest.raises(Refused, match="deleted on 2027"):
        override.decide(
            tx, clinic.rejoin, "A1", ALICE.participant_id, Outcome.EXCUSED, Cause.ABSENCE,
            "She called.", "ada", clinic.clock.now(),
        )  # fmt: skip


def test_the_worker_prunes_by_itself_and_comes_back(clinic):
    rejoin = clinic.rejoin
    clinic.clock.set(NINE + timedelta(days=500))
    pruner = Pruner(rejoin)
    pruner.begin()
    pruner.begin()
    now = clinic.clock.now()
    with rejoin.db.begin() as tx:
        [claim] = work.claim_due(tx, (WorkKind.PRUNE,), now, now)
    pruner.perform(claim)
    assert clinic.rows() == []
    with rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.PRUNE, DELIVERIES) == now + timedelta(hours=24)
        assert tx.execute(select(assessments)).first() is not None
