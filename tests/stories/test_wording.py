"""The sentences that staff read: which moment they name, and in which words."""

from __future__ import annotations

from tests.stories.story import an_hour, seconds_after


def test_words_of_a_duration_have_half_minutes():
    story, clinician, client = an_hour()
    story.joins(client, seconds_after(story, "10:07", 30))
    story.is_over("11:00", client, clinician)
    result = story.expect(client, flags={"late"})
    assert "They arrived at 10:07:30 UTC, 7.5 min after the start." in [f["because"] for f in result["findings"]]
