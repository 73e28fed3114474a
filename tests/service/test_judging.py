"""From what was received to the verdict that stands, and what follows from it."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from plugin.core.appointment import Kind, Participant, Role, Status
from plugin.core.assessment import Cause, Outcome
from plugin.core.result import as_result
from plugin.ports.queue import WorkKind
from plugin.service import evidence, override, preview
from plugin.service.docket import Docket
from plugin.service.roster import name_zones
from plugin.storage import action, board, work
from plugin.storage import appointment as appointments
from plugin.web.history import changes
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

TEN = NINE + timedelta(hours=1)


def _at(minutes: float):
    return NINE + timedelta(minutes=minutes)


def _dora_holds_alone(clinic: Clinic) -> None:
    clinic.go_to(_at(0))
    clinic.receive(joined(DORA, _at(0)))
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))


def test_times_of_an_appointment_whose_roster_names_no_zone_are_told_in_the_programs_own(rejoin):
    clinic = Clinic(rejoin, appointment(timezone=""))
    clinic.go_to(_at(0))
    clinic.receive(joined(DORA, _at(0)))
    clinic.receive(joined(ALICE, _at(0)))
    clinic.go_to(_at(30))
    clinic.receive(left(ALICE, _at(30), reason="Network connection error"))
    clinic.go_to(TEN)
    told = [finding["because"] for finding in clinic.verdict()["findings"] if finding["hit"]]
    assert "They dropped out at 10:30:00 EST and did not come back." in told
    assert clinic.put(appointment(timezone="")) is False
    assert clinic.put(appointment(timezone="America/Chicago")) is True


@pytest.mark.both
def test_appointments_that_an_earlier_version_stored_without_a_zone_are_in_the_programs_own(rejoin):
    clinic = Clinic(rejoin, appointment("A2", timezone="America/Chicago"))
    with rejoin.db.begin() as tx:
        appointments.put(tx, appointment(timezone=""), clinic.clock.now())
    name_zones(rejoin)
    with rejoin.db.read() as tx:
        stored = appointments.load_these(tx, ["A1", "A2"])
        assert {number: one.timezone for number, one in stored.items()} == {
            "A1": "America/New_York",
            "A2": "America/Chicago",
        }
        assert preview.outlook(tx, rejoin, stored["A1"], "C-ALICE", clinic.clock.now()).at
    assert clinic.put(appointment(timezone="")) is False


def test_client_who_never_comes_is_a_no_show_and_gets_another_time_held_for_a_coordinator(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(0))
    clinic.receive(joined(DORA, _at(0)))
    clinic.go_to(_at(4.9))
    assert clinic.actions() == {}
    clinic.go_to(_at(5))
    assert clinic.actions() == {"message nudge": "queued"}
    clinic.go_to(_at(14.9))
    assert clinic.verdict()["outcome"] == "undetermined"
    clinic.go_to(_at(15))
    assert (clinic.verdict()["outcome"], clinic.verdict()["cause"]) == ("missed", "absence")
    assert clinic.verdict()["final"] is False
    assert clinic.actions()["reschedule"] == "held"
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + timedelta(minutes=90))
    assert clinic.verdict()["final"] is True
    assert clinic.actions()["message missed"] == "queued"
    assert clinic.actions()["checkin"] == "queued"
    with rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.JUDGE, "A1") is None, "final, and nothing is left to look at"


def test_client_who_attends_needs_nothing(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(1))
    clinic.receive(joined(DORA, _at(0)))
    clinic.receive(joined(ALICE, _at(1)))
    clinic.go_to(TEN)
    clinic.receive(left(ALICE, TEN))
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + timedelta(hours=2))
    assert (clinic.verdict()["outcome"], clinic.verdict()["final"]) == ("attended", True)
    assert clinic.actions() == {}


def test_who_left_for_a_reason_that_nobody_understands_gets_help_while_the_session_still_runs(rejoin):
    """What they had of it stops being most of it by time alone."""
    clinic = Clinic(rejoin)
    clinic.go_to(_at(0))
    clinic.receive(joined(DORA, _at(0)))
    clinic.receive(joined(ALICE, _at(0)))
    clinic.go_to(_at(20))
    clinic.receive(left(ALICE, _at(20), reason="hat die Besprechung verlassen"))
    clinic.go_to(_at(26))
    assert clinic.verdict()["outcome"] == "attended"
    clinic.go_to(_at(28))
    assert (clinic.verdict()["outcome"], clinic.verdict()["cause"]) == ("partial", "technical")
    assert clinic.actions()["ticket"] == "queued"


@pytest.mark.both
def test_late_delivery_after_finality_corrects_the_verdict_and_withdraws_what_was_not_sent(rejoin):
    clinic = Clinic(rejoin)
    _dora_holds_alone(clinic)
    clinic.go_to(TEN + timedelta(hours=3))
    assert clinic.verdict()["outcome"] == "missed"
    with rejoin.db.begin() as tx:  # the check-in was made, the rest was not
        [checkin] = action.in_state(tx, "queued", ("checkin",))
        action.move(tx, checkin.id, ("queued",), "done", clinic.clock.now())
    clinic.receive(joined(ALICE, _at(1)))
    clinic.receive(left(ALICE, TEN))
    assert clinic.work() == 1
    assert (clinic.verdict()["outcome"], clinic.verdict()["final"]) == ("attended", True)
    assert clinic.actions()["reschedule"] == "withdrawn"
    assert clinic.actions()["message missed"] == "withdrawn"
    assert clinic.actions()["checkin"] == "done", "what was done stays done"
    outcomes = [row.outcome for row in clinic.history()]
    assert outcomes[0] == "attended"
    assert outcomes[1] == "missed"
    assert [row.current for row in clinic.history()].count(True) == 1
    assert clinic.history()[0].trigger == "delivery"


def test_withdrawn_offer_comes_back_when_its_reason_does(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(0))
    clinic.receive(joined(DORA, _at(0)))
    clinic.go_to(_at(20))
    assert clinic.actions()["reschedule"] == "held"
    clinic.receive(joined(ALICE, _at(21)))
    clinic.go_to(_at(22))
    assert clinic.actions()["reschedule"] == "withdrawn", "nothing is decided about somebody who is there"
    clinic.receive(left(ALICE, _at(24), reason="network connection error"))
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + timedelta(hours=2))
    assert (clinic.verdict()["outcome"], clinic.verdict()["cause"]) == ("partial", "technical")
    assert clinic.actions()["reschedule"] == "held", "most of the session was lost to the network"


def test_verdict_is_the_same_whenever_it_is_computed_again_from_the_stored_rows(rejoin):
    clinic = Clinic(rejoin)
    story = [
        joined(DORA, _at(-2)),
        joined(ALICE, _at(3), "k1"),
        left(ALICE, _at(20), "k1", "network connection error"),
        joined(ALICE, _at(21), "k2"),
        left(ALICE, _at(50), "k2"),
        left(DORA, TEN),
        ended(TEN),
    ]
    random.Random(7).shuffle(story)
    clinic.go_to(_at(2))
    for body in story:
        clinic.clock.advance(minutes=9)
        clinic.receive(body)
        clinic.work()
    clinic.go_to(TEN + timedelta(hours=3))
    stands = clinic.verdict()
    assert stands["final"] is True
    judged_at = clinic.history()[0].judged_at
    again = Docket(rejoin).look("A1", judged_at)
    assert [as_result(a, again.actions) for a in again.assessments if a.participant_id == "C-ALICE"] == [stands]
    revisions = len(clinic.history())
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "A1", clinic.clock.now())
    assert clinic.work() == 1
    assert len(clinic.history()) == revisions, "judging again what did not change writes nothing"


def test_what_arrived_while_it_was_judged_is_judged_too(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(0))
    clinic.receive(joined(DORA, _at(0)))
    clinic.read()
    clinic.clock.set(_at(16))
    with rejoin.db.begin() as tx:
        [claim] = work.claim_due(tx, (WorkKind.JUDGE,), clinic.clock.now(), clinic.clock.now())
    clinic.receive(joined(ALICE, _at(15)))
    clinic.read()  # the reader asks for it again while it is claimed
    clinic.judge.perform([claim])
    assert clinic.work() == 1
    assert clinic.verdict()["outcome"] != "missed"


def _late(clinic: Clinic) -> None:
    clinic.receive(joined(ALICE, _at(0)))
    clinic.receive(left(ALICE, TEN))


def _answer(clinic: Clinic) -> None:
    with clinic.rejoin.db.begin() as tx:
        evidence.record(tx, clinic.rejoin, "rejoin.presence_claimed", "A1", "C-ALICE", clinic.clock.now())


def _decision(clinic: Clinic) -> None:
    what = ("A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, "They were there, on my telephone.", "cora")
    with clinic.rejoin.db.begin() as tx:
        override.decide(tx, clinic.rejoin, *what, clinic.clock.now())


@pytest.mark.parametrize(("told", "outcome"), [(_late, "attended"), (_answer, "undetermined"), (_decision, "attended")])
def test_what_another_machine_took_in_by_a_clock_that_is_a_little_ahead_counts_once_its_time_has_come(
    rejoin, told, outcome
):
    clinic = Clinic(rejoin)
    _dora_holds_alone(clinic)
    clinic.go_to(_at(300))
    assert (clinic.verdict()["outcome"], clinic.verdict()["final"]) == ("missed", True)
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "A1", _at(300))
    clinic.clock.set(_at(300) + timedelta(milliseconds=200))
    told(clinic)
    clinic.clock.set(_at(300))
    clinic.work()
    clinic.go_to(_at(301))
    assert clinic.verdict()["outcome"] == outcome


def test_minutes_that_grow_are_no_new_verdicts(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(1))
    clinic.receive(joined(DORA, _at(0)))
    clinic.receive(joined(ALICE, _at(0)))
    for minute in range(2, 40):
        clinic.go_to(_at(minute))
        with rejoin.db.begin() as tx:
            rejoin.queue.request(tx, WorkKind.JUDGE, "A1", clinic.clock.now())
    clinic.work()
    assert clinic.verdict()["attended_minutes"] == 39.0
    assert len(clinic.history()) <= 3


def test_minutes_that_grow_beside_a_decision_of_staff_are_no_new_verdicts_either(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(1))
    clinic.receive(joined(DORA, _at(0)))
    clinic.go_to(_at(2))
    with rejoin.db.begin() as tx:
        decided = (Outcome.EXCUSED, Cause.ABSENCE, "She called.", "cora")
        override.decide(tx, rejoin, "A1", "C-ALICE", *decided, clinic.clock.now())
    for minute in range(2, 40):
        clinic.go_to(_at(minute))
        with rejoin.db.begin() as tx:
            rejoin.queue.request(tx, WorkKind.JUDGE, "A1", clinic.clock.now())
    clinic.work()
    assert clinic.verdict()["held_minutes"] == 39.0
    assert [row.trigger for row in clinic.history()][-2:] == ["staff", "delivery"]
    assert [row.trigger for row in clinic.history()].count("deadline") <= 2, "the nudge, and that she is missing"


def test_history_says_when_a_verdict_came_and_not_when_its_minutes_grew_last(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(1))
    clinic.receive(joined(DORA, _at(0)))
    clinic.receive(joined(ALICE, _at(0)))
    clinic.go_to(_at(40))
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "A1", clinic.clock.now())
    clinic.go_to(_at(41))
    [standing] = clinic.history()
    assert standing.judged_at == _at(40), "its minutes grew"
    with rejoin.db.read() as tx:
        told = changes(board.verdict_history(tx, "A1"))
    assert [one.at for one in told if one.participant_id == "C-ALICE"] == [_at(5)], "at the first deadline"


def test_history_says_what_decided_a_verdict_where_that_is_not_what_decided_the_one_before(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(6))
    clinic.receive(joined(DORA, _at(6)))
    clinic.go_to(_at(7))
    clinic.receive(joined(ALICE, _at(8)))
    clinic.receive(left(ALICE, _at(60)))
    clinic.receive(left(DORA, _at(60)))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN)
    clinic.go_to(TEN + timedelta(hours=2))
    with rejoin.db.read() as tx:
        told = [one for one in changes(board.verdict_history(tx, "A1")) if one.participant_id == "C-ALICE"]
    undecided = "Cannot be decided from what was seen (provisional)"
    assert [(one.after, one.reason) for one in reversed(told)] == [
        (undecided, "Nothing at all was heard of this meeting around its time."),
        (undecided, "It is too early to say, or they are just arriving."),
        (
            "Attended the session (provisional)",
            "They were present for 96% of the time that a clinician held the session.",
        ),
        ("Attended the session", ""),
    ]


@pytest.mark.parametrize(("days", "checked_in"), [(1, False), (84, False), (85, True)])
def test_check_in_at_the_first_no_show_in_twelve_weeks_and_not_at_the_second(rejoin, days, checked_in):
    later = timedelta(days=days)
    second = appointment("A2", starts_at=NINE + later, ends_at=TEN + later, meeting_id="81000000002")
    clinic = Clinic(rejoin, appointment(), second)
    _dora_holds_alone(clinic)
    clinic.go_to(second.starts_at)
    clinic.receive(joined(DORA, second.starts_at, "d2", meeting="81000000002", instance="u2=="))
    clinic.go_to(second.ends_at)
    clinic.receive(left(DORA, second.ends_at, "d2", meeting="81000000002", instance="u2=="))
    clinic.go_to(second.ends_at + timedelta(hours=2))
    assert clinic.verdict(number="A2")["outcome"] == "missed"
    assert "checkin" in clinic.actions("A1")
    assert ("checkin" in clinic.actions("A2")) is checked_in


@pytest.mark.both
def test_family_session_of_another_that_a_client_missed_is_no_no_show_of_theirs(rejoin):
    """Alice did not come to Finn's session, to which she was asked as family: the first of her own is her first."""
    day, finn = timedelta(days=1), Participant("C-FINN", Role.CLIENT, "Finn Fox", "finn@example.org")
    asked = Participant("C-ALICE", Role.FAMILY, "Alice Appleyard", "alice@example.org")
    of_finn = appointment("F1", kind=Kind.FAMILY, participants=(finn, asked, DORA))
    clinic = Clinic(rejoin, of_finn, appointment("A2", starts_at=NINE + day, ends_at=TEN + day))
    for later, run in ((timedelta(), "u1=="), (day, "u2==")):
        clinic.go_to(TEN + later)
        clinic.receive(joined(DORA, NINE + later, run, instance=run))
        clinic.receive(left(DORA, TEN + later, run, instance=run))
        clinic.receive(ended(TEN + later, instance=run))
    clinic.go_to(TEN + 2 * day)
    for number in ("F1", "A2"):
        assert (clinic.verdict(number=number)["outcome"], clinic.verdict(number=number)["cause"]) == (
            "missed",
            "absence",
        )
    assert "checkin" in clinic.actions("A2", ALICE)


