"""Cut off alone: whoever is the only one in a meeting ends it with their drop, and nobody ended it under them."""

from __future__ import annotations

import pytest

from tests.stories.story import Story


def before_the_host(*, beside: str = "", reason: str = "network", back: str = "") -> tuple[Story, object]:
    """A client comes before the host, alone (or beside somebody who goes at a time), and is cut off at 10:05; the
    clinician opens the meeting anew at 10:10."""
    story = Story("group", "10:00", "11:00")
    clinician, client, other = story.clinician(), story.client(), story.client("C2")
    story.opens("09:58")
    story.joins(client, "09:58")
    story.joins(other, "09:58:10")
    story.leaves(other, beside or "10:04")
    story.leaves(client, "10:05", reason)
    story.closes("10:05")
    story.begins("10:10", clinician)
    if back:
        story.joins(client, back)
        story.is_over("11:00", client, clinician)
    else:
        story.is_over("11:00", clinician)
    return story, client


def test_who_was_cut_off_alone_and_did_not_come_back_had_technical_trouble():
    story, client = before_the_host()
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, lost=50.0)


def test_who_was_cut_off_alone_and_came_back_late_was_interrupted():
    story, client = before_the_host(back="10:40")
    story.expect(client, outcome="partial", cause="technical", flags={"interrupted"}, lost=30.0)


def test_who_went_by_themselves_left_a_meeting_that_nobody_held():
    story, client = before_the_host(reason="plain")
    story.expect(client, outcome="partial", cause="provider", without={"dropped"})


@pytest.mark.parametrize(
    ("beside", "cause"), [("10:04:49", "technical"), ("10:04:50", "provider"), ("10:05", "provider")]
)
def test_end_of_a_meeting_with_somebody_else_in_it_until_a_moment_before_is_no_drop(beside, cause):
    story, client = before_the_host(beside=beside)
    story.expect(client, cause=cause)


def test_who_is_cut_off_at_the_end_of_a_session_that_is_not_held_again_lost_nothing():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    story.joins(client, "09:59")
    story.leaves(clinician, "10:50")
    story.leaves(client, "10:51", "network")
    story.closes("10:51")
    story.expect(client, outcome="attended", cause="none", without={"dropped"})
