"""Who came into the meeting at another hour came: an hour mixed up, or the time of another zone, is no absence."""

from __future__ import annotations

from datetime import timedelta

import pytest

from plugin.core.appointment import Role
from tests.stories.story import Person, Story, an_hour, seconds_after


def alone_at(comes, goes, *, ends="11:00", **shown):
    """The clinician sits alone from ten to eleven; the client in a run of their own, at another hour."""
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over(ends, clinician)
    story.opens(comes)
    story.stays(client, comes, goes, **shown)
    story.closes(goes)
    return story, client


@pytest.mark.parametrize(
    ("comes", "goes"),
    [
        ("06:57", "07:10"),
        ("07:58", "08:10"),
        ("08:40", "08:55"),
        ("11:02", "11:10"),
        ("11:58", "12:05"),
        ("12:29", "12:35"),
    ],
)
def test_who_came_alone_at_another_hour_is_looked_at_by_a_person(comes, goes):
    story, client = alone_at(comes, goes)
    result = story.expect(
        client, outcome="undetermined", cause="unknown", attended=0, arrived=None, actions={"review"},
        no_actions={"checkin", "message", "reschedule"},
    )  # fmt: skip
    shown = comes if comes > "07:00" else goes
    assert result["findings"][0]["because"] == (
        f"They came into this meeting at {shown}:00 UTC, when this session was not on."
    )


@pytest.mark.parametrize(
    ("comes", "goes", "outcome"),
    [
        ("06:30", "06:59:59", "missed"), ("06:30", "07:00", "undetermined"),
        ("12:30", "12:40", "undetermined"), ("12:30:01", "12:40", "missed"),
    ],
)  # fmt: skip
def test_what_lies_further_off_is_no_hour_mixed_up(comes, goes, outcome):
    story, client = alone_at(comes, goes)
    story.expect(client, outcome=outcome)


def test_who_waits_at_another_hour_has_come_too():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.opens("12:00")
    story.waits(client, "12:00")
    story.stops_waiting(client, "12:10")
    story.closes("12:10")
    story.expect(client, outcome="undetermined", no_actions={"checkin"})


@pytest.mark.parametrize(
    ("comes", "led", "outcome"),
    [
        ("06:50", False, "undetermined"), ("08:45", False, "undetermined"), ("06:49:59", False, "missed"),
        ("08:45", True, "missed"),
    ],
)  # fmt: skip
def test_who_waits_hours_early_before_the_door_of_the_very_run_that_becomes_the_session_has_come(comes, led, outcome):
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.meeting.new_instance(story.at("06:30"))
    if led:
        story.joins(clinician, "06:30")
    story.waits(client, comes)
    story.stops_waiting(client, seconds_after(story, comes, 600))
    if not led:
        story.joins(clinician, "09:57")
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    told = story.expect(client, outcome=outcome, arrived=None)["findings"][0]["because"]
    assert ("when this session was not on" in told) is (outcome == "undetermined")


@pytest.mark.parametrize(
    ("comes", "goes", "outcome"),
    [
        ("06:50", "06:59:59", "missed"), ("06:50", "07:00", "undetermined"),
        ("12:30", "12:40", "undetermined"), ("12:30:01", "12:40", "missed"),
    ],
)  # fmt: skip
def test_room_that_is_open_all_day_tells_of_an_hour_mixed_up_within_the_same_hours(comes, goes, outcome):
    """They come to a session of others in it, in the one run that all of them have."""
    story, clinician, client = an_hour("group")
    story.sent.clear()
    other = Person("C9", Role.CLIENT, {"registrant_id": "reg-C9"}, {"registrant_id": "reg-C9"})
    for number, (begin, end) in enumerate((("06:30", "07:30"), ("12:00", "13:00")), 2):
        story.another_appointment(f"A{number}", story.meeting.meeting_id, begin, end, clinician, other)
    story.begins("06:27", clinician)
    story.stays(client, comes, goes)
    story.other_meeting_hears("10:30")
    story.is_over("13:00", clinician)
    story.expect(client, outcome=outcome, attended=0)