def test_cancelled_in_the_roster_is_judged_at_once(rejoin):
    clinic = Clinic(rejoin)
    clinic.put(appointment(status=Status.CANCELLED))
    clinic.work()
    assert clinic.verdict()["outcome"] == "cancelled"


def test_appointment_that_has_not_begun_has_no_verdict(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(_at(-10))
    clinic.receive(joined(ALICE, _at(-10)))
    clinic.work()
    assert clinic.verdict() is None
    assert clinic.actions() == {}


def test_moved_appointment_is_judged_at_its_new_time(rejoin):
    clinic = Clinic(rejoin)
    moved = appointment(starts_at=NINE + timedelta(hours=5), ends_at=TEN + timedelta(hours=5))
    clinic.put(moved)
    clinic.go_to(_at(30))
    assert clinic.verdict() is None
    with rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.JUDGE, "A1") == moved.starts_at + timedelta(minutes=5)


@pytest.mark.both
def test_person_who_is_taken_off_the_roster_keeps_a_history_and_no_verdict(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(_at(0))
    clinic.receive(joined(DORA, _at(0)))
    clinic.go_to(_at(16))
    assert clinic.verdict()["outcome"] == "missed"
    clinic.put(appointment(participants=(DORA,)))
    clinic.work()
    assert clinic.verdict() is None
    assert len(clinic.history()) > 0
    assert clinic.actions()["reschedule"] == "withdrawn"


def test_group_that_is_cut_off_together_is_one_incident(rejoin):
    clients = tuple(
        Participant(f"C-{n}", Role.CLIENT, f"Guest Number{n}", registrant_id=f"reg-{n}") for n in range(1, 5)
    )
    clinic = Clinic(rejoin, appointment(kind=Kind.GROUP, participants=(*clients, DORA)))
    clinic.go_to(_at(1))
    for person in (*clients, DORA):
        clinic.receive(joined(person, _at(0)))
    clinic.go_to(_at(11))
    for n, person in enumerate(clients):
        clinic.receive(left(person, _at(10) + timedelta(seconds=10 * n), reason="network connection error"))
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + timedelta(hours=2))
    with rejoin.db.read() as tx:
        tickets = [row for row in action.of_appointment(tx, "A1") if row.kind == "ticket" and row.state == "queued"]
    assert [(row.incident, row.participants) for row in tickets] == [(True, ["C-1", "C-2", "C-3", "C-4"])]


def test_reports_of_an_appointment_that_is_gone_from_the_roster_are_forgotten(rejoin):
    clinic = Clinic(rejoin)
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "GONE", clinic.clock.now())
    assert clinic.work() == 1
    with rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.JUDGE, "GONE") is None
