"""Of whom a delivery tells, when a story is read."""

from __future__ import annotations

from plugin.core.event import Event
from plugin.core.witness import ELSEWHERE, STRANGER, whose
from plugin.recording import read_recording
from tests.stories.story import Story, an_hour


def events_of(story: Story) -> list[Event]:
    roster = [story.appointment, *story.others]
    return list(read_recording(story.lines(), roster).told(range(1, len(story.sent) + 1)))


def test_what_is_the_persons_own_needs_no_word():
    story, clinician, client = an_hour()
    story.stays(client, "09:58", "10:50")
    story.is_over("11:00", clinician)
    told = whose(story.appointment, "C1", events_of(story))
    assert set(told.values()) == {"T1 (clinician)"}
    assert set(whose(story.appointment, "T1", events_of(story)).values()) == {"C1 (client)"}


def test_leave_that_does_not_say_whose_it_is_belongs_to_its_join():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    left = story.leaves(client, "10:50", "network")
    left.body["payload"]["object"]["participant"] |= {"registrant_id": "", "user_name": ""}
    story.is_over("11:00", clinician)
    events = events_of(story)
    (number,) = [e.delivery for e in events if e.at == story.at("10:50")]
    assert number not in whose(story.appointment, "C1", events)
    assert whose(story.appointment, "T1", events)[number] == "C1 (client)"


def test_stranger_and_another_meeting_are_told():
    story, clinician, client = an_hour()
    story.joins(client, "10:05", meeting="93400000002")
    story.joins(story.guest("Somebody"), "10:10")
    story.is_over("11:00", clinician)
    told = list(whose(story.appointment, "C1", events_of(story)).values())
    assert ELSEWHERE in told
    assert STRANGER in told


def test_host_of_whom_the_roster_knows_nothing_is_the_host():
    story = Story(starts="10:00", ends="11:00")
    client = story.client()
    host = story.guest("Somebody", zoom_id=story.host_id)
    story.begins("09:57", host)
    story.stays(client, "09:58", "10:50")
    assert set(whose(story.appointment, "C1", events_of(story)).values()) == {"the host"}


def test_who_came_for_an_appointment_of_the_same_meeting_and_time_is_told_by_their_code():
    story, clinician, client = an_hour("group")
    other = story.client("C2", registrant_id="")
    story.people.remove(other)
    story.another_appointment("A2", story.meeting.meeting_id, "10:00", "11:00", clinician, other)
    story.stays(other, "09:58", "10:50")
    story.is_over("11:00", clinician)
    told = whose(story.appointment, client.code, events_of(story), story.others)
    assert set(told.values()) == {"T1 (clinician)", "C2 (client)"}