def test_who_came_when_it_was_long_over_is_not_told_as_somebody_of_whom_there_was_no_sign():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.joins(client, "12:00:01")
    story.is_over("12:30", client, clinician)
    told = story.expect(client, outcome="missed", cause="absence", confidence="medium")["findings"][0]
    assert told["because"] == (
        "A clinician held the session, the feed was alive, and they were not seen until it was long over, at "
        "12:00:01 UTC. It is not certain: they may have mixed up the hour."
    )


def test_run_in_which_a_clinician_was_too_is_a_session_of_its_own():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.begins("12:00", clinician)
    story.stays(client, "12:01", "12:20")
    story.is_over("12:20", clinician)
    story.expect(client, outcome="missed", cause="absence", confidence="high")


@pytest.mark.parametrize(
    ("met", "outcome"), [("host", "missed"), ("clinician", "missed"), ("family", "undetermined"), ("", "undetermined")]
)
def test_run_is_a_session_of_its_own_by_whoever_could_hold_one(met, outcome):
    """The host of whom the roster has no row, or a clinician by their own link; no relative, nor the client by name."""
    story = Story(starts="10:00", ends="11:00")
    client = story.client(registrant_id="")
    if met == "host":
        holds = there = story.guest("Room 3", zoom_id=story.host_id)
    else:
        holds = there = story.clinician(zoom_id="", registrant_id="reg-T1")
    if met == "family":
        there = story._expect_person("F1", Role.FAMILY, "Rosa Lindqvist", {"registrant_id": "reg-F1"})
    story.begins("09:57", holds)
    story.other_meeting_hears("10:30")
    story.is_over("11:00", holds)
    story.opens("12:05")
    story.joins(client, "12:05")
    if met:
        story.stays(there, "12:06", "12:20")
    story.is_over("12:20", client)
    story.expect(client, outcome=outcome, attended=0)


@pytest.mark.parametrize(
    ("comes", "outcome"), [("11:00:01", "undetermined"), ("12:00", "undetermined"), ("12:00:01", "missed")]
)
def test_run_that_the_clinician_opens_soon_after_the_session_may_have_been_for_who_came_too_late(comes, outcome):
    """As soon after the end as somebody who comes into the run of the session itself has come for it."""
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.opens("11:00:01")
    story.joins(clinician, "11:00:01")
    story.joins(client, comes)
    story.is_over("12:40", client, clinician)
    story.expect(client, outcome=outcome, arrived=None)


@pytest.mark.parametrize("starts", ["08:00", "11:15", "12:00"])
def test_who_came_into_the_session_of_others_in_the_same_meeting_mixed_up_the_hour(starts):
    """A group that meets in the morning and at noon under one number: they came, to the wrong one."""
    story, clinician, client = an_hour("group")
    at = story.at(starts)
    ends, comes = at + timedelta(minutes=50), at + timedelta(minutes=2)
    other = Person("C9", Role.CLIENT, {"registrant_id": "reg-C9"}, {"registrant_id": "reg-C9"})
    story.another_appointment("A2", story.meeting.meeting_id, starts, ends, clinician, other)
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.begins(at, clinician)
    story.stays(client, comes, ends)
    story.joins(other, at)
    story.is_over(ends, other, clinician)
    story.expect(client, outcome="undetermined", cause="unknown", attended=0, only_actions={"review"})
    story.expect(other, appointment_id="A2", outcome="attended")


@pytest.mark.parametrize(("starts", "comes"), [("08:00", "08:01"), ("08:30", "08:50"), ("12:05", "12:06")])
def test_who_came_hours_off_into_a_room_that_serves_for_many_sessions_mixed_up_the_hour(starts, comes):
    """The clinician leaves the room open all day; who comes to the session of others there, and goes, has come."""
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    other = Person("C9", Role.CLIENT, {"registrant_id": "reg-C9"}, {"registrant_id": "reg-C9"})
    ends = story.at(starts) + timedelta(minutes=50)
    story.another_appointment("A2", story.meeting.meeting_id, starts, ends, clinician, other)
    story.begins("07:55", clinician)
    story.stays(other, starts, ends)
    story.stays(client, comes, seconds_after(story, comes, 40))
    story.other_meeting_hears("10:30")
    story.is_over("13:00", clinician)
    story.expect(client, outcome="undetermined", cause="unknown", attended=0, only_actions={"review"})


