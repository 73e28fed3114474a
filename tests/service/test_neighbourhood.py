"""What the rest of the account said: read once for many, and read again when something changed."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
import structlog
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from plugin.core.appointment import Participant, Role, Status
from plugin.core.assessment import Flag
from plugin.core.judgement import judge
from plugin.core.schedule import Expected
from plugin.core.surroundings import Surroundings
from plugin.service import evidence
from plugin.service.arrivals import Arrivals, Asked
from plugin.service.docket import Docket
from plugin.service.memory import Memory
from plugin.service.neighbourhood import Neighbourhood
from plugin.service.reading import read_inbox
from plugin.storage import appointment as appointments
from plugin.storage import blindness, delivery, sighting
from plugin.storage.sighting import Horizon
from tests.service.clinic import ALICE, DORA, NINE, Clinic, appointment, ended, joined, left

ELLA = Participant("S-ELLA", Role.CLINICIAN, "Ella Eastwood", customer_key="S-ELLA")
NOBODY = Participant("nobody", Role.CLIENT)
"""Of whom nothing is shown that says who they are."""
AROUND_NINE = (
    NINE - timedelta(minutes=30), NINE - timedelta(minutes=30), NINE + timedelta(hours=1), NINE + timedelta(hours=1)
)  # fmt: skip
"""Since when, from when, until when somebody is looked for elsewhere, and what is known by then."""


def _around(clinic: Clinic, neighbourhood: Neighbourhood, number: str = "A1", now=None):
    with clinic.rejoin.db.read() as tx:
        one = appointments.load(tx, number)
        return neighbourhood.around(tx, [one], clinic.rejoin.policy, now or clinic.clock.now())


def test_arrivals_of_the_same_hours_are_read_once(rejoin):
    clinic = Clinic(rejoin, appointment("A1"), appointment("A2", meeting_id="82"))
    clinic.clock.set(NINE + timedelta(minutes=5))
    clinic.receive(joined(DORA, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    asked = []
    event.listen(rejoin.db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    neighbourhood = Neighbourhood(Memory())
    _around(clinic, neighbourhood, "A1")
    first = len([statement for statement in asked if "body_sealed" in statement])
    _around(clinic, neighbourhood, "A2")
    assert first == 1
    assert len([statement for statement in asked if "body_sealed" in statement]) == first


def in_the_wrong_room(rejoin) -> Clinic:
    """Alice came into Ella's meeting instead of Dora's; nobody has judged yet."""
    clinic = Clinic(rejoin, appointment("A1"), appointment("A2", meeting_id="82", participants=(ELLA,)))
    clinic.clock.set(NINE + timedelta(minutes=20))
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(ALICE, NINE + timedelta(minutes=4), meeting="82", instance="u2=="))
    clinic.receive(joined(NOBODY, NINE + timedelta(minutes=5), "x", meeting="83", instance="u3=="))
    return clinic


def test_arrivals_that_could_not_be_read_once_are_read_by_the_next_look(rejoin):
    """The database went away in the middle: an hour that is half read must not count as one without arrivals."""
    clinic = in_the_wrong_room(rejoin)
    clinic.read()
    docket, fails, now = Docket(rejoin), iter([False, True]), clinic.clock.now()

    def away(*told) -> None:
        if "body_sealed" in told[2] and next(fails, False):
            raise OperationalError(told[2], None, Exception("the server closed the connection"))

    event.listen(rejoin.db.engine, "before_cursor_execute", away)
    try:
        with pytest.raises(OperationalError):
            docket.look("A1", now)
        [alice] = [one for one in docket.look("A1", now).assessments if one.participant_id == "C-ALICE"]
        assert alice.flags == (Flag.WRONG_MEETING,)
    finally:
        event.remove(rejoin.db.engine, "before_cursor_execute", away)


@pytest.mark.parametrize("spoilt", ["not sealed by us", "no event any more"])
def test_delivery_that_is_spoilt_stops_nobody_elsewhere_and_hides_nobody_else(rejoin, spoilt):
    clinic = in_the_wrong_room(rejoin)
    clinic.read()
    with rejoin.db.begin() as tx:
        body = tx.vault.seal(delivery.BODY, b"{}") if spoilt == "no event any more" else b"spoilt"
        rows = delivery.delivery
        tx.execute(rows.update().where(rows.c.meeting_id == "83").values(body_sealed=body))
    with structlog.testing.capture_logs() as said:
        clinic.work()
    assert clinic.verdict()["flags"] == ["wrong-meeting"]
    [number] = [row.id for row in clinic.rows() if row.meeting_id == "83"]
    assert {line["delivery"] for line in said if line["event"] == "delivery-spoilt"} == {number}


def test_people_of_a_session_in_the_room_of_one_that_was_called_off_are_no_guests_in_it(rejoin):
    bob = Participant("C-BOB", Role.CLIENT, "Bob Bellweather", registrant_id="reg-bob")
    called_off = appointment("A1", status=Status.CANCELLED)
    clinic = Clinic(rejoin, called_off, appointment("A2", participants=(bob, DORA)))
    clinic.go_to(NINE)
    clinic.receive(joined(bob, NINE))
    clinic.go_to(NINE + timedelta(minutes=20))
    verdict = clinic.verdict()
    assert (verdict["outcome"], verdict["flags"]) == ("cancelled", [])
    assert not [f for f in verdict["findings"] if f["rule"] == "unidentified-guest" and f["hit"]]


def test_what_is_read_since_is_in_it_at_once(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    neighbourhood = Neighbourhood(Memory())
    assert not _around(clinic, neighbourhood).heard_between(NINE, NINE + timedelta(hours=1))
    clinic.receive(joined(DORA, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    assert _around(clinic, neighbourhood).heard_between(NINE, NINE + timedelta(hours=1))


def test_what_a_process_of_an_older_version_read_beside_us_is_seen_once_the_hour_is_stale(rejoin, monkeypatch):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    neighbourhood = Neighbourhood(Memory())
    _around(clinic, neighbourhood)
    clinic.receive(joined(ALICE, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    with rejoin.db.begin() as tx:
        tx.execute(delivery.delivery.update().values(read_in=None))  # it does not know that column
    assert not _around(clinic, neighbourhood).sightings.of(ALICE, "81000000001", *AROUND_NINE)
    monkeypatch.setattr("plugin.service.arrivals.STALE_SECONDS", -1.0)
    assert _around(clinic, neighbourhood).sightings.of(ALICE, "81000000001", *AROUND_NINE)


@pytest.mark.parametrize("host_id", ["zoom-dora", ""])
def test_stranger_in_another_meeting_of_the_host_is_seen_whoever_tells_who_the_host_is(rejoin, host_id):
    clinic = Clinic(rejoin, appointment(host_id=host_id))
    clinic.clock.set(NINE + timedelta(minutes=5))
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(NOBODY, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    hour = (NINE, NINE + timedelta(hours=1))
    found = _around(clinic, Neighbourhood(Memory())).sightings.strangers(
        ["zoom-dora"], "81000000001", *hour, AROUND_NINE[-1]
    )
    assert [event.meeting_id for event in found] == ["83"]


def test_an_earlier_moment_does_not_see_what_came_later(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    clinic.receive(joined(DORA, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    neighbourhood = Neighbourhood(Memory())
    assert _around(clinic, neighbourhood).heard_between(NINE, NINE + timedelta(hours=1))
    before = _around(clinic, neighbourhood, now=NINE + timedelta(minutes=4, seconds=30))
    assert not before.heard_between(NINE, NINE + timedelta(hours=1))


def test_appointment_that_is_added_to_the_hour_is_in_it(rejoin):
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    clinic.receive(joined(ALICE, NINE + timedelta(minutes=4), meeting="83"))
    clinic.read()
    neighbourhood = Neighbourhood(Memory())
    assert _around(clinic, neighbourhood).sightings.of(ALICE, "81000000001", *AROUND_NINE), (
        "a room where nobody expects her"
    )
    clinic.put(appointment("A2", meeting_id="83", participants=(ALICE, DORA)))
    assert not _around(clinic, neighbourhood).sightings.of(ALICE, "81000000001", *AROUND_NINE)


def test_memory_keeps_no_more_than_it_may(rejoin):
    clinic = Clinic(rejoin)
    for minute in range(10):
        clinic.receive(joined(ALICE, NINE + timedelta(minutes=minute)))
    clinic.read()
    memory = Memory(size=4)
    with rejoin.db.read() as tx:
        rows = clinic.rows()
        assert [event.at for event in memory.events(tx, rows)] == [NINE + timedelta(minutes=m) for m in range(10)]
        assert len(memory._events) == 4
        assert [event.delivery for event in memory.events(tx, rows)] == [row.id for row in rows]


def _plainly(tx, rejoin, numbers, now) -> Surroundings:
    """The surroundings as they are understood most simply: everything that was read, nothing left out or remembered."""
    rows = tx.execute(select(*delivery.ROW).where(delivery.delivery.c.state == "read"))
    events = Memory().events(tx, [row for row in rows if row.received_at <= now])
    roster = [appointments.load(tx, number) for number in numbers]
    registrations = {
        (one.meeting_id, person.registrant_id, person.participant_id) for one in roster for person in one.participants
    }

    def registered(meeting_id: str, registrant_id: str) -> set[str]:
        there = {code for meeting, own, code in registrations if (meeting, own) == (meeting_id, registrant_id)}
        anywhere = {code for _, own, code in registrations if own == registrant_id}
        return there or (anywhere if len(anywhere) == 1 else set())

    return Surroundings(
        events,
        [
            Expected(a.meeting_id, a.starts_at, a.ends_at, {p.participant_id for p in a.participants}, a.appointment_id)
            for a in roster
        ],
        people=[person for one in roster for person in one.participants],
        blind=blindness.blind_between(tx, NINE - timedelta(days=1), NINE + timedelta(days=1), now),
        registered=registered,
        sessions=lambda meeting_id, _begin, _end: [one for one in roster if one.meeting_id == meeting_id],
        anywhere=lambda begin, end: [one for one in roster if one.starts_at <= end and one.ends_at >= begin],
    )


def _as_everything_plainly_says(clinic: Clinic, number: str, *roster: str) -> None:
    """Judged alone from the rows, and from all that was read and the whole roster: the same verdicts."""
    with clinic.rejoin.db.read() as tx:
        one, now = appointments.load(tx, number), clinic.clock.now()
        events = Memory().events(tx, delivery.of_appointment(tx, one, now))
        around = Neighbourhood(Memory()).around(tx, [one], clinic.rejoin.policy, now)
        plain = _plainly(tx, clinic.rejoin, [number, *roster], now)
        found = judge(one, events, around, clinic.rejoin.policy, now)
        assert found == judge(one, events, plain, clinic.rejoin.policy, now)


def test_session_that_ended_when_the_early_time_of_the_next_one_began_is_known(rejoin):
    """Who stays on after it is no stranger of the next one in the same meeting."""
    hour = timedelta(hours=1)
    clinic = Clinic(rejoin, appointment("A1"), appointment("A2", starts_at=NINE + 2 * hour, ends_at=NINE + 3 * hour))
    somebody = Participant("X", Role.CLIENT, "Somebody Else")
    stayed = NINE + timedelta(minutes=65)
    clinic.receive(joined(somebody, NINE + timedelta(minutes=50)))
    clinic.receive(left(somebody, stayed))
    clinic.receive(joined(DORA, NINE + 2 * hour, "d2", begun=NINE))
    clinic.clock.set(NINE + 5 * hour)
    clinic.read()
    _as_everything_plainly_says(clinic, "A2", "A1")


def test_who_took_the_room_for_theirs_is_no_stranger_though_their_session_is_in_another_meeting(rejoin):
    bob = Participant("B", Role.CLIENT, "Bob", email="bob@example.net")
    clinic = Clinic(rejoin, appointment("A1"), appointment("A2", meeting_id="83", participants=(bob, DORA)))
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(bob, NINE + timedelta(minutes=2), "b1", begun=NINE))
    clinic.receive(left(bob, NINE + timedelta(minutes=7), "b1", begun=NINE))
    clinic.receive(left(DORA, NINE + timedelta(hours=1)))
    clinic.clock.set(NINE + timedelta(hours=5))
    clinic.read()
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["flags"]) == ("missed", [])
    _as_everything_plainly_says(clinic, "A1", "A2")


@pytest.mark.both
def test_who_comes_early_to_the_next_session_of_the_meeting_is_no_stranger_of_this_one(rejoin):
    hour = timedelta(hours=1)
    bob = Participant("B", Role.CLIENT, "Bob", email="bob@example.net")
    following = {"starts_at": NINE + hour, "ends_at": NINE + 2 * hour, "participants": (bob, DORA)}
    clinic = Clinic(rejoin, appointment("A1"), appointment("A2", **following))
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(bob, NINE + timedelta(minutes=50), "b1", begun=NINE))
    clinic.receive(left(bob, NINE + 2 * hour, "b1", begun=NINE))
    clinic.receive(left(DORA, NINE + 2 * hour))
    clinic.clock.set(NINE + 5 * hour)
    clinic.read()
    clinic.work()
    assert (clinic.verdict()["outcome"], clinic.verdict()["flags"]) == ("missed", [])
    _as_everything_plainly_says(clinic, "A1", "A2")


def test_who_comes_at_another_hour_is_looked_at_by_a_person_also_when_it_was_called_absence_before(rejoin):
    clinic, hour = Clinic(rejoin, appointment("A1")), timedelta(hours=1)
    clinic.receive(joined(DORA, NINE))
    clinic.receive(joined(NOBODY, NINE + timedelta(minutes=30), meeting="83", instance="u8=="))
    clinic.receive(left(DORA, NINE + hour))
    clinic.receive(ended(NINE + hour))
    clinic.go_to(NINE + 1.5 * hour)
    assert clinic.verdict()["outcome"] == "missed"
    clinic.go_to(NINE + 2 * hour)
    clinic.receive(joined(ALICE, NINE + 2 * hour, "a1", instance="u2==", begun=NINE + 2 * hour))
    clinic.go_to(NINE + 4 * hour)
    assert clinic.verdict()["outcome"] == "undetermined"
    _as_everything_plainly_says(clinic, "A1")


def test_who_comes_back_to_a_session_of_theirs_that_is_long_over_is_in_no_wrong_room(rejoin):
    starts = NINE + timedelta(hours=1)
    earlier = {"starts_at": NINE - timedelta(minutes=70), "ends_at": NINE - timedelta(minutes=10), "meeting_id": "82"}
    later = {"starts_at": starts, "ends_at": starts + timedelta(hours=1)}
    clinic = Clinic(rejoin, appointment("A1", **earlier), appointment("A2", **later))
    clinic.receive(joined(ALICE, starts - timedelta(minutes=13), "w", meeting="82", instance="u2=="))
    clinic.receive(joined(DORA, starts))
    clinic.receive(left(DORA, starts + timedelta(hours=1)))
    clinic.clock.set(starts + timedelta(hours=4))
    clinic.read()
    _as_everything_plainly_says(clinic, "A2", "A1")


def test_who_opened_the_link_of_the_session_before_while_that_was_on_tried_nothing_for_this_one(rejoin):
    """Nobody of this session is heard of in that one's meeting in the time that tells of this one."""
    minute = timedelta(minutes=1)
    begun = NINE - 90 * minute
    earlier = {"starts_at": begun, "ends_at": NINE - 10 * minute, "meeting_id": "82", "participants": (ALICE, ELLA)}
    clinic = Clinic(rejoin, appointment("A0", **earlier), appointment("A1"))
    there = {"meeting": "82", "instance": "u2==", "begun": begun}
    clinic.receive(joined(ELLA, begun, "e0", **there))
    clinic.receive(joined(ALICE, begun + minute, "a0", **there))
    opened = NINE - 14 * minute
    clinic.receive(json.loads(evidence.body_of("rejoin.join_clicked", "A0", "C-ALICE", opened)))
    clinic.receive(ended(NINE - 10 * minute, "82", "u2=="))
    clinic.receive(joined(DORA, NINE))
    clinic.receive(left(DORA, NINE + 60 * minute))
    clinic.receive(ended(NINE + 60 * minute))
    clinic.clock.set(NINE + timedelta(hours=5))
    clinic.work()
    verdict = clinic.verdict()
    assert (verdict["outcome"], verdict["cause"], verdict["flags"]) == ("missed", "absence", [])
    _as_everything_plainly_says(clinic, "A1", "A0")


