"""One person's place in a session was cancelled, and the session stands for the others."""

from __future__ import annotations

from plugin.core.appointment import Status
from tests.stories.story import Story


def group() -> tuple[Story, object, object, object]:
    """A group from 10:00 to 11:00 of whose three clients one was taken out of it in the roster."""
    story = Story("group", "10:00", "11:00")
    clinician, out, here = story.clinician(), story.client("C1", status=Status.CANCELLED), story.client("C2")
    missing = story.client("C3")
    story.begins("09:57", clinician)
    story.joins(here, "09:59")
    story.is_over("11:00", here, clinician)
    return story, out, here, missing


def test_who_was_taken_out_of_a_group_did_not_miss_it_and_the_others_are_judged_as_ever():
    story, out, here, missing = group()
    story.expect(out, outcome="cancelled", cause="none", confidence="high", actions=set())
    story.expect(here, outcome="attended")
    story.expect(missing, outcome="missed", cause="absence")


def test_nobody_is_called_into_a_session_that_they_were_taken_out_of():
    story, out, _, missing = group()
    for moment in ("09:30", "10:06", "10:20"):
        story.expect(out, at=moment, outcome="cancelled", actions=set())
    assert story.expect(missing, at="10:20")["actions"], "as is done for who is expected"


def test_who_comes_all_the_same_is_seen_and_stays_cancelled():
    story, out, *_ = group()
    story.joins(out, "10:10")
    story.leaves(out, "10:30")
    story.expect(out, outcome="cancelled", attended=20)


def test_session_that_nobody_held_was_cancelled_for_them_all_the_same():
    story = Story("group", "10:00", "11:00")
    story.clinician()
    out, here = story.client("C1", status=Status.CANCELLED), story.client("C2")
    story.opens("09:58")
    story.joins(here, "09:58")
    story.is_over("10:30", here)
    story.expect(out, outcome="cancelled", actions=set())
    story.expect(here, outcome="not-held")
