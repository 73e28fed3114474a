"""Section 5 of the replay contract: what is provisional, and what a late delivery corrects."""

from __future__ import annotations

import pytest

from tests.stories.story import an_hour, seconds_after


@pytest.mark.parametrize(("seconds", "final"), [(-1, False), (0, True), (1, True)])
def test_final_ninety_minutes_after_the_scheduled_end(seconds, final):
    story, clinician, client = an_hour()
    story.is_over("10:50", clinician)
    story.expect(client, at=seconds_after(story, "12:30", seconds), final=final)


@pytest.mark.parametrize(("seconds", "final"), [(-1, False), (0, True)])
def test_or_after_the_last_instance_if_that_ended_later(seconds, final):
    story, clinician, client = an_hour()
    story.is_over("11:20", clinician)
    story.expect(client, at=seconds_after(story, "12:50", seconds), final=final)


def test_a_joined_that_comes_85_minutes_late_corrects_a_no_show():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", after=5100)
    story.leaves(client, "11:00", after=5100)
    story.is_over("11:00", clinician)
    story.expect(client, at="11:05", outcome="missed", final=False)
    story.expect(client, outcome="attended", final=True, cause="none", only_actions=set())


def test_deliveries_received_after_the_moment_are_not_looked_at():
    story, clinician, client = an_hour()
    story.joins(client, "09:58", after=1800)
    story.is_over("11:00", client, clinician)
    story.expect(client, at="10:20", joined=None, attended=0, final=False)
    story.expect(client, at="10:40", joined="2026-03-02T09:58:00Z", attended=40, final=False)


def test_nobody_is_called_missing_before_it_began():
    story, _, client = an_hour()
    for at in ("09:58", "10:00:30", "10:04"):
        story.expect(client, at=at, no_show=False, final=False, no_actions={"ticket", "reschedule", "checkin"})