@pytest.mark.both
def test_what_is_heard_of_another_meeting_late_in_a_session_is_heard_though_much_was_before_it(rejoin):
    """How this one ended was not delivered; that the feed was alive until near its end, another meeting tells."""
    ben = Participant("C-BEN", Role.CLIENT, "Ben Bird", registrant_id="reg-ben")
    other = appointment("A2", meeting_id="82", participants=(ELLA,))
    clinic = Clinic(rejoin, appointment(participants=(ALICE, ben, DORA)), other)
    soon, late = (NINE + timedelta(minutes=minutes) for minutes in (20, 50))
    clinic.clock.set(soon)
    for body in (joined(DORA, NINE), joined(ELLA, NINE, meeting="82", instance="u2=="), joined(ben, soon)):
        clinic.receive(body)
    clinic.clock.set(late)
    clinic.receive(left(ELLA, late, meeting="82", instance="u2=="))
    clinic.go_to(NINE + timedelta(hours=6))
    _as_everything_plainly_says(clinic, "A1", "A1", "A2")


def test_app_that_was_removed_before_anything_was_heard_is_no_sign_of_life(rejoin):
    """Else who left, and whose arrival was not delivered, was there since then."""
    clinic = Clinic(rejoin)
    gone = {"account_id": "account-1", "deauthorization_time": "2026-11-23T13:00:00Z"}
    clinic.receive({"event": "app_deauthorized", "event_ts": 1, "payload": gone})
    clinic.receive(left(ALICE, NINE + timedelta(minutes=40), begun=NINE - timedelta(minutes=30)))
    clinic.clock.set(NINE + timedelta(hours=3))
    clinic.read()
    _as_everything_plainly_says(clinic, "A1")


