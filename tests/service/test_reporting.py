"""Asking Zoom who was there: when, how often, and what becomes of the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from plugin.ports.outcome import Permanent, Temporary
from plugin.ports.queue import WorkKind
from plugin.ports.report import MeetingRun, Participation
from plugin.service.reporting import Reporter
from plugin.storage import work
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

TEN = NINE + timedelta(hours=1)


class Zoom:
    """The remote end: answers or refusals, one after the other; the last one stays."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked: list[tuple[str, datetime, datetime]] = []

    def runs(self, meeting_id: str, from_at: datetime, to_at: datetime) -> tuple[MeetingRun, ...]:
        self.asked.append((meeting_id, from_at, to_at))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check(self) -> None:
        raise AssertionError("nobody asks")


def run(*people: tuple[str, datetime, datetime]) -> MeetingRun:
    known = {"c-alice": ALICE.registrant_id}
    rows = tuple([Participation(a, b, who, registrant_id=known.get(who, "")) for who, a, b in people])
    return MeetingRun("81000000001", "u1==", NINE, TEN, rows)


@pytest.fixture
def day(rejoin):
    """A morning on which Dora was seen and Alice was not; Zoom is asked with `zoom`."""

    def begin(*answers) -> tuple[Clinic, Zoom]:
        zoom = Zoom(*answers)
        clinic = Clinic(replace(rejoin, reports=zoom))
        clinic.go_to(NINE)
        clinic.receive(joined(DORA, NINE, "c-dora"))
        clinic.go_to(TEN - timedelta(seconds=1))
        return clinic, zoom

    return begin


def ask(clinic: Clinic) -> int:
    """Do what is due of this kind now."""
    now = clinic.clock.now()
    with clinic.rejoin.db.begin() as tx:
        claims = work.claim_due(tx, (WorkKind.REPORT,), now, now)
    for claim in claims:
        Reporter(clinic.rejoin).perform(claim)
    return len(claims)


def _ends(clinic: Clinic, *people) -> None:
    """These people are heard to leave, and the meeting to end."""
    clinic.clock.set(TEN)
    for person in people:
        clinic.receive(left(person, TEN, f"c-{person.name.split()[0].lower()}"))
    clinic.receive(ended(TEN))


def due(clinic: Clinic) -> datetime | None:
    with clinic.rejoin.db.read() as tx:
        return work.due_at(tx, WorkKind.REPORT, "A1")


def test_report_is_asked_for_ten_minutes_after_a_session_that_somebody_missed(day):
    clinic, zoom = day((run(("c-dora", NINE, TEN)),))
    assert due(clinic) is None, "the session goes on"
    clinic.go_to(TEN)
    assert due(clinic) == TEN + timedelta(minutes=10)
    clinic.go_to(TEN + timedelta(minutes=10))
    clinic.clock.advance(seconds=1)
    assert ask(clinic) == 1
    assert zoom.asked == [("81000000001", NINE - timedelta(hours=1), TEN)]
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["final"]) == ("missed", True)
    assert clinic.history()[0].trigger == "report"
    assert due(clinic) is None


def test_report_shows_that_they_were_there_all_the_time(day):
    clinic, _ = day((run(("c-dora", NINE, TEN), ("c-alice", NINE, TEN)),))
    clinic.go_to(TEN + timedelta(minutes=10))
    assert clinic.verdict()["outcome"] == "missed"
    ask(clinic)
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["final"]) == ("attended", True)
    assert clinic.actions()["reschedule"] == "withdrawn"


def test_nobody_asks_when_everybody_was_there(day):
    clinic, zoom = day(())
    clinic.receive(joined(ALICE, NINE, "c-alice"))
    _ends(clinic, ALICE, DORA)
    clinic.go_to(TEN + timedelta(hours=2))
    assert ask(clinic) == 0
    assert zoom.asked == []


