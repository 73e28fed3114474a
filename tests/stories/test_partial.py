"""Somebody was there for too little of the session: whether they chose to be away, and why it is not sure."""

from __future__ import annotations

import pytest

from tests.stories.story import Person, Story, an_hour
from tests.stories.test_true_words import verdict


def came_for_a_quarter() -> tuple[Story, Person, Person]:
    story, clinician, client = an_hour()
    story.stays(client, "10:00", "10:15")
    return story, clinician, client


def test_who_went_before_nothing_more_was_heard_may_have_come_back():
    story, clinician, client = came_for_a_quarter()
    story.is_deauthorized("10:25")
    story.is_over("11:00", clinician)
    told = "They were away for a time in which the feed was not proven alive."
    assert verdict(story.expect(client, outcome="undetermined", flags={"feed-gap", "left-early"})) == told


@pytest.mark.parametrize("first", [True, False])
def test_who_is_booked_twice_and_was_at_the_other_session_for_the_rest_is_not_surely_absent(first):
    story, clinician, client = an_hour()
    story.another_appointment("B1", "96600000001", "10:00", "11:00", client)
    here, there = [("10:01", "10:15"), ("10:16", "10:58")][:: 1 if first else -1]
    story.stays(client, *here)
    story.stays(client, *there, meeting="96600000001")
    story.is_over("11:00", clinician)
    result = story.expect(client, appointment_id="A1", outcome="partial", cause="absence", confidence="medium")
    assert verdict(result).endswith("they were at another session of theirs, in another meeting.")


def test_who_was_in_after_some_failed_tries_did_more_than_try():
    story, clinician, client = an_hour()
    for minute in (0, 1, 2):
        story.stays(client, f"10:0{minute}", f"10:0{minute}:40", "network")
    story.stays(client, "10:10", "10:20")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", confidence="medium", without={"tried-to-join"})


def test_who_left_early_is_not_surely_absent_when_the_arrival_of_the_clinician_was_lost():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:58")
    story.joins(clinician, "09:58", lost=True)
    story.stays(client, "10:00", "10:15")
    story.is_over("11:00", clinician)
    result = story.expect(client, outcome="partial", cause="absence", confidence="medium")
    doubts = "It is not certain: a leave can hide a fault, and the clinician's arrival was not delivered."
    assert verdict(result).endswith(doubts)


def test_who_came_back_when_the_clinician_had_gone_had_been_there_before():
    story, clinician, client = came_for_a_quarter()
    story.leaves(clinician, "10:45")
    story.stays(client, "10:50", "10:59")
    story.closes("11:00")
    assert verdict(story.expect(client, outcome="partial")).endswith("It is not certain: a leave can hide a fault.")


@pytest.mark.parametrize(("comes", "gone"), [("10:44:59", False), ("10:45", True)])
def test_who_comes_as_the_clinician_goes_finds_nobody(comes, gone):
    story, clinician, client = an_hour()
    story.leaves(clinician, "10:45")
    story.stays(client, comes, "10:59")
    story.closes("11:00")
    told = verdict(story.expect(client, outcome="partial", cause="absence", confidence="medium"))
    assert told.endswith("the clinician had gone when they came.") is gone


def test_clinician_who_comes_back_had_not_gone_for_good_when_the_client_came():
    story, clinician, client = an_hour()
    story.leaves(clinician, "10:20")
    story.joins(client, "10:30")
    story.joins(clinician, "10:35")
    story.leaves(client, "10:40")
    story.is_over("11:00", clinician)
    assert verdict(story.expect(client, outcome="partial")).endswith("It is not certain: a leave can hide a fault.")


def test_who_left_early_is_not_surely_absent_when_the_clinician_may_have_gone_long_before_the_others():
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.joins(other, "09:59")
    story.stays(client, "10:00", "10:15")
    story.leaves(clinician, "10:20", lost=True)
    story.is_over("11:00", other)
    result = story.expect(client, outcome="partial", cause="absence", confidence="medium")
    doubts = "a leave can hide a fault, and the clinician's leave was not delivered, and others stayed on."
    assert verdict(result).endswith(doubts)


@pytest.mark.parametrize(("back", "confidence"), [("10:31", "high"), (None, "medium")])
def test_who_came_late_is_not_surely_away_for_long_when_the_clinician_dropped_out_and_was_not_seen_again(
    back, confidence
):
    """Whether it went on, as the client stayed, nobody knows; they may have had most of it."""
    story, clinician, client = an_hour()
    story.joins(client, "10:09" if back is None else "10:25")
    story.drops(clinician, "10:30", back)
    story.leaves(client, "11:00")
    if back:
        story.leaves(clinician, "11:00")
    story.closes("11:00")
    story.expect(client, outcome="partial", cause="absence", confidence=confidence, flags={"late"})