def _someone(chance: random.Random, number: int) -> Participant:
    """Known by an address, a registration, a key or a name alone; some share their name."""
    role = Role.CLINICIAN if number % 4 == 0 else Role.CLIENT
    name = f"Invented Person{number - number % 5}" if chance.random() < 0.3 else f"Invented Person{number}"
    return Participant(
        f"P-{number}", role, name,
        email=chance.choice(["", f"p{number}@example.org"]),
        registrant_id=chance.choice(["", "", f"reg-{number}"]),
        customer_key=chance.choice(["", f"P-{number}"]),
    )  # fmt: skip


def _a_day_of(chance: random.Random) -> tuple[list, list[tuple[timedelta, dict]]]:
    """Sessions of three hours, and what is delivered of them in the order of arrival: people stray into other rooms."""
    people = [_someone(chance, number) for number in range(12)]
    sessions, told = [], []
    for number in range(9):
        starts = NINE + timedelta(minutes=chance.choice([0, 0, 30, 60, 90]))
        some = chance.sample(people, 3)
        meeting = str(81_000_000_000 + chance.randrange(6))
        sessions.append(
            appointment(f"A{number}", starts_at=starts, ends_at=starts + timedelta(minutes=50), meeting_id=meeting,
                        participants=tuple(some))
        )  # fmt: skip
        for person in some + chance.sample(people, 2):
            at = starts + timedelta(minutes=chance.randrange(-12, 45))
            where = chance.choice([meeting, meeting, str(81_000_000_000 + chance.randrange(7))])
            more = {"meeting": where, "instance": f"u{where}=="}
            come, go = chance.choice([(True, True), (True, True), (True, False), (True, False), (False, True)])
            if come:
                told.append((at, joined(person, at, f"k{number}-{person.participant_id}", **more)))
            if go:
                gone = at + timedelta(minutes=chance.randrange(1, 40))
                told.append((gone, left(person, gone, f"k{number}-{person.participant_id}", **more)))
        if chance.random() < 0.5:
            code, other = chance.choice(people).participant_id, f"A{chance.randrange(9)}"
            told.append((at, json.loads(evidence.body_of("rejoin.join_clicked", other, code, at))))
        if chance.random() < 0.3:
            told.append((at, joined(NOBODY, at, f"k{number}-nobody", meeting="81000000006", instance="elsewhere==")))
        if chance.random() < 0.5:
            over = starts + timedelta(minutes=50)
            told.append((over, ended(over, meeting, f"u{meeting}==")))
    stop = NINE + timedelta(minutes=chance.randrange(-60, 120))
    if chance.random() < 0.4:
        gone = {"account_id": "account-1", "deauthorization_time": stop.strftime("%Y-%m-%dT%H:%M:%SZ")}
        told.append((stop, {"event": "app_deauthorized", "event_ts": round(stop.timestamp() * 1000), "payload": gone}))
    late = [(at + timedelta(minutes=chance.choice([0, 0, 0, 5, 85])), body) for at, body in told]
    return sessions, sorted(late, key=lambda one: one[0])


