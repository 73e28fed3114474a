"""A session of theirs in another meeting was cancelled: who comes there is not expected there, and missing here."""

from __future__ import annotations

import pytest

from tests.stories.story import an_hour
from tests.stories.test_other_link import tries

OTHER = "97770000001"


def both(status: str):
    """A session from ten to eleven, and another one of the client's at ten past eleven, in another meeting."""
    story, clinician, client = an_hour()
    story.another_appointment("B1", OTHER, "11:10", "12:00", clinician, client, status=status)
    story.is_over("11:00", clinician)
    return story, client


@pytest.mark.parametrize(
    ("status", "outcome", "cause"), [("cancelled", "missed", "technical"), ("booked", "undetermined", "unknown")]
)
def test_who_came_into_the_meeting_of_a_cancelled_session_took_the_wrong_link(status, outcome, cause):
    story, client = both(status)
    story.joins(client, "10:15", meeting=OTHER)
    story.leaves(client, "10:20", meeting=OTHER)
    result = story.expect(client, outcome=outcome, cause=cause)
    assert ("wrong-meeting" in result["flags"]) is (status == "cancelled"), story.tell(result)


def test_link_of_a_cancelled_session_that_was_opened_meanwhile_is_a_sign():
    story, client = both("cancelled")
    tries(story, client, "10:15", session="B1")
    story.expect(client, outcome="undetermined", no_show=False)
