"""Section 4 of the replay contract: late and left-early, before, at and after the grace."""

from __future__ import annotations

import pytest

from tests.stories.story import an_hour


@pytest.mark.parametrize(("comes", "late"), [("10:04:59", False), ("10:05:00", False), ("10:05:01", True)])
@pytest.mark.parametrize("way", ["joins", "waits"])
def test_late_is_more_than_five_minutes_after_the_scheduled_start(way, comes, late):
    story, clinician, client = an_hour()
    getattr(story, way)(client, comes)
    if way == "waits":
        story.joins(client, "10:09")
    story.is_over("11:00", client, clinician)
    result = story.expect(client, outcome="attended")
    assert ("late" in result["flags"]) is late, story.tell(result)


@pytest.mark.parametrize(("goes", "early"), [("10:45:01", False), ("10:45:00", False), ("10:44:59", True)])
def test_left_early_is_relative_to_the_end_of_the_held_time(goes, early):
    story, clinician, client = an_hour()
    story.stays(client, "09:58", goes)
    story.is_over("10:50", clinician)
    result = story.expect(client, outcome="attended")
    assert ("left-early" in result["flags"]) is early, story.tell(result)
