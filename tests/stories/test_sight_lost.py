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