@pytest.mark.parametrize(
    "seed",
    [pytest.param(2, marks=pytest.mark.both), 3, 4, *[pytest.param(n, marks=pytest.mark.long) for n in range(5, 14)]],
)
def test_verdicts_are_those_of_everything_that_was_read_looked_at_plainly(rejoin, seed):
    """One neighbourhood goes through the whole day, reading a little here and there, the roster changing under it."""
    chance = random.Random(seed)
    sessions, told = _a_day_of(chance)
    clinic = Clinic(rejoin, *sessions)
    kept, compared, strayed, strangers, tries = Neighbourhood(Memory()), 0, 0, 0, 0
    for at, body in told:
        clinic.clock.set(max(at, clinic.clock.now()))
        clinic.receive(body)
        if chance.random() < 0.4:
            read_inbox(rejoin, chance.randrange(1, 5))
        if chance.random() < 0.05:
            others = tuple(chance.sample(sessions[0].participants, 2))
            clinic.put(msgspec.structs.replace(chance.choice(sessions), participants=others))
        if chance.random() < 0.7:
            continue
        now = chance.choice([clinic.clock.now(), clinic.clock.now(), clinic.clock.now() - timedelta(minutes=20)])
        with rejoin.db.read() as tx:
            plain = _plainly(tx, rejoin, [one.appointment_id for one in sessions], now)
            some = [appointments.load(tx, f"A{number}") for number in chance.sample(range(9), 4)]
            together = kept.around(tx, some, rejoin.policy, now) if chance.random() < 0.5 else None
            for one in some:
                events = Memory().events(tx, delivery.of_appointment(tx, one, now))
                around = together or kept.around(tx, [one], rejoin.policy, now)
                found = judge(one, events, around, rejoin.policy, now)
                assert found == judge(one, events, plain, rejoin.policy, now)
                compared += 1
                strayed += any("seen in another meeting at" in f.because for a in found for f in a.findings)
                asked = (["zoom-dora"], one.meeting_id, one.starts_at - timedelta(minutes=15), one.ends_at, now)
                assert around.sightings.strangers(*asked) == plain.sightings.strangers(*asked)
                strangers += len(plain.sightings.strangers(*asked))
                for person in one.participants:
                    asked = (person.participant_id, one.appointment_id, one.starts_at, one.ends_at, now)
                    mine, all_of_them = (
                        # Of those that are near only those count that the judgement above has looked at.
                        [
                            e
                            for e in one.sightings.tries_by_other_links(*asked)
                            if plain.schedule.is_far(e.appointment_id, e.at)
                        ]
                        for one in (around, plain)
                    )
                    assert mine == all_of_them
                    tries += len(mine)
    assert compared > 20
    assert strayed or seed > 2, "the first day has somebody in a room where they are not expected"
    assert tries or seed > 2, "and somebody who opened the link of another session"
    assert strangers or seed > 2, "and somebody unidentified in another one of the same host"


