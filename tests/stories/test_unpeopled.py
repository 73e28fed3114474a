"""A meeting runs as long as somebody is in it: when nobody known was, somebody was there who was not heard."""

from __future__ import annotations

import pytest

from tests.stories.delivery import zulu
from tests.stories.story import Story, an_hour
from tests.stories.test_true_words import verdict

MISSED = {"outcome": "missed", "cause": "absence", "confidence": "high"}
UNSEEN = {"outcome": "undetermined", "cause": "unknown", "flags": {"feed-gap"}, "only_actions": {"review"}}


def meeting():
    story = Story(starts="10:00", ends="11:00")
    return story, story.clinician(), story.client()


def test_whoever_began_the_meeting_long_before_the_clinician_may_have_been_who_is_missing():
    story, clinician, client = meeting()
    story.opens("09:58")
    story.stays(clinician, "10:30", "11:00")
    story.closes("11:00")
    result = story.expect(client, **UNSEEN)
    told = "The meeting ran for a time, and nothing was delivered of who was in it; they may have been."
    assert verdict(result) == told


@pytest.mark.parametrize(("comes", "expected"), [("10:05", MISSED), ("10:05:01", UNSEEN)])
def test_first_who_is_told_of_comes_within_moments_of_the_beginning(comes, expected):
    story, clinician, client = meeting()
    story.opens("10:00")
    story.stays(clinician, comes, "11:00")
    story.closes("11:00")
    story.expect(client, **expected)


def test_start_that_only_those_who_came_later_tell_of_may_be_the_time_it_was_booked_for():
    story, clinician, client = meeting()
    story.opens("10:00", lost=True)
    story.stays(clinician, "10:12", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="missed", cause="absence")


@pytest.mark.parametrize(("closes", "expected"), [("10:45", MISSED), ("10:45:01", UNSEEN)])
def test_whoever_kept_the_meeting_on_when_the_clinician_had_gone_may_have_been_who_is_missing(closes, expected):
    story, clinician, client = meeting()
    story.begins("09:58", clinician)
    story.leaves(clinician, "10:40")
    story.closes(closes)
    story.expect(client, **expected)


@pytest.mark.parametrize(("back", "unseen"), [("10:45", False), ("10:45:01", True)])
def test_whoever_kept_it_on_until_the_clinician_came_back_may_have_been_who_is_missing(back, unseen):
    story, clinician, client = meeting()
    story.begins("09:58", clinician)
    story.drops(clinician, "10:40", back)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="undetermined" if unseen else "missed")


def test_meeting_that_ran_with_nobody_known_in_it_was_perhaps_held():
    story, clinician, client = meeting()
    story.opens("09:58")
    story.stays(client, "10:50", "11:00")
    story.closes("11:00")
    for person in (clinician, client):
        story.expect(person, outcome="undetermined", cause="unknown", flags={"feed-gap"})


@pytest.mark.parametrize(
    ("closes", "confidence"), [("10:04", "high"), ("10:05", "high"), ("10:05:01", "medium"), ("11:00", "medium")]
)
def test_who_waited_at_the_door_of_a_meeting_that_was_on_is_not_surely_told_that_nobody_held_it(closes, confidence):
    """Nobody who was inside was told, and somebody may have been; the client was kept waiting either way."""
    story, _, client = meeting()
    story.opens("09:58")
    story.waits(client, "09:59")
    story.closes(closes)
    result = story.expect(client, outcome="not-held", cause="provider", confidence=confidence, flags={"never-admitted"})
    doubted = "It is not certain: the meeting was on, and whoever was inside was not delivered."
    assert result["findings"][0]["because"].endswith(doubted) is (confidence == "medium"), story.tell(result)


def test_who_waited_at_the_door_of_a_meeting_whose_end_was_lost_is_not_surely_told_that_nobody_held_it():
    story, _, client = meeting()
    story.opens("09:58")
    story.waits(client, "09:59")
    result = story.expect(client, outcome="not-held", cause="provider", confidence="medium")
    assert "the meeting was on, and whoever was inside was not delivered" in result["findings"][0]["because"]


