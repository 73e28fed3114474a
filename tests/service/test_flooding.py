"""A flood of strangers in one meeting while the service runs: stored, hardly read, and nobody else's matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from plugin.core.appointment import Participant, Role
from plugin.core.judgement import judge
from plugin.core.surroundings import Surroundings
from plugin.service import flooding, judging
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left, unstable
from webhooks.wire import read_event

MINUTE = timedelta(minutes=1)
MOST = 10
LATER = NINE + timedelta(hours=3)


@pytest.fixture
def clinic(rejoin, monkeypatch) -> Clinic:
    """Ten deliveries are all that is read of strangers, and each asks whether it is too many."""
    monkeypatch.setattr(flooding, "EACH", 1)
    kinds = {kind: replace(numbers, most_guest_events=MOST) for kind, numbers in rejoin.policy.thresholds.items()}
    few = replace(rejoin, policy=replace(rejoin.policy, thresholds=kinds))
    elsewhere = appointment("A2", meeting_id="82000000002", participants=(replace_of(ALICE, "C-BEA"), DORA))
    clinic = Clinic(few, appointment(), elsewhere)
    clinic.clock.set(NINE + 5 * MINUTE)
    return clinic


def replace_of(who: Participant, code: str) -> Participant:
    return Participant(code, who.role, "Bea Brewster", "bea@example.org", registrant_id="reg-bea")


def stranger(number: int) -> Participant:
    return Participant(f"X-{number}", Role.CLIENT, f"Somebody {number}")


def flood(clinic: Clinic, strangers: int, **where) -> None:
    """So many come and go within half a minute, and all of it is read in small portions."""
    for number in range(strangers):
        for told in (joined, left):
            later = timedelta(seconds=30 if told is left else 0)
            clinic.receive(told(stranger(number), NINE + MINUTE + later, f"x{number}", **where))
        clinic.read()


def is_held(clinic: Clinic, **where) -> None:
    clinic.receive(joined(DORA, NINE, **where))
    clinic.read()


def states(clinic: Clinic) -> dict[str, int]:
    found = [row.state for row in clinic.rows()]
    return {state: found.count(state) for state in set(found)}


def test_what_strangers_flood_a_meeting_with_is_stored_and_not_read_on(clinic):
    is_held(clinic)
    flood(clinic, 50)
    assert states(clinic)["ignored"] >= 100 - MOST - 2
    ignored = [row for row in clinic.rows() if row.state == "ignored"]
    assert {(row.kind, row.meeting_id, row.instance, row.appointment_id, row.at) for row in ignored} == {(None,) * 5}
    assert {row.problem for row in ignored} == {flooding.PROBLEM}
    assert [row.event for row in clinic.rows()].count(flooding.BEGAN) == 1


def test_nobody_is_absent_in_a_flood_and_a_person_is_asked(clinic):
    is_held(clinic)
    flood(clinic, 50)
    clinic.receive(ended(NINE + 60 * MINUTE))
    clinic.go_to(LATER)
    verdict = clinic.verdict()
    assert (verdict["outcome"], verdict["cause"], verdict["final"]) == ("undetermined", "unknown", True)
    assert "unidentified-guest" in verdict["flags"]
    assert clinic.actions(person=ALICE)["review"] != "withdrawn"
    assert {"reschedule", "ticket", "checkin"}.isdisjoint(clinic.actions(person=ALICE))


def test_who_is_expected_is_read_also_in_a_flood(clinic):
    is_held(clinic)
    flood(clinic, 50)
    clinic.receive(joined(ALICE, NINE))
    clinic.clock.set(NINE + 61 * MINUTE)
    clinic.receive(left(ALICE, NINE + 60 * MINUTE))
    clinic.receive(left(DORA, NINE + 60 * MINUTE))
    clinic.go_to(LATER)
    assert clinic.verdict()["outcome"] == "attended"


def test_flood_in_one_meeting_is_nobody_elses_matter(clinic):
    is_held(clinic)
    flood(clinic, 50)
    is_held(clinic, meeting="82000000002", instance="u2==")
    clinic.clock.set(NINE + 61 * MINUTE)
    clinic.receive(left(DORA, NINE + 60 * MINUTE, meeting="82000000002", instance="u2=="))
    clinic.go_to(LATER)
    verdict = clinic.verdict(replace_of(ALICE, "C-BEA"), "A2")
    assert (verdict["outcome"], verdict["cause"], verdict["confidence"]) == ("missed", "absence", "high")


@pytest.mark.both
def test_few_strangers_are_read_as_ever(clinic):
    is_held(clinic)
    flood(clinic, (MOST - 2) // 2)
    clinic.receive(unstable(DORA, NINE + MINUTE))
    clinic.read()
    assert states(clinic) == {"read": MOST}
    assert flooding.BEGAN not in [row.event for row in clinic.rows()]


@pytest.mark.parametrize("strangers", [MOST // 2 - 1, MOST // 2 + 1, 40])
def test_the_service_says_of_a_flood_what_a_replay_of_all_of_it_says(clinic, strangers):
    is_held(clinic)
    flood(clinic, strangers)
    clinic.receive(ended(NINE + 60 * MINUTE))
    clinic.go_to(LATER)
    opened = [(row.id, row.received_at, clinic.rejoin.db.vault.open("delivery.body_sealed", row.body_sealed))
              for row in clinic.rows() if not (row.event or "").startswith("rejoin.")]  # fmt: skip
    events = [read_event(body, number, received_at) for number, received_at, body in opened]
    whole = judge(appointment(), events, Surroundings(events), clinic.rejoin.policy, LATER)
    told = [(one.participant_id, one.outcome.value, one.cause.value, one.confidence.value) for one in whole]
    stands = [(one, clinic.verdict(one)) for one in (ALICE, DORA)]
    assert [
        (one.participant_id, verdict["outcome"], verdict["cause"], verdict["confidence"]) for one, verdict in stands
    ] == told


def test_session_with_very_many_deliveries_rests_between_two_looks(clinic, monkeypatch):
    monkeypatch.setattr(judging, "MANY", 5)
    monkeypatch.setattr(judging, "REST", MINUTE)
    is_held(clinic)
    clinic.work()
    flood(clinic, 3)
    clinic.work()
    looked = []
    monkeypatch.setattr(clinic.judge._docket, "sit", lambda *asked, sit=clinic.judge._docket.sit: (
        looked.append(asked), sit(*asked))[1])  # fmt: skip
    clinic.receive(joined(ALICE, NINE + 3 * MINUTE))
    clinic.work()
    assert looked == []
    clinic.clock.advance(minutes=7)
    clinic.work()
    assert len(looked) == 1
    clinic.clock.advance(minutes=60)
    clinic.work()
    assert clinic.verdict()["arrived_at"] is not None