def test_their_own_session_at_another_hour_is_no_sign_of_this_one():
    story, clinician, client = an_hour()
    story.another_appointment("A2", story.meeting.meeting_id, "12:00", "12:50", clinician, client)
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.opens("11:58")
    story.stays(client, "11:58", "12:50")
    story.closes("12:50")
    story.expect(client, outcome="missed", cause="absence")


def test_who_comes_early_to_the_next_session_of_theirs_has_not_come_to_the_one_that_is_just_over():
    story, clinician, client = an_hour()
    story.another_appointment("A2", story.meeting.meeting_id, "11:10", "12:00", clinician, client)
    story.other_meeting_hears("10:30")
    story.is_over("10:30", clinician)
    story.opens("11:02")
    story.stays(client, "11:02", "12:00")
    story.closes("12:00")
    story.expect(client, outcome="missed", cause="absence")


def test_somebody_else_at_another_hour_is_no_sign_of_them():
    story, clinician, client = an_hour()
    story.other_meeting_hears("10:30")
    story.is_over("11:00", clinician)
    story.opens("12:00")
    story.stays(story.guest("Somebody Else", email="else@example.net"), "12:00", "12:10")
    story.closes("12:10")
    story.expect(client, outcome="missed", cause="absence", confidence="high")


def test_who_was_there_for_the_session_may_come_at_another_hour_as_well():
    story, clinician, client = an_hour()
    story.stays(client, "10:00", "10:58")
    story.is_over("11:00", clinician)
    story.opens("12:00")
    story.stays(client, "12:00", "12:10")
    story.closes("12:10")
    story.expect(client, outcome="attended", confidence="high", left="2026-03-02T10:58:00Z")


def met_at(comes, goes, kind="individual", **more):
    """Clinician and client together before the session, and the feed alive during it."""
    story = Story(kind, "10:00", "10:50")
    clinician, client = story.clinician(), story.client()
    story.begins(comes, clinician)
    story.stays(client, comes, goes)
    story.is_over(goes, clinician)
    story.other_meeting_hears("10:30")
    return story, clinician, client


def test_session_that_was_held_an_hour_early_is_looked_at_by_a_person():
    """They agreed on another time, or the roster is an hour off; nobody is told that it was not held."""
    story, clinician, client = met_at("09:00", "09:50")
    for person in (clinician, client):
        result = story.expect(person, outcome="undetermined", cause="unknown", only_actions={"review"})
        assert result["findings"][0]["rule"] == "held-otherwise"
        assert result["findings"][0]["events"] == [2, 3, 4, 5]
        assert result["findings"][0]["because"] == (
            "A clinician and a client were there together before the start, and nobody in the scheduled time."
        )


@pytest.mark.parametrize(("goes", "outcome"), [("09:32:29", "not-held"), ("09:32:30", "undetermined")])
def test_few_words_before_the_session_are_no_session(goes, outcome):
    """A quarter of the session is what takes a clinician to have held it."""
    story, _, client = met_at("09:20", goes)
    story.expect(client, outcome=outcome)


@pytest.mark.parametrize("sign", ["joins", "waits"])
def test_session_at_which_somebody_waited_for_the_clinician_was_not_moved(sign):
    story, _, client = met_at("09:00", "09:40", "group")
    other = story.client("C2")
    story.opens("09:59")
    if sign == "joins":
        story.stays(other, "10:00", "10:20")
    else:
        story.waits(other, "10:00")
        story.stops_waiting(other, "10:20")
    story.closes("10:20")
    for person in (client, other):
        story.expect(person, outcome="not-held", cause="provider")


def test_session_of_theirs_before_it_is_not_this_one_held_early():
    story, clinician, client = met_at("09:00", "09:45")
    story.another_appointment("A0", story.meeting.meeting_id, "09:00", "09:50", clinician, client)
    story.opens("10:05")
    story.closes("10:06")
    story.expect(client, outcome="not-held", cause="provider")
    story.expect(client, appointment_id="A0", outcome="attended")


def test_clinician_who_was_there_before_it_with_nobody_did_not_hold_it_early():
    story = Story("individual", "10:00", "10:50")
    clinician, client = story.clinician(), story.client()
    story.begins("09:00", clinician)
    story.is_over("09:50", clinician)
    story.other_meeting_hears("10:30")
    story.expect(client, outcome="not-held", cause="provider")
