"""A change of the roster is looked at in every verdict that rests on it, also in those of the sessions beside."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from plugin.core.appointment import Appointment, Kind, Participant, Role, Status
from plugin.core.result import as_result
from plugin.ports.queue import WorkKind
from plugin.ports.report import MeetingRun, Participation
from plugin.service import reporting
from plugin.service.docket import Docket
from plugin.service.roster import put_roster
from plugin.storage import work
from tests import work_done
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

TEN = NINE + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
NOON = NINE + timedelta(hours=3)
BOB = Participant("C-BOB", Role.CLIENT, "Bob Bellweather", registrant_id="reg-bob")
ELLA = Participant("S-ELLA", Role.CLINICIAN, "Ella Eastwood", customer_key="S-ELLA")
MINE = appointment(kind=Kind.GROUP)
BESIDE = appointment("A2", kind=Kind.GROUP, participants=(BOB, DORA))
"""In the same room at the same time."""
ELSEWHERE = appointment("A3", participants=(ELLA, BOB), meeting_id="82000000002", host_id="zoom-ella")


def changed(one: Appointment, **changes) -> Appointment:

    return msgspec.structs.replace(one, **changes)


def one_room(rejoin, *roster) -> Clinic:
    """Dora and Bob were in one room all the time, Alice was not, and it is final."""
    clinic = Clinic(rejoin, *roster)
    clinic.go_to(NINE)
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(BOB, NINE))
    clinic.go_to(TEN)
    for body in (left(DORA, TEN), left(BOB, TEN), ended(TEN)):
        clinic.receive(body)
    clinic.go_to(NOON)
    return clinic


def import_(clinic: Clinic, *roster) -> None:
    clinic.clock.advance(minutes=1)
    list(put_roster(clinic.rejoin, roster))
    clinic.clock.advance(seconds=1)
    clinic.work()


def recomputed(clinic: Clinic, number: str) -> bool:
    """Whether the verdicts that stand are what the rows say."""
    found = Docket(clinic.rejoin).look(number, clinic.clock.now())
    return all(clinic.verdict(one, number) == as_result(one, found.actions) for one in found.assessments)


def test_nobody_stays_absent_beside_a_guest_whom_the_roster_knows_no_more(rejoin):
    clinic = one_room(rejoin, MINE, BESIDE)
    assert clinic.verdict()["outcome"] == "missed", "Bob is known, and expected beside her"
    import_(clinic, changed(BESIDE, participants=(DORA,)))
    assert clinic.verdict()["outcome"] == "undetermined"
    assert clinic.verdict()["flags"] == ["unidentified-guest"]
    assert clinic.actions()["checkin"] == "withdrawn"
    assert (clinic.history()[0].trigger, clinic.history()[0].source) == ("roster", {"beside": True})
    assert recomputed(clinic, "A1")


@pytest.mark.parametrize("change", [{"status": Status.CANCELLED}, {"meeting_id": "83000000003"}], ids=str)
def test_who_is_known_beside_her_is_so_when_theirs_is_called_off_or_is_elsewhere(rejoin, change):
    """The roster tells who it was all the same."""
    clinic = one_room(rejoin, MINE, BESIDE)
    import_(clinic, changed(BESIDE, **change))
    assert (clinic.verdict()["outcome"], clinic.verdict()["flags"]) == ("missed", [])
    assert recomputed(clinic, "A1")


def test_guest_whose_session_comes_into_the_roster_late_is_a_guest_no_more(rejoin):
    clinic = one_room(rejoin, MINE)
    assert clinic.verdict()["flags"] == ["unidentified-guest"]
    import_(clinic, BESIDE)
    assert clinic.verdict(BOB, "A2")["outcome"] == "attended"
    assert clinic.verdict()["outcome"] == "missed"


def test_who_is_put_into_another_session_of_that_time_afterwards_is_looked_at_in_the_first_again(rejoin):
    clinic = Clinic(rejoin, MINE, ELSEWHERE)
    clinic.go_to(NINE)
    there = {"meeting": "82000000002", "instance": "u2=="}
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(ELLA, NINE, **there))
    clinic.receive(joined(ALICE, NINE + 3 * MINUTE, **there))
    clinic.receive(left(ALICE, NINE + 12 * MINUTE, **there))
    clinic.go_to(TEN)
    for body in (left(DORA, TEN), ended(TEN), left(ELLA, TEN, **there), ended(TEN, **there)):
        clinic.receive(body)
    clinic.go_to(NOON)
    assert clinic.verdict()["flags"] == ["wrong-meeting"]
    import_(clinic, changed(ELSEWHERE, participants=(ELLA, BOB, ALICE)))
    assert clinic.verdict()["outcome"] == "undetermined", "she was where she had another session"


def test_who_was_seen_in_a_room_of_another_session_is_looked_for_again_when_that_one_changes(rejoin):
    """Two people have one name: as long as one of them is expected there, the other was not in the wrong room."""
    twin = Participant("C-TWIN", Role.CLIENT, ALICE.name)
    clinic = Clinic(rejoin, appointment(participants=(Participant("C-ALICE", Role.CLIENT, ALICE.name), DORA)))
    clinic.put(changed(ELSEWHERE, participants=(ELLA, twin)))
    clinic.go_to(NINE)
    there = {"meeting": "82000000002", "instance": "u2=="}
    guest = Participant("", Role.CLIENT, ALICE.name)
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(ELLA, NINE, "e", **there))
    clinic.receive(joined(guest, NINE, "g", **there))
    clinic.go_to(TEN)
    for body in (left(DORA, TEN), ended(TEN), left(ELLA, TEN, "e", **there), left(guest, TEN, "g", **there)):
        clinic.receive(body)
    clinic.receive(ended(TEN, **there))
    clinic.go_to(NOON)
    before = clinic.verdict()
    import_(clinic, changed(ELSEWHERE, participants=(ELLA, BOB)))
    assert clinic.verdict() != before
    assert recomputed(clinic, "A1")


def test_roster_of_tomorrow_has_nobody_judged_today(rejoin):
    clinic = one_room(rejoin, MINE)
    tomorrow = {"starts_at": NINE + timedelta(days=1), "ends_at": TEN + timedelta(days=1)}
    clinic.clock.advance(minutes=1)
    list(put_roster(clinic.rejoin, [changed(BESIDE, **tomorrow)]))
    with rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.JUDGE, "A1") is None


def test_import_of_a_day_is_as_much_work_for_each_session_however_many_there_are(rejoin_on_sqlite):
    """What came in about the same hour is looked through once, and not once for each session of it."""
    rejoin, each = rejoin_on_sqlite, []
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + MINUTE)
    for begin, count in ((100, 10), (200, 40)):
        numbers = range(begin, begin + count)
        for n in numbers:
            clinic.receive(joined(DORA, NINE, f"d-{n}", meeting=f"8{n:010}", instance=f"u{n}=="))
        clinic.read()
        roster = [appointment(f"N{n}", meeting_id=f"8{n:010}") for n in numbers]
        _, lines = work_done.lines_run(lambda roster=roster: list(put_roster(rejoin, roster)))
        each.append(lines / count)
    assert each[1] < 1.25 * each[0]


def test_what_zoom_reported_of_the_meeting_that_it_was_in_before_tells_nothing_of_it_any_more(rejoin):
    clinic = Clinic(rejoin, appointment())
    clinic.go_to(TEN)
    people = (
        Participation(NINE, TEN, "1", name=DORA.name, email=DORA.email),
        Participation(NINE, TEN, "2", registrant_id=ALICE.registrant_id),
    )
    with rejoin.db.begin() as tx:
        reporting.store(tx, (MeetingRun("81000000001", "u1==", NINE, TEN, people),), clinic.clock.now())
    clinic.work()
    assert clinic.verdict()["outcome"] == "attended"
    import_(clinic, appointment(meeting_id="82000000002"))
    assert clinic.verdict()["outcome"] == "undetermined"
    assert clinic.verdict()["attended_minutes"] == 0


@pytest.mark.both
@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"participants": (BOB, DORA)}, id="she-was-not-in-it"),
        pytest.param({"starts_at": NINE + timedelta(days=9), "ends_at": TEN + timedelta(days=9)}, id="it-was-moved"),
        pytest.param({"status": Status.CANCELLED}, id="it-was-cancelled"),
    ],
)
def test_no_show_after_one_that_the_roster_takes_back_is_the_first_and_has_its_check_in(rejoin, changes):
    week = timedelta(days=5)
    first = changed(MINE, participants=(ALICE, BOB, DORA))
    clinic = Clinic(rejoin, first, appointment("A2", starts_at=NINE + week, ends_at=TEN + week))
    for later, run in ((timedelta(), "u1=="), (week, "u2==")):
        clinic.go_to(TEN + later)
        for body in (joined(DORA, NINE + later, run, instance=run), left(DORA, TEN + later, run, instance=run)):
            clinic.receive(body)
        clinic.receive(ended(TEN + later, instance=run))
    clinic.go_to(NOON + week)
    assert (clinic.actions("A1", ALICE)["checkin"], "checkin" in clinic.actions("A2")) == ("queued", False)
    import_(clinic, changed(first, **changes))
    assert (clinic.actions("A1", ALICE)["checkin"], clinic.actions("A2")["checkin"]) == ("withdrawn", "queued")
    assert clinic.history(number="A2")[0].trigger == "ladder"
    assert recomputed(clinic, "A2")