def test_report_that_is_not_ready_is_asked_for_again_and_at_last_given_up(day):
    clinic, zoom = day(Temporary("not yet"))
    clinic.go_to(TEN)
    limits = clinic.rejoin.policy.report
    at = TEN + limits.after
    for _ in range(limits.tries):
        clinic.clock.set(at)
        assert ask(clinic) == 1
        at += limits.retry
    assert len(zoom.asked) == limits.tries
    assert due(clinic) is None
    assert clinic.verdict()["outcome"] == "missed"
    with clinic.rejoin.db.read() as tx:
        assert work.dead(tx) == [], "a report that Zoom does not have is nobody's fault"


def test_report_is_asked_for_though_something_arrived_just_before_the_end(day):
    clinic, _ = day((run(("c-dora", NINE, TEN)),))
    clinic.receive(joined(DORA, NINE, "c-dora"))
    clinic.go_to(TEN)
    assert due(clinic) == TEN + timedelta(minutes=10)


@pytest.mark.both
def test_report_is_asked_for_of_a_session_that_comes_into_the_roster_only_when_it_is_over(rejoin):
    elsewhere = appointment("B1", meeting_id="82000000002", starts_at=TEN, ends_at=TEN + timedelta(hours=1))
    clinic = Clinic(replace(rejoin, reports=Zoom(())), elsewhere)
    clinic.clock.set(NINE)
    clinic.receive(joined(DORA, NINE, "c-dora"))
    clinic.go_to(TEN + timedelta(hours=4))
    clinic.put(appointment())
    clinic.clock.advance(seconds=1)
    clinic.work()
    assert clinic.verdict()["outcome"] != "attended"
    assert due(clinic) == clinic.clock.now()


def test_delivery_that_changes_nothing_has_nobody_ask_once_more(day):
    clinic, zoom = day(Permanent("no scope"))
    clinic.go_to(TEN + timedelta(minutes=10))
    ask(clinic)
    clinic.clock.advance(minutes=5)
    clinic.receive(joined(DORA, NINE, "c-dora"))
    clinic.work()
    assert due(clinic) is None
    assert len(zoom.asked) == 1


def test_longer_pause_that_zoom_asks_for_is_kept(day):
    clinic, _ = day(Temporary("busy", timedelta(hours=1)))
    clinic.go_to(TEN + timedelta(minutes=10))
    ask(clinic)
    assert due(clinic) == TEN + timedelta(minutes=70)


def test_refusal_is_not_repeated(day):
    clinic, zoom = day(Permanent("no scope"))
    clinic.go_to(TEN + timedelta(minutes=10))
    ask(clinic)
    assert len(zoom.asked) == 1
    assert due(clinic) is None


def test_same_report_twice_is_stored_once(day):
    clinic, _ = day((run(("c-dora", NINE, TEN)),))
    clinic.go_to(TEN + timedelta(minutes=10))
    ask(clinic)
    stored = len(clinic.rows())
    with clinic.rejoin.db.begin() as tx:
        clinic.rejoin.queue.request(tx, WorkKind.REPORT, "A1", clinic.clock.now())
    ask(clinic)
    assert len(clinic.rows()) == stored


def test_nobody_asks_where_the_policy_says_so(day, rejoin):
    quiet = replace(rejoin.policy, report=replace(rejoin.policy.report, ask=False))
    zoom = Zoom(())
    clinic = Clinic(replace(rejoin, reports=zoom, policy=quiet), appointment())
    clinic.go_to(TEN + timedelta(hours=2))
    assert ask(clinic) == 0
    assert zoom.asked == []


def test_leave_that_zoom_reports_but_did_not_deliver_is_seen(day):
    clinic, _ = day((run(("c-dora", NINE, TEN), ("c-alice", NINE, NINE + timedelta(minutes=20))),))
    clinic.receive(joined(ALICE, NINE, "c-alice"))
    _ends(clinic, DORA)
    clinic.go_to(TEN + timedelta(minutes=90))
    assert (clinic.verdict()["outcome"], clinic.verdict()["flags"]) == ("attended", ["inferred-end"])
    assert ask(clinic) == 1
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["attended_minutes"]) == ("partial", 20)