class _Slow:
    """A queue that lets the reader wait in the middle of its transaction."""

    def __init__(self, queue):
        self._queue = queue
        self.reached, self.go_on = threading.Event(), threading.Event()

    def request_all(self, *asked):
        self.reached.set()
        assert self.go_on.wait(20)
        self._queue.request_all(*asked)


def _look_while_somebody_else_reads(rejoin) -> bool:
    """Another worker is reading a delivery, we have read a later one; whether it is seen once it is committed."""
    clinic = Clinic(rejoin)
    clinic.clock.set(NINE + timedelta(minutes=5))
    clinic.receive(joined(ALICE, NINE + timedelta(minutes=3)))
    clinic.receive(joined(ALICE, NINE + timedelta(minutes=4), meeting="83"))
    slow = _Slow(rejoin.queue)
    other = threading.Thread(target=read_inbox, args=(replace(rejoin, queue=slow),))
    other.start()
    assert slow.reached.wait(20)
    neighbourhood = Neighbourhood(Memory())
    if rejoin.db.is_postgresql:
        clinic.receive(joined(DORA, NINE + timedelta(minutes=4), meeting="84"))
        assert clinic.read() == 1, "the two that the other one reads are passed by"
    assert not _around(clinic, neighbourhood).sightings.of(ALICE, "81000000001", *AROUND_NINE)
    slow.go_on.set()
    other.join(20)
    return bool(_around(clinic, neighbourhood).sightings.of(ALICE, "81000000001", *AROUND_NINE))


