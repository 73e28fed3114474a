"""Somebody came and no end of it was ever delivered: nobody knows how long they stayed."""

from __future__ import annotations

import pytest

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
    result = story.expect(client, outcome="undetermined", flags={"unidentified-guest"}, actions={"review"})
    told = [finding["because"] for finding in result["findings"] if finding["rule"] == "unidentified-guest"]
    assert "One unidentified guest was there or waited, and no end of it was ever delivered." in told


def test_stranger_of_whom_an_end_was_told_was_there_for_moments():
    story, clinician, client = an_hour("group")
    guest = story.guest("iPhone")
    story.joins(guest, "10:30")
    story.leaves(guest, "10:30:20")
    story.leaves(clinician, "11:00")
    story.expect(client, outcome="missed", cause="absence", confidence="medium")


@pytest.mark.parametrize("reason", ["to breakout", "plain"])
@pytest.mark.parametrize("join_first", [True, False])
def test_move_to_another_room_is_no_drop_when_it_is_the_last_that_was_heard(reason, join_first):
    """Where a recording breaks off: the join was told, and when and why they went is lost."""
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.switches_room(clinician, "10:50", reason, join_first=join_first)
    story.switches_room(client, "10:50", reason, join_first=join_first)
    for person in (clinician, client):
        result = story.expect(
            person, outcome="attended", without={"dropped", "left-early", "interrupted", "host-dropped"}
        )
        assert not any(f["hit"] for f in result["findings"] if f["rule"] in ("connection-broke", "quick-return"))


def test_who_leaves_the_room_that_they_had_just_moved_to_has_left():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.switches_room(client, "10:20")
    story.leaves(client, "10:20:01")
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", flags={"left-early"}, without={"dropped"})


def test_connection_of_which_no_end_was_ever_told_was_perhaps_no_short_one():
    """It may be the one that worked."""
    story, clinician, client = an_hour()
    story.joins(client, "10:05")
    story.leaves(client, "10:05:20", "network")
    story.joins(client, "10:30")
    story.leaves(clinician, "10:30:20")
    result = story.expect(client, outcome="undetermined", flags={"feed-gap"})
    assert "failed-tries" not in {finding["rule"] for finding in result["findings"] if finding["hit"]}
