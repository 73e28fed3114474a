"""Somebody came and no end of it was ever delivered: nobody knows how long they stayed."""

from __future__ import annotations

from tests.stories.story import an_hour


def test_who_came_late_and_was_lost_out_of_sight_may_have_stayed():
    story, _, client = an_hour()
    story.joins(client, "10:30")
    story.expect(client, outcome="undetermined", flags={"feed-gap"}, confidence="low", no_show=False)


def test_who_was_there_for_most_of_it_attended_whatever_came_then():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.leaves(clinician, "10:58")
    story.expect(client, outcome="attended", held=58, attended=58, flags={"inferred-end"})


def test_who_came_only_after_the_end_did_not_attend():
    story, clinician, client = an_hour()
    story.leaves(clinician, "11:00")
    story.joins(client, "11:10")
    came = "2026-03-02T11:10:00Z"
    result = story.expect(client, outcome="undetermined", arrived=came, joined=came, flags={"late"})
    assert result["findings"][0]["rule"] == "sign-of-the-person"


def test_stranger_who_was_lost_out_of_sight_may_have_been_whoever_is_missing():
    """With the end of the meeting they would have been there for half an hour; that it was lost makes no absence."""
    story, clinician, client = an_hour("group")
    other = story.client("C2")
    story.joins(other, "09:58")
    story.joins(story.guest("iPhone"), "10:30")
    story.leaves(clinician, "10:30:20")
    story.leaves(other, "10:30:20")
    story.expect(client, outcome="undetermined", flags={"unidentified-guest"}, actions={"review"})


def test_stranger_of_whom_an_end_was_told_was_there_for_moments():
    story, clinician, client = an_hour("group")
    guest = story.guest("iPhone")
    story.joins(guest, "10:30")
    story.leaves(guest, "10:30:20")
    story.leaves(clinician, "11:00")
    story.expect(client, outcome="missed", cause="absence", confidence="medium")