@pytest.mark.both
def test_what_another_worker_is_just_reading_is_seen_as_soon_as_it_is_committed(rejoin):
    assert _look_while_somebody_else_reads(rejoin)


@pytest.mark.postgres
def test_whoever_forgets_what_was_being_read_would_miss_it(vault, fresh_postgres_url, moving_clock, monkeypatch):
    """The planted fault: only what came after the newest is looked at, as a mere counter would."""
    from plugin.composition import assemble
    from plugin.storage.database import Database
    from tests.conftest import make_settings

    real = sighting.horizon
    monkeypatch.setattr(sighting, "horizon", lambda tx: Horizon(real(tx).next))
    db = Database(fresh_postgres_url, vault)
    assert not _look_while_somebody_else_reads(assemble(make_settings(fresh_postgres_url), db, moving_clock))
    db.close()


def test_hours_that_nobody_asks_about_are_forgotten(rejoin, monkeypatch):
    monkeypatch.setattr("plugin.service.arrivals.KEPT", 3)
    clinic = Clinic(rejoin)
    for hours in range(6):
        clinic.receive(joined(ALICE, NINE + timedelta(hours=hours)))
    clinic.read()
    kept = Arrivals(Memory())
    with rejoin.db.read() as tx:
        for hours in range(6):
            at = NINE + timedelta(hours=hours)
            [came] = kept.of(tx, [Asked([ALICE], at, at)], dict)
            assert [one.at for one in came] == [at]
        assert len(kept._hours) == 4
