"""A picked time becomes an appointment: its meeting, its place in the roster, its invitation."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
import requests
import responses
from icalendar import Calendar
from msgspec.structs import replace

from plugin.core.appointment import Status
from plugin.ports.queue import WorkKind
from plugin.service import booking, booking_notice, feedback, grants, offering, picking
from plugin.service.acting import retry_dead
from plugin.service.grants import GrantProblem
from plugin.service.refusal import Refused
from plugin.storage import appointment as appointments
from plugin.storage import booking as bookings
from plugin.storage import dispatch as dispatches
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage import work
from tests.people.house import ALICE, BOB, SECRETS, House, appointment, zoom_makes
from tests.people.zoom import ZOOM, Zoom
from tests.service.clinic import DORA, NINE

KEY = "booking/reschedule/A1/C-ALICE"
MEETINGS = f"{ZOOM}/v2/users/zoom-dora/meetings"


@pytest.fixture
def picked(sent) -> House:
    """Alice picked the second time."""
    sent.do(picking.pick, sent.grant(), 1)
    return sent


def stored(house: House, number: str = "A1-r1"):
    with house.rejoin.db.read() as tx:
        return appointments.load(tx, number)


def stored_slot(house: House):
    """The time that was picked."""
    return house.slots()[house.offer().chosen]


def away_at(what: str):
    """A Zoom that is away whenever it is asked for this."""

    def before(asked: str) -> None:
        if asked == what:
            raise requests.ConnectionError

    return before


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
    assert [person.registrant_id for person in stored(picked).participants] == ["reg-1", ""]
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
    assert "https://rejoin.invalid/j/" in letter.body
    assert letter.body.count("https://rejoin.invalid/n/") == 1
    assert "zoom.example" not in letter.body + letter.invitation
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
    assert str(event["LOCATION"]).startswith("https://rejoin.invalid/j/")
    assert str(event["ATTENDEE"]) == "mailto:alice@example.org"
    assert str(event["ORGANIZER"]) == f"mailto:{picked.rejoin.settings.mail_from}"


def test_invitation_is_the_same_thing_when_it_is_sent_again(picked, zoom):
    picked.act()
    (first,) = picked.letters("Your new appointment")
    booking_notice.tell_client(picked.rejoin, picked.action("invitation/A1-r1"))
    assert picked.letters("Your new appointment") == [first]


def test_one_of_a_family_is_rescheduled_alone(rejoin, zoom):
    """Of a session of three, only who is offered another time comes again."""
    house = House(rejoin, appointment(participants=(ALICE, BOB, DORA)))
    house.miss()
    house.approve()
    house.do(picking.pick, house.grant(), 0)
    house.act()
    assert [p.participant_id for p in stored(house, f"A1-r{house.offer().id}").participants] == ["C-ALICE", "S-DORA"]


class TestTrouble:
    """What happens when something breaks on the way."""

    def test_meeting_that_was_made_before_a_crash_is_found_again(self, picked):
        def lost(what: str) -> None:
            if what == "POST make" and len(zoom.made) == 1:
                raise requests.ReadTimeout

        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom = zoom_makes(edge)
            zoom.after = lost
            picked.act()
            assert (stored(picked), len(zoom.made)) == (None, 1)
            picked.clock.advance(minutes=1)
            picked.act()
            assert stored(picked) is None, "Zoom's list may not show it yet"
            picked.clock.advance(minutes=4)
            picked.act()
            assert len(zoom.made) == 1
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
        assert row.state == "dead"
        assert "C-ALICE cannot be reached: the roster has no e-mail address" in row.note
        assert "Please call." in next(task for task in picked.tasks() if task.key.startswith("call/")).because


class TestArrangement:
    """How the meeting really stands, whatever it was asked for."""

    def booked(self, house: House, **forces) -> Zoom:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom = Zoom(**forces)
            zoom.at(edge)
            house.act()
        return zoom

    def told(self, house: House) -> str:
        return next(task for task in house.tasks() if task.key.startswith("clinician-notice/")).because

    def test_client_is_registered_by_their_code_alone_and_has_a_link_of_their_own(self, picked):
        zoom = self.booked(picked)
        ((person,),) = zoom.registrants.values()
        assert person["first_name"] == "C-ALICE"
        assert re.fullmatch(r"[0-9a-f]{24}@rejoin\.invalid", person["email"])
        assert not [secret for secret in SECRETS if secret in json.dumps(person)]
        with picked.rejoin.db.read() as tx:
            assert appointments.join_url(tx, "A1-r1", "C-ALICE") == "https://zoom.example/w/81000000077?tk=1"
            sealed = tx.execute(bookings.table.select()).one()
        assert b"zoom.example" not in sealed.own_url_sealed + sealed.meeting_url_sealed
        assert stored(picked).participant("C-ALICE").registrant_id == "reg-1"

    def test_zoom_is_asked_for_registration_at_once_and_to_write_to_nobody(self, picked):
        (wanted,) = self.booked(picked).made
        assert wanted["settings"] == {
            "use_pmi": False, "approval_type": 0, "registrants_email_notification": False,
            "registrants_confirmation_email": False,
        }  # fmt: skip

    def test_account_without_registration_uses_the_common_link_and_a_coordinator_knows(self, picked):
        zoom = self.booked(picked, approval_type=2)
        assert zoom.registrants == {}
        with picked.rejoin.db.read() as tx:
            assert appointments.join_url(tx, "A1-r1", "C-ALICE") == "https://zoom.example/j/81000000077?pwd=x"
        assert "Zoom gave C-ALICE no link of their own" in " ".join(task.because for task in picked.tasks())
        assert len(picked.letters("Your new appointment")) == 1

    def test_nobody_is_registered_where_zoom_insists_on_writing_to_them(self, picked):
        zoom = self.booked(picked, registrants_email_notification=True)
        assert (zoom.registrants, zoom.mails) == ({}, [])

    def test_waiting_room_that_the_account_forces_is_told_to_the_clinician(self, picked):
        self.booked(picked, waiting_room=True)
        assert "Zoom's waiting room is on for it: please let them in." in self.told(picked)

    def test_clinician_is_told_by_a_task_and_a_mail_for_their_calendar(self, picked):
        self.booked(picked)
        assert self.told(picked) == "C-ALICE picked a time of yours: Wednesday, November 25, 11:00 AM EST."
        (letter,) = picked.letters("A time of yours was picked")
        assert letter.to == "dora@clinic.example"
        assert "https://rejoin.invalid/appointments/A1-r1" in letter.body
        assert "/p/" not in letter.body, "what clients may switch off, staff may not"
        assert Calendar.from_ical(letter.invitation)["METHOD"] == "REQUEST"
        assert not [secret for secret in SECRETS if secret in letter.subject + letter.body]

    def test_clinician_without_an_address_has_the_task(self, picked):
        picked.put(appointment(participants=(ALICE, replace(DORA, email=""))))
        self.booked(picked)
        assert "picked a time of yours" in self.told(picked)
        assert picked.action("clinician-notice/A1-r1/S-DORA").state == "done"

    def test_daily_limit_of_zoom_is_waited_for_until_midnight_utc(self, picked):
        told = {"code": 429, "message": "You have exceeded the daily rate limit (100) of Meeting Create API requests."}
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            edge.post(f"{ZOOM}/oauth/token", json={"access_token": "token-1", "expires_in": 3600})
            edge.get(MEETINGS, json={"meetings": []})
            edge.post(MEETINGS, status=429, json=told, headers={"Date": "Mon, 23 Nov 2026 18:00:00 GMT"})
            picked.act()
            picked.clock.advance(hours=5, minutes=59)
            picked.act()
            assert len(posted(edge)) == 1
        picked.clock.advance(minutes=2)
        self.booked(picked)
        assert stored(picked) is not None


class TestChange:
    """An appointment that was booked gets another time, or is called off."""

    def new(self, house: House, **changes):
        """The new appointment as somebody who does not know the registration would bring it."""
        stands = stored(house)
        people = tuple(replace(person, registrant_id="", join_url="") for person in stands.participants)
        return replace(stands, participants=people, **changes)

    def events(self, house: House, to: str = "alice@example.org") -> list[tuple]:
        found = []
        for letter in reversed(house.letters()):
            if letter.invitation and letter.to == to:
                calendar = Calendar.from_ical(letter.invitation)
                (event,) = calendar.walk("VEVENT")
                number = int(event["SEQUENCE"])
                found.append((str(calendar["METHOD"]), str(event["UID"]), number, event.decoded("DTSTART")))
        return found

    def test_moved_appointment_moves_at_zoom_and_in_both_calendars(self, picked):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom = zoom_makes(edge)
            picked.act()
            first = stored(picked)
            later = first.starts_at + timedelta(hours=2)
            picked.put(self.new(picked, starts_at=later, ends_at=later + timedelta(minutes=50)))
            picked.act()
        (meeting,) = zoom.meetings.values()
        assert (meeting["start_time"], meeting["duration"]) == (f"{later:%Y-%m-%dT%H:%M:%SZ}", 50)
        uid = "A1-r1@rejoin"
        expected = [("REQUEST", uid, 0, first.starts_at), ("REQUEST", uid, 1, later)]
        assert self.events(picked) == self.events(picked, "dora@clinic.example") == expected
        assert "is now on Wednesday, November 25, 10:00 AM PST" in picked.letters("has moved")[-1].body
        assert stored(picked).participant("C-ALICE").registrant_id == "reg-1", "whoever moved it did not know it"

    def test_appointment_called_off_is_taken_out_everywhere(self, picked):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom = zoom_makes(edge)
            picked.act()
            starts_at = stored(picked).starts_at
            picked.do(booking.call_off, picked.offer().id, "cora")
            picked.act()
        assert (zoom.meetings, zoom.deleted) == ({}, [81000000077])
        assert self.events(picked)[-1] == ("CANCEL", "A1-r1@rejoin", 1, starts_at)
        assert self.events(picked, "dora@clinic.example")[-1][:3] == ("CANCEL", "A1-r1@rejoin", 1)
        assert stored(picked).status is Status.CANCELLED
        assert ("cora", "called-off-booking", "appointment/A1-r1") in picked.audit()
        with pytest.raises(Refused):
            picked.do(booking.call_off, picked.offer().id, "cora")

    def test_cancelled_in_the_roster_is_the_same(self, picked):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom = zoom_makes(edge)
            picked.act()
            picked.put(self.new(picked, status=Status.CANCELLED))
            picked.act()
        assert zoom.meetings == {}
        assert [event[0] for event in self.events(picked)] == ["REQUEST", "CANCEL"]

    def test_way_in_of_a_called_off_appointment_is_shut(self, picked, zoom):
        picked.act()
        token = re.search(r"/j/(\S+)", picked.letters("Your new appointment")[0].body).group(1)
        picked.do(grants.open_grant, token, grants.JOIN)
        picked.do(booking.call_off, picked.offer().id, "cora")
        with pytest.raises(GrantProblem) as problem:
            picked.do(grants.open_grant, token, grants.JOIN)
        assert problem.value.kind == "revoked"

    @pytest.mark.both
    def test_nobody_is_told_that_something_is_off_that_they_never_heard_of(self, picked, zoom):
        house = picked
        house.clock.set(stored_slot(house).starts_at - timedelta(hours=34))  # it is ten in the evening for Alice
        house.act()
        assert house.action("invitation/A1-r1").note == "quiet hours"
        house.do(booking.call_off, house.offer().id, "cora")
        house.clock.advance(hours=10)
        house.act()
        assert house.action("invitation/A1-r1").state == "withdrawn"
        assert house.action("cancellation/A1-r1/1").state == "skipped"
        assert self.events(house) == []

    def test_invitation_that_comes_back_after_it_was_called_off_is_not_tried_again(self, picked, zoom):
        picked.act()
        with picked.rejoin.db.read() as tx:
            [invitation] = [row for row in dispatches.of_appointment(tx, "A1-r1") if row.step == "invitation"]
        picked.do(booking.call_off, picked.offer().id, "cora")
        picked.act()
        picked.do(feedback.could_not_be_delivered, invitation, invitation.reference, "5.2.2", False)
        picked.act()
        assert picked.action("invitation/A1-r1").state == "skipped"
        assert [task for task in picked.tasks() if "no message reaches them" in task.because] == []

    def test_booking_that_is_called_off_before_it_is_made_leaves_nothing_at_zoom(self, picked):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom = zoom_makes(edge)
            zoom.before = away_at("POST register")
            picked.act()
            assert (len(zoom.meetings), stored(picked)) == (1, None)
            picked.do(booking.call_off, picked.offer().id, "cora")
            zoom.before = lambda what: None
            for _ in range(4):
                picked.clock.advance(minutes=5)
                picked.act()
        assert (zoom.meetings, stored(picked), self.events(picked)) == ({}, None, [])

    @pytest.mark.both
    def test_time_that_zoom_does_not_take_is_shown_to_staff(self, picked):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as edge:
            zoom = zoom_makes(edge)
            picked.act()
            later = stored(picked).starts_at + timedelta(hours=2)
            zoom.coerces = True
            picked.put(self.new(picked, starts_at=later, ends_at=later + timedelta(hours=1)))
            picked.act()
        assert "move the meeting at Zoom by hand" in picked.action("moving/A1-r1/1").note


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
