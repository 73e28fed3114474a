"""Minutes of clients by week over the API, and make-up minutes beside a verdict."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.core.appointment import Kind
from plugin.storage import makeup as makeups
from plugin.storage.api_token import Scope
from plugin.storage.tables import makeup as table
from tests.people.house import House, appointment


@pytest.fixture
def made_up(rejoin) -> House:
    """Alice missed a group, and half an hour of work in its place was accepted."""
    house = House(rejoin, appointment(kind=Kind.GROUP))
    house.miss()
    now = house.clock.now()
    with rejoin.db.begin() as tx:
        makeups.assign(tx, "makeup/A1/C-ALICE", "A1", "C-ALICE", None, 30, "Read.", now + timedelta(days=1), now)
        tx.execute(table.update().values(state="accepted", handed_in_at=now))
    return house


@pytest.mark.both
def test_two_figures_stand_side_by_side(made_up, program):
    asked = program(Scope.ASSESSMENTS_READ)
    [week] = asked.get("/minutes", **{"from": "2026-11-23", "to": "2026-11-30"}).json["weeks"]
    assert week == {
        "participant_id": "C-ALICE", "begins_on": "2026-11-23", "attended_minutes": 0.0, "makeup_minutes": 30,
        "provisional_sessions": 0,
    }  # fmt: skip
    told = {one["participant_id"]: one for one in asked.get("/appointments/A1/assessments").json["assessments"]}
    assert (told["C-ALICE"]["attended_minutes"], told["C-ALICE"]["makeup_minutes"]) == (0.0, 30)
    assert told["S-DORA"]["makeup_minutes"] == 0


@pytest.mark.parametrize(("first", "last"), [("2026-11-23", "2026-11-23"), ("2025-01-01", "2026-11-23"), ("x", "y")])
def test_days_that_make_no_span_are_refused(made_up, program, first, last):
    assert program().get("/minutes", **{"from": first, "to": last}).status_code == 422


@pytest.mark.both
def test_minutes_need_the_scope_of_verdicts(made_up, program):
    refused = program(Scope.ROSTER_READ).get("/minutes", **{"from": "2026-11-23", "to": "2026-11-30"})
    assert refused.status_code == 403
