"""A picked time becomes an appointment: its meeting, its place in the roster, its invitation."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import requests
import responses
from icalendar import Calendar
from msgspec.structs import replace

from plugin.core.appointment import Status
from plugin.ports.queue import WorkKind
from plugin.service import booking, offering
from plugin.service.acting import retry_dead
from plugin.storage import appointment as appointments
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage import work
from tests.people.house import ALICE, BOB, SECRETS, ZOOM, House, appointment, zoom_makes
from tests.service.clinic import DORA, NINE

KEY = "booking/reschedule/A1/C-ALICE"
MEETINGS = f"{ZOOM}/v2/users/zoom-dora/meetings"


@pytest.fixture
def picked(sent) -> House:
    """Alice picked the second time."""
    sent.do(offering.pick, sent.grant(), 1)
    return sent


def stored(house: House, number: str = "A1-r1"):
    with house.rejoin.db.read() as tx:
        return appointments.load(tx, number)


def posted(edge: responses.RequestsMock) -> list:
    return [call.request for call in edge.calls if call.request.url == MEETINGS and call.request.method == "POST"]


def test_picked_time_stands_in_the_roster_with_the_two_of_them(picked, zoom):
    picked.act()
    new, slot = stored(picked), picked.slots()[1]
    assert (new.starts_at, new.ends_at) == (slot.starts_at, slot.ends_at)
    assert (new.meeting_id, new.host_id, new.status) == ("81000000077", "zoom-dora", Status.BOOKED)
    assert [person.participant_id for person in new.participants] == ["C-ALICE", "S-DORA"]
    assert picked.offer().new_appointment_id == "A1-r1"
    with picked.rejoin.db.read() as tx:
        row = tx.execute(appointments.table.select().where(appointments.table.c.appointment_id == "A1-r1")).one()
        assert row.replaces == "A1"
        assert appointments.join_url(tx, "A1-r1") == "https://zoom.example/j/81000000077?pwd=x"
    assert ("rejoin", "booked-appointment", "appointment/A1-r1") in picked.audit()


def test_zoom_learns_the_time_and_nothing_about_anybody(picked, zoom):
    picked.act()
    (request,) = posted(zoom)
    body = json.loads(request.body)
    assert body["start_time"] == f"{picked.slots()[1].starts_at:%Y-%m-%dT%H:%M:%SZ}"
    assert body["duration"] == 60
    assert body["timezone"] == "America/New_York"
    assert not [secret for secret in SECRETS if secret in request.body.decode()]


def test_registration_of_the_old_meeting_is_not_taken_for_the_new_one(picked, zoom):
    picked.act()
    assert [person.registrant_id for person in stored(picked).participants] == ["", ""]
    assert [person.email for person in stored(picked).participants] == ["alice@example.org", "dora@clinic.example"]


def test_new_appointment_is_judged_like_any_other(picked, zoom):
    picked.act()
    with picked.rejoin.db.read() as tx:
        assert work.due_at(tx, WorkKind.JUDGE, "A1-r1") > picked.slots()[1].starts_at


def test_invitation_tells_the_time_the_way_in_and_nothing_else(picked, zoom):
    picked.act()
    (letter,) = picked.letters("Your new appointment")
    assert letter.to == "alice@example.org"
    assert "Wednesday, November 25, 8:00 AM PST" in letter.body
    assert "https://zoom.example/j/81000000077?pwd=x" in letter.body
    # The client's own address is the one personal thing that an invitation must carry.
    told = (letter.subject + letter.body + letter.invitation).replace("alice@example.org", "")
    assert not [secret for secret in SECRETS if secret in told]


def test_invitation_is_a_request_that_calendars_understand(picked, zoom):
    picked.act()
    (letter,) = picked.letters("Your new appointment")
    calendar = Calendar.from_ical(letter.invitation)
    (event,) = calendar.walk("VEVENT")
    slot = picked.slots()[1]
    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == "A1-r1@rejoin"
    assert event["SUMMARY"] == "Appointment"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (slot.starts_at, slot.ends_at)
    assert f"DTSTART:{slot.starts_at:%Y%m%dT%H%M%SZ}" in letter.invitation
    assert str(event["LOCATION"]) == "https://zoom.example/j/81000000077?pwd=x"
    assert str(event["ATTENDEE"]) == "mailto:alice@example.org"
    assert str(event["ORGANIZER"]) == f"mailto:{picked.rejoin.settings.mail_from}"


def test_invitation_is_the_same_thing_when_it_is_sent_again(picked, zoom):
    picked.act()
    (first,) = picked.letters("Your new appointment")
    booking.invite(picked.rejoin, picked.action("invitation/A1-r1"))
    assert picked.letters("Your new appointment") == [first]


def test_one_of_a_family_is_rescheduled_alone(rejoin, zoom):
    """Of a session of three, only who is offered another time comes again."""
    house = House(rejoin, appointment(participants=(ALICE, BOB, DORA)))
    house.miss()
    house.approve()
    house.do(offering.pick, house.grant(), 0)
    house.act()
    assert [p.participant_id for p in stored(house, f"A1-r{house.offer().id}").participants] == ["C-ALICE", "S-DORA"]


class TestTrouble:
    """What happens when something breaks on the way."""

    def test_meeting_that_was_made_before_a_crash_is_found_again(self, picked):
        with responses.RequestsMock() as edge:
            zoom_makes(edge)
            edge.replace(responses.POST, MEETINGS, body=requests.ReadTimeout())
            picked.act()
            assert stored(picked) is None
            agenda = json.loads(posted(edge)[0].body)["agenda"]
            known = {"id": 81000000077, "agenda": agenda, "join_url": "https://zoom.example/j/81000000077"}
            edge.replace(responses.GET, MEETINGS, json={"meetings": [known]})
            picked.clock.advance(minutes=5)
            picked.act()
            assert len(posted(edge)) == 1
        assert stored(picked).meeting_id == "81000000077"
        assert len(picked.letters("Your new appointment")) == 1

    def test_busy_zoom_is_asked_when_it_wants_to_be(self, picked):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            edge.post(f"{ZOOM}/oauth/token", json={"access_token": "token-1", "expires_in": 3600})
            edge.get(MEETINGS, status=429, headers={"Retry-After": "600"})
            picked.act()
            picked.clock.advance(minutes=9)
            picked.act()
            assert len([call for call in edge.calls if call.request.method == "GET"]) == 1
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom_makes(edge)
            picked.clock.advance(minutes=2)
            picked.act()
        assert stored(picked) is not None

    def test_booking_that_is_done_twice_changes_nothing_that_staff_changed(self, picked, zoom):
        picked.act()
        later = stored(picked).starts_at + timedelta(hours=2)
        moved = appointment("A1-r1", starts_at=later, ends_at=later + timedelta(hours=1), meeting_id="81000000077")
        picked.put(moved)
        booking.book(picked.rejoin, picked.action(KEY))
        assert stored(picked).starts_at == later
        assert len(posted(zoom)) == 1

    def test_refusal_of_zoom_is_shown_to_staff_and_tried_again_when_they_ask(self, picked):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom_makes(edge)
            edge.replace(responses.GET, MEETINGS, status=404, json={"code": 1001, "message": "alice@example.org"})
            picked.act()
        row = picked.action(KEY)
        assert row.state == "dead"
        assert "check host_id in the roster" in row.note
        assert "alice" not in row.note
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom_makes(edge)
            picked.do(retry_dead, row.id)
            picked.act()
        assert stored(picked) is not None

    def test_host_that_left_the_roster_meanwhile_is_named(self, picked):
        picked.put(appointment(host_id=""))
        picked.act()
        assert picked.action(KEY).note == "the roster names no host_id for A1, so no meeting can be made"

    def test_client_without_an_address_is_booked_and_staff_call_them(self, picked, zoom):
        picked.put(appointment(participants=(replace(ALICE, email=""), DORA)))
        picked.act()
        assert stored(picked) is not None
        row = picked.action("invitation/A1-r1")
        assert (row.state, row.note) == ("dead", "the roster has no e-mail address of C-ALICE; add one, or call them")


class TestGivenBack:
    """A time that was booked and called off is a time again."""

    def test_time_of_a_cancelled_new_appointment_can_be_picked_by_somebody_else(self, picked, zoom):
        picked.act()
        new = stored(picked)
        with picked.rejoin.db.begin() as tx:
            other = offers.add(tx, "other", "A9", "C-BOB", "S-DORA", picked.clock.now())[0].id
            assert not holds.take(tx, ("S-DORA",), (new.starts_at, new.ends_at), other, picked.clock.now())
        times = {"starts_at": new.starts_at, "ends_at": new.ends_at, "meeting_id": new.meeting_id}
        picked.put(appointment("A1-r1", status=Status.CANCELLED, **times))
        with picked.rejoin.db.begin() as tx:
            assert holds.take(tx, ("S-DORA",), (new.starts_at, new.ends_at), other, picked.clock.now())
            holds.release(tx, other)
            free = offering.free_times(tx, picked.rejoin, picked.offer(), NINE + timedelta(hours=4))
        assert new.starts_at in {slot.starts_at for slot in free}

    def test_time_of_a_new_appointment_that_was_moved_can_be_picked(self, picked, zoom):
        picked.act()
        at = stored(picked).starts_at
        later = at + timedelta(days=1, hours=3)
        picked.put(appointment("A1-r1", starts_at=later, ends_at=later + timedelta(hours=1)))
        with picked.rejoin.db.begin() as tx:
            other = offers.add(tx, "other", "A9", "C-BOB", "S-DORA", picked.clock.now())[0].id
            assert holds.take(tx, ("S-DORA",), (at, at + timedelta(hours=1)), other, picked.clock.now())