def test_meeting_that_was_on_twice_may_have_been_held_the_second_time():
    """The clinician tried it early; of who was in it later nobody was told, but for the client at the door."""
    story, clinician, client = meeting()
    story.opens("09:40")
    story.stays(clinician, "09:40", "09:44")
    story.closes("09:44")
    story.opens("09:58")
    story.waits(client, "09:59")
    story.closes("11:00")
    result = story.expect(client, outcome="not-held", cause="provider", confidence="medium")
    assert "the meeting was on, and whoever was inside was not delivered" in result["findings"][0]["because"]


def test_who_waits_at_the_door_is_not_who_was_inside():
    story, clinician, client = meeting()
    story.opens("09:58")
    story.waits(story.client("C2"), "09:58")
    story.stays(clinician, "10:30", "11:00")
    story.closes("11:00")
    story.expect(client, **UNSEEN)


def test_who_came_before_the_host_may_have_been_inside_since():
    story, clinician, client = meeting()
    story.opens("09:58")
    story.before_host("jbh_joined", story.client("C2"), "09:58")
    story.stays(clinician, "10:30", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


def test_who_is_told_of_in_a_breakout_room_only_was_in_the_meeting_before():
    story, clinician, client = meeting()
    other = story.client("C2")
    story.opens("09:58")
    door = story.joins(other, "09:59", lost=True).body["payload"]["object"]["participant"]
    body = story.meeting.person(
        "participant_joined_breakout_room", story.at("10:10"), story.meeting.door(other.shown), "join_time"
    )
    body["payload"]["object"]["participant"]["parent_user_id"] = door["user_id"]
    story._send(body, "10:10")
    story.stays(clinician, "10:30", "11:00")
    story.closes("11:00")
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


def test_who_waited_without_word_of_a_meeting_waited_for_nobody():
    story, _, client = meeting()
    story.waits(client, "09:59")
    story.stops_waiting(client, "10:30")
    story.expect(client, outcome="not-held", cause="provider", confidence="high")


@pytest.mark.parametrize(("comes", "lost"), [("10:30", "join"), ("09:58", "leave")])
def test_one_of_whom_less_was_delivered_may_have_been_there_all_the_time(comes, lost):
    story, clinician, client = meeting()
    story.opens("09:58")
    story.joins(clinician, comes, lost=lost == "join")
    story.leaves(clinician, "10:40", lost=lost == "leave")
    story.closes("10:40" if lost == "join" else "11:00")
    story.expect(client, outcome="missed", cause="absence", confidence={"high", "medium"})


def test_somebody_in_a_breakout_room_was_in_the_meeting():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.joins(other, "09:59")
    story.switches_room(other, "10:10")
    story.leaves(clinician, "10:40")
    story.leaves(other, "11:00")
    story.closes("11:00")
    story.expect(client, outcome="missed", cause="absence")


def test_what_was_not_heard_changes_nothing_for_who_was_there():
    story, clinician, client = meeting()
    story.opens("09:30")
    story.joins(client, "10:00")
    story.joins(clinician, "10:00")
    story.is_over("10:55", client, clinician)
    story.expect(client, outcome="attended", cause="none", confidence="high", only_flags=set())


def test_complete_report_shows_who_was_in_the_meeting():
    story, clinician, client = meeting()
    story.opens("09:58")
    story.stays(clinician, "10:30", "11:00")
    story.closes("11:00")
    story.zoom_reports("11:30", (clinician, "10:30", "11:00"))
    story.expect(client, outcome="missed", cause="absence")


def test_runs_that_nobody_names_may_be_several():
    story, clinician, client = meeting()
    story.begins("09:58", clinician)
    story.is_over("10:20", clinician)
    story.begins("10:26", clinician)
    story.is_over("11:00", clinician)
    for sent in story.sent:
        sent.body["payload"]["object"]["uuid"] = ""
    story.expect(client, **MISSED)


def test_one_start_that_is_of_the_run_before_does_not_make_this_one_longer():
    story, clinician, client = meeting()
    story.begins("09:58", clinician)
    story.is_over("10:20", clinician)
    before = story.meeting.started_at
    story.opens("10:26")
    came = story.joins(clinician, "10:26")
    came.body["payload"]["object"]["start_time"] = zulu(before)
    story.is_over("11:00", clinician)
    story.expect(client, **MISSED)
