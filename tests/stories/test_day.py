"""Another session of the same people, in the same meeting, before it: what was in it is none of this one's."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.stories.story import Story
from tests.stories.test_properties import SETTINGS, stories, verdicts

BEFORE = (timedelta(minutes=100), timedelta(hours=5))
LASTS = timedelta(minutes=45)


def of_this_one(story: Story) -> list[dict]:
    """Its verdicts, without what follows: a no-show before is another step of the ladder."""
    told = [one for one in verdicts(story) if one["appointment_id"] == "A1"]
    return [{key: value for key, value in one.items() if key != "actions"} for one in told]


@SETTINGS
@given(stories(), st.sampled_from(BEFORE), st.sets(st.integers(1, 3), min_size=1))
def test_who_was_in_a_session_before_is_judged_as_if_they_had_not_been(story: Story, before: timedelta, who: set[int]):
    """All of it was delivered, and the feed is heard then in any case."""
    begin = story.starts_at - before
    end = begin + LASTS
    number = story.meeting.meeting_id
    story.another_appointment("A0", number, begin, end, *story.people)
    story.other_meeting_hears(begin)
    story.other_meeting_hears(end)
    story.opens(begin - timedelta(minutes=2))
    story.stays(story.people[0], begin - timedelta(minutes=1), end)
    story.closes(end + timedelta(seconds=20))
    expected = of_this_one(story)
    for place in who:
        story.stays(story.people[place], begin, end)
    assert of_this_one(story) == expected
