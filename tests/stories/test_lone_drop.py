"""Cut off alone: whoever is the only one in a meeting ends it with their drop, and nobody ended it under them."""

from __future__ import annotations

import pytest

from tests.stories.story import Story


def before_the_host(
    *, beside: str = "10:04", reason: str = "network", back: str = "", code: str = "C1"
) -> tuple[Story, object]:
    """A client comes before the host, beside somebody who goes at a time, and is cut off at 10:05, when the meeting
    ends; the clinician opens it anew at 10:10."""
    story = Story("group", "10:00", "11:00")
    clinician, client, other = story.clinician(), story.client(code), story.client("C2" if code == "C1" else "C1")
    story.opens("09:58")
    story.joins(client, "09:58")
    story.joins(other, "09:58:10")
    story.leaves(other, beside)
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


@pytest.mark.parametrize("code", ["C1", "C2"])
@pytest.mark.parametrize(
    ("beside", "cause"), [("10:04:49", "technical"), ("10:04:50", "provider"), ("10:05", "provider")]
)
def test_end_of_a_meeting_with_somebody_else_in_it_until_a_moment_before_is_no_drop(beside, cause, code):
    story, client = before_the_host(beside=beside, code=code)
    story.expect(client, cause=cause)


@pytest.mark.parametrize(("back", "flags"), [("10:10:10", set()), ("10:10:11", {"interrupted"})])
def test_who_missed_no_more_than_a_moment_of_it_was_not_interrupted(back, flags):
    story, client = before_the_host(back=back)
    story.expect(client, outcome="attended", flags=flags, without={"interrupted"} - flags)


def test_session_that_was_held_before_as_well_went_on_without_them():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    story.joins(client, "09:59")
    story.leaves(clinician, "10:03")
    story.leaves(client, "10:05", "network")
    story.closes("10:05")
    story.begins("10:10", clinician)
    story.is_over("11:00", clinician)
    story.expect(client, outcome="partial", cause="technical", flags={"dropped"}, lost=50.0)


def test_who_is_cut_off_at_the_end_of_a_session_that_is_not_held_again_lost_nothing():
    story = Story("individual", "10:00", "11:00")
    clinician, client = story.clinician(), story.client()
    story.begins("09:58", clinician)
    story.joins(client, "09:59")
    story.leaves(clinician, "10:50")
    story.leaves(client, "10:51", "network")
    story.closes("10:51")
    story.expect(client, outcome="attended", cause="none", without={"dropped"})


def test_host_of_whom_the_roster_has_no_row_is_somebody():
    story = Story("individual", "10:00", "11:00")
    client, host = story.client(), story.guest("Somebody else", zoom_id=story.host_id)
    story.begins("09:58", host)
    story.joins(client, "09:59")
    story.is_over("10:20", client, host, reason="network")
    story.begins("10:30", host)
    story.is_over("11:00", host)
    story.expect(client, cause="provider", without={"dropped"})


def test_who_was_cut_off_alone_in_a_session_that_nobody_held_missed_nothing():
    story = Story("individual", "10:00", "11:00")
    story.clinician()
    client = story.client()
    story.opens("09:58")
    story.joins(client, "09:58")
    story.is_over("10:05", client, reason="network")
    story.other_meeting_hears("10:30")
    story.expect(client, outcome="not-held", cause="provider", without={"dropped"})
