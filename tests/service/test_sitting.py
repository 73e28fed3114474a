"""Appointments that are due together are judged together, and none is judged otherwise for it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import event

from plugin.adapters.attempt import attempt
from plugin.core.appointment import Participant, Role
from plugin.ports.queue import WorkKind
from plugin.service import docket
from plugin.service.docket import Docket
from plugin.service.judging import Judge
from plugin.storage import work
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

AFTERWARDS = NINE + timedelta(days=2)


def _apart(number: int, days: int = 0, client: Participant | None = None, **more):
    """An hour of a client of its own, in a meeting of its own."""
    starts = NINE + timedelta(days=days)
    client = client or Participant(f"C-{number}", Role.CLIENT, f"Invented Person{number}", f"c{number}@example.org")
    return appointment(
        f"A{number}", starts_at=starts, ends_at=starts + timedelta(hours=1), meeting_id=str(81_000_000_100 + number),
        participants=(client, DORA), **more,
    )  # fmt: skip


def _dora_holds(clinic: Clinic, one, and_comes: Participant | None = None) -> None:
    clinic.clock.set(max(clinic.clock.now(), one.ends_at))
    number = one.appointment_id
    room = {"meeting": one.meeting_id, "instance": f"u-{number}=="}
    for who in filter(None, (DORA, and_comes)):
        clinic.receive(joined(who, one.starts_at, f"{number}-{who.participant_id}", **room))
        clinic.receive(left(who, one.ends_at, f"{number}-{who.participant_id}", **room))
    clinic.receive(ended(one.ends_at, one.meeting_id, f"u-{number}=="))


def _nobody_came(rejoin, number: int) -> tuple[Clinic, list]:
    """So many sessions that Dora held alone; all is read, and nothing judged yet."""
    sessions = [_apart(one) for one in range(number)]
    clinic = Clinic(rejoin, *sessions)
    for one in sessions:
        _dora_holds(clinic, one)
    clinic.clock.set(AFTERWARDS)
    clinic.read()
    return clinic, sessions


def _claims(clinic: Clinic) -> list:
    now = clinic.clock.now()
    with clinic.rejoin.db.begin() as tx:
        return work.claim_due(tx, (WorkKind.JUDGE,), now, now)


def _judged(clinic: Clinic, sessions: list) -> list[bool]:
    return [bool(clinic.verdict(one.participants[0], one.appointment_id)) for one in sessions]


@pytest.mark.both
def test_many_are_judged_with_as_many_questions_as_one(rejoin):
    sessions = [_apart(number) for number in range(9)]
    clinic = Clinic(rejoin, *sessions)
    for one in sessions:
        _dora_holds(clinic, one, one.participants[0])
    clinic.clock.set(AFTERWARDS)
    clinic.read()
    asked = []
    event.listen(rejoin.db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    Docket(rejoin).look("A0", AFTERWARDS)
    alone = len(asked)
    asked.clear()
    assert len(Docket(rejoin).sit([one.appointment_id for one in sessions], AFTERWARDS).found) == 9
    assert len(asked) <= alone


@pytest.mark.both
def test_verdict_does_not_depend_on_who_is_judged_beside_it(rejoin):
    sessions = [_apart(number, days=number // 3) for number in range(6)]
    clinic = Clinic(rejoin, *sessions)
    for number, one in enumerate(sessions):
        _dora_holds(clinic, one, one.participants[0] if number % 2 else None)
    clinic.clock.set(AFTERWARDS + timedelta(days=1))
    clinic.read()
    ids, now = [one.appointment_id for one in sessions], clinic.clock.now()
    sitting = Docket(rejoin).sit(ids, now)
    assert sitting.found.keys() | sitting.left == set(ids)
    assert {"A0", "A1", "A2"} <= sitting.found.keys()
    for number, found in sitting.found.items():
        alone = Docket(rejoin).look(number, now)
        assert (found.assessments, found.actions) == (alone.assessments, alone.actions)
        assert [row.id for row in found.rows] == [row.id for row in alone.rows]


def test_second_no_show_of_a_client_sees_the_first_though_both_are_due_at_once(rejoin):
    first, second = _apart(1, client=ALICE), _apart(2, days=1, client=ALICE)
    clinic = Clinic(rejoin, first, second)
    for one in (first, second):
        _dora_holds(clinic, one)
    clinic.clock.set(AFTERWARDS)
    clinic.work()
    assert [clinic.verdict(number=number)["outcome"] for number in ("A1", "A2")] == ["missed", "missed"]
    assert "checkin" in clinic.actions("A1")
    assert "checkin" not in clinic.actions("A2")


def test_one_that_cannot_be_judged_takes_no_other_along(rejoin, monkeypatch):
    clinic, sessions = _nobody_came(rejoin, 4)
    judge_in = docket.judge_in

    def but_for_one(room):
        if room.appointment.appointment_id == "A2":
            raise ValueError
        return judge_in(room)

    monkeypatch.setattr(docket, "judge_in", but_for_one)
    claims = _claims(clinic)
    attempt(rejoin.db, clinic.clock, Judge(rejoin).perform, claims)
    assert _judged(clinic, sessions) == [True, True, False, True]
    clinic.clock.advance(hours=1)
    assert [claim.subject for claim in _claims(clinic)] == ["A2"], "it is tried again, the others are done"


def test_claim_that_was_lost_meanwhile_is_not_written_and_the_others_are(rejoin):
    clinic, sessions = _nobody_came(rejoin, 3)
    claims = _claims(clinic)
    with rejoin.db.begin() as tx:
        tx.execute(work.work.update().where(work.work.c.subject == "A1").values(claimed_until=AFTERWARDS))
    Judge(rejoin).perform(claims)
    assert _judged(clinic, sessions) == [True, False, True]


def test_what_is_asked_for_while_several_are_judged_stays_due(rejoin):
    clinic, _ = _nobody_came(rejoin, 3)
    claims = _claims(clinic)
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "A1", clinic.clock.now())
    Judge(rejoin).perform(claims)
    assert [claim.subject for claim in _claims(clinic)] == ["A1"]


@pytest.mark.parametrize("beside", [False, True])
def test_somebody_of_the_same_name_in_a_room_of_theirs_is_no_sign_of_another(rejoin, beside):
    """Two clients are called alike and known by their names alone: who is expected there is who came."""
    here = Participant("C-1", Role.CLIENT, "Maria Invented")
    there = Participant("C-2", Role.CLIENT, "Maria Invented")
    sessions = [_apart(1, client=here), _apart(2, client=there)]
    clinic = Clinic(rejoin, *sessions)
    _dora_holds(clinic, sessions[0])
    _dora_holds(clinic, sessions[1], there)
    clinic.clock.set(AFTERWARDS)
    clinic.read()
    found = Docket(rejoin).sit(["A1", "A2"] if beside else ["A1"], AFTERWARDS).found["A1"]
    [absent] = [one for one in found.assessments if one.participant_id == "C-1"]
    assert "wrong-meeting" not in absent.flags
    assert (absent.outcome, absent.cause) == ("missed", "absence")


def test_somebody_of_the_name_in_a_room_where_nobody_is_called_so_is_a_sign(rejoin):
    """The control of the story above."""
    here = Participant("C-1", Role.CLIENT, "Maria Invented")
    sessions = [_apart(1, client=here), _apart(2)]
    clinic = Clinic(rejoin, *sessions)
    _dora_holds(clinic, sessions[0])
    _dora_holds(clinic, sessions[1], msgspec.structs.replace(here, participant_id="C-9"))
    clinic.clock.set(AFTERWARDS)
    clinic.read()
    found = Docket(rejoin).look("A1", AFTERWARDS)
    [absent] = [one for one in found.assessments if one.participant_id == "C-1"]
    assert "wrong-meeting" in absent.flags
