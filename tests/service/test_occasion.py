"""The history of each verdict says who or what changed it: what is somebody's own is not said of another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from config.policy import load_policy
from plugin.core.appointment import Kind, Participant, Role, Status
from plugin.core.assessment import Cause, Outcome
from plugin.core.feed import BlindCause, BlindInterval
from plugin.ports.queue import WorkKind
from plugin.service import evidence, override
from plugin.service.watching import judge_again
from plugin.storage import blindness, work
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

TEN = NINE + timedelta(hours=1)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
CARA = Participant("C-CARA", Role.CLIENT, "Cara Cobb", "cara@example.org", registrant_id="reg-cara")
BOB = Participant("C-BOB", Role.CLIENT, "Bob Bellweather", "bob@example.org", registrant_id="reg-bob")


def missed(clinic: Clinic, begin=NINE, **where) -> None:
    """Dora held the hour, nobody else came, and it is final."""
    clinic.go_to(begin)
    clinic.receive(joined(DORA, begin, f"d-{begin}", **where))
    clinic.go_to(begin + HOUR)
    clinic.receive(left(DORA, begin + HOUR, f"d-{begin}", **where))
    clinic.receive(ended(begin + HOUR, **where))
    clinic.go_to(begin + 3 * HOUR)


def group(rejoin) -> Clinic:
    """Alice and Bob both missed their group."""
    clinic = Clinic(rejoin, appointment(kind=Kind.GROUP, participants=(ALICE, BOB, DORA)))
    missed(clinic)
    return clinic


def newest(clinic: Clinic, person: Participant, number: str = "A1") -> tuple[str, dict]:
    row = clinic.history(person, number)[0]
    return row.trigger, row.source


def test_what_staff_decided_about_one_is_not_said_of_another_whose_delivery_came_beside_it(rejoin):
    clinic = group(rejoin)
    with rejoin.db.begin() as tx:
        reason = "Seen on camera."
        override.decide(tx, rejoin, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, reason, "cora", clinic.clock.now())
    clinic.clock.advance(seconds=1)
    clinic.receive(joined(BOB, NINE))
    clinic.receive(left(BOB, TEN))
    clinic.work()
    assert newest(clinic, ALICE) == ("staff", {"login": "cora", "undone": False})
    trigger, source = newest(clinic, BOB)
    assert (trigger, source["late_minutes"] > 100) == ("delivery", True)


def test_what_staff_decided_about_one_is_not_said_of_another_who_became_final_in_the_same_look(rejoin):
    clinic = Clinic(rejoin, appointment(kind=Kind.GROUP, participants=(ALICE, BOB, DORA)))
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + HOUR)
    with rejoin.db.begin() as tx:
        reason = "Seen on camera."
        override.decide(tx, rejoin, "A1", "C-ALICE", Outcome.ATTENDED, Cause.NONE, reason, "cora", clinic.clock.now())
    clinic.clock.advance(hours=1)  # nobody worked meanwhile
    clinic.work()
    assert newest(clinic, ALICE) == ("staff", {"login": "cora", "undone": False})
    assert clinic.verdict(BOB)["final"]
    assert newest(clinic, BOB) == ("deadline", {})


def test_what_one_answered_is_not_said_of_another(rejoin):
    clinic = group(rejoin)
    clinic.clock.advance(minutes=1)
    for name, who in (("rejoin.presence_claimed", "C-ALICE"), ("rejoin.trouble_reported", "C-BOB")):
        with rejoin.db.begin() as tx:
            evidence.record(tx, rejoin, name, "A1", who, clinic.clock.now())
    clinic.work()
    assert newest(clinic, ALICE) == ("answer", {"events": ["rejoin.presence_claimed"]})
    assert newest(clinic, BOB) == ("answer", {"events": ["rejoin.trouble_reported"]})


def before_anybody_is_called_missing(rejoin) -> Clinic:
    """Dora opened the group of Alice and Bob a quarter of an hour ago, and nobody looked since a minute."""
    elsewhere = appointment("A2", meeting_id="82000000002", participants=(CARA, DORA))
    clinic = Clinic(rejoin, appointment(kind=Kind.GROUP, participants=(ALICE, BOB, DORA)), elsewhere)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(NINE + 14 * MINUTE)
    clinic.clock.advance(seconds=50)
    return clinic


@pytest.mark.parametrize("how", ["they answer", "they come into another meeting"])
def test_what_one_did_is_not_said_of_another_who_is_late_by_then(rejoin, how):
    clinic = before_anybody_is_called_missing(rejoin)
    if how == "they answer":
        with rejoin.db.begin() as tx:
            evidence.record(tx, rejoin, "rejoin.join_clicked", "A1", "C-ALICE", clinic.clock.now())
    else:
        at = clinic.clock.now() - 5 * MINUTE
        clinic.receive(joined(ALICE, at, "w", meeting="82000000002", instance="u2=="))
    clinic.clock.advance(seconds=20)  # nobody worked meanwhile
    clinic.work()
    assert clinic.verdict(BOB)["outcome"] == "missed"
    assert newest(clinic, BOB) == ("deadline", {})
    assert newest(clinic, ALICE)[0] == ("answer" if how == "they answer" else "delivery")


def test_arrival_in_another_meeting_is_a_delivery_of_this_session_too(rejoin):
    clinic = Clinic(rejoin)
    missed(clinic)
    clinic.clock.advance(minutes=1)
    clinic.receive(joined(ALICE, NINE + MINUTE, "w", meeting="82000000002", instance="u2=="))
    clinic.work()
    trigger, source = newest(clinic, ALICE)
    assert (trigger, source["events"]) == ("delivery", ["meeting.participant_joined"])


def test_what_was_received_just_before_a_deadline_and_read_after_it_is_no_deadline(rejoin):
    clinic = Clinic(rejoin)
    clinic.receive(joined(DORA, NINE))
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + 89 * MINUTE)
    clinic.clock.set(TEN + 90 * MINUTE)
    clinic.receive(joined(ALICE, NINE))
    clinic.receive(left(ALICE, TEN))
    now = clinic.clock.now()
    with rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.JUDGE,), now, now)
    clinic.judge.perform(claims)
    assert newest(clinic, ALICE) == ("deadline", {})
    clinic.clock.advance(seconds=1)
    clinic.work()
    assert clinic.verdict()["outcome"] == "attended"
    trigger, source = newest(clinic, ALICE)
    assert (trigger, source["events"]) == ("delivery", ["meeting.participant_joined", "meeting.participant_left"])


def test_deadline_that_passes_after_all_was_read_is_told_as_one(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(NINE + 16 * MINUTE)
    assert [row.trigger for row in clinic.history(ALICE)] == ["deadline", "delivery"]


def test_delivery_that_changed_nothing_does_not_bring_about_what_time_brings_later(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + 30 * MINUTE)
    before = clinic.history(ALICE)
    clinic.receive(ended(TEN))
    clinic.work()
    assert [row.result for row in clinic.history(ALICE)] == [row.result for row in before], "it changed nothing"
    clinic.go_to(TEN + 3 * HOUR)
    assert clinic.verdict()["final"]
    assert newest(clinic, ALICE) == ("deadline", {})


def test_change_of_the_roster_is_told_as_what_it_is(rejoin):
    clinic = Clinic(rejoin)
    missed(clinic)
    clinic.clock.advance(minutes=1)
    clinic.put(appointment(participants=(BOB, DORA)))
    clinic.clock.advance(seconds=1)
    clinic.work()
    assert newest(clinic, BOB) == ("roster", {})
    clinic.clock.advance(minutes=1)
    clinic.put(appointment(participants=(BOB, DORA), status=Status.CANCELLED))
    clinic.clock.advance(seconds=1)
    clinic.work()
    assert clinic.verdict(BOB)["outcome"] == "cancelled"
    assert newest(clinic, BOB) == ("roster", {})


def test_change_of_the_roster_that_changed_nothing_does_not_bring_about_what_time_brings_later(rejoin):
    clinic = Clinic(rejoin)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.go_to(TEN)
    clinic.receive(ended(TEN))
    clinic.go_to(TEN + 30 * MINUTE)
    clinic.put(appointment(title="Another title"))
    clinic.clock.advance(seconds=1)
    clinic.work()
    clinic.go_to(TEN + 3 * HOUR)
    assert clinic.verdict()["final"]
    assert newest(clinic, ALICE) == ("deadline", {})


def test_blind_time_that_becomes_known_afterwards_is_said(rejoin):
    clinic = Clinic(rejoin)
    missed(clinic)
    clinic.clock.advance(minutes=1)
    with rejoin.db.begin() as tx:
        gap = BlindInterval(BlindCause.SIGNATURE, NINE + MINUTE, TEN, "told")
        number = blindness.open_interval(tx, gap, clinic.clock.now())
        judge_again(tx, rejoin, blindness.load(tx, number), clinic.clock.now())
    clinic.work()
    assert clinic.verdict()["outcome"] == "undetermined"
    assert newest(clinic, ALICE) == ("feed", {})


def missed_twice(rejoin) -> Clinic:
    """Alice missed two sessions, a day apart."""
    later = NINE + timedelta(days=1)
    there = {"meeting": "81000000002", "instance": "u2=="}
    second = appointment("A2", starts_at=later, ends_at=later + HOUR, meeting_id="81000000002")
    clinic = Clinic(rejoin, appointment(), second)
    missed(clinic)
    missed(clinic, later, **there)
    return clinic


def test_first_no_show_that_was_none_makes_the_next_one_the_first_with_its_check_in(rejoin):
    clinic = missed_twice(rejoin)
    assert "checkin" not in clinic.actions("A2")
    clinic.receive(joined(ALICE, NINE))
    clinic.receive(left(ALICE, TEN))
    clinic.work()
    assert clinic.actions("A1")["checkin"] == "withdrawn"
    assert clinic.actions("A2")["checkin"] == "queued"
    assert newest(clinic, ALICE, "A2") == ("ladder", {})


def test_whoever_judges_asks_for_no_other_session_while_they_hold_the_row_of_this_one(rejoin):
    """Who asks for several at once may hold the others and wait for it: on PostgreSQL that is a deadlock."""
    clinic = missed_twice(rejoin)
    clinic.receive(joined(ALICE, NINE))
    clinic.receive(left(ALICE, TEN))
    clinic.read()
    now = clinic.clock.now()
    with rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.JUDGE,), now, now)
    clinic.judge.perform(claims)
    with rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.JUDGE, "A2") is None
        assert work.due_at(tx, WorkKind.WATCH, "ladder/A1") == now
    clinic.work()
    assert clinic.actions("A2")["checkin"] == "queued"


def test_no_show_that_becomes_one_only_later_takes_the_first_place_in_the_row(rejoin):
    later = NINE + timedelta(days=1)
    there = {"meeting": "81000000002", "instance": "u2=="}
    second = appointment("A2", starts_at=later, ends_at=later + HOUR, meeting_id="81000000002")
    clinic = Clinic(rejoin, appointment(), second)
    clinic.go_to(later)
    missed(clinic, later, **there)
    assert clinic.actions("A2")["checkin"] == "queued"
    with rejoin.db.begin() as tx:
        why, now = "Told us on the phone.", clinic.clock.now()
        override.decide(tx, rejoin, "A1", "C-ALICE", Outcome.MISSED, Cause.ABSENCE, why, "cora", now)
    clinic.clock.advance(seconds=1)
    clinic.work()
    clinic.work()
    assert clinic.actions("A1")["checkin"] == "queued"
    assert clinic.actions("A2")["checkin"] == "withdrawn"


def test_another_policy_is_told_as_what_it_is(rejoin, tmp_path):
    """And not as a change of the roster beside it, of which there was one."""
    later = tmp_path / "later.toml"
    later.write_text(load_policy().text.replace("min_held_fraction = 0.25", "min_held_fraction = 1.0"))
    clinic = Clinic(rejoin)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE + MINUTE))
    clinic.go_to(TEN)
    clinic.receive(left(DORA, TEN))
    clinic.receive(ended(TEN))
    clinic.go_to(NINE + 3 * HOUR)
    assert clinic.verdict()["outcome"] == "missed"
    clinic.clock.advance(minutes=1)
    other = Clinic(replace(rejoin, policy=load_policy(later)), appointment("A2", meeting_id="81000000002"))
    with rejoin.db.begin() as tx:
        rejoin.queue.request(tx, WorkKind.JUDGE, "A1", clinic.clock.now())
    other.clock.advance(seconds=1)
    other.work()
    assert other.verdict()["outcome"] == "not-held"
    assert newest(other, ALICE) == ("policy", {})
