"""Somebody unidentified comes when a person is gone: it may be them, by another way."""

from __future__ import annotations

import pytest

from tests.stories.story import an_hour


def cut_off():
    story, clinician, client = an_hour()
    story.joins(client, "09:58")
    story.drops(client, "10:20")
    return story, clinician, client


def test_who_may_have_come_back_by_telephone_is_for_a_person_to_judge():
    story, clinician, client = cut_off()
    caller = story.guest("+15550100999", phone="+15550100999")
    story.joins(caller, "10:24")
    story.is_over("11:00", caller, clinician)
    story.expect(client, outcome="undetermined", flags={"unidentified-guest", "dropped"}, only_actions={"review"})


@pytest.mark.parametrize(("until", "outcome"), [("10:48:59", "partial"), ("10:49", "undetermined")])
def test_only_a_guest_with_whom_they_would_have_attended_makes_a_difference(until, outcome):
    """20 of 60 minutes were theirs; 25 more, and it was enough (0.75)."""
    story, clinician, client = cut_off()
    story.stays(story.guest("iPhone"), "10:24", until)
    story.is_over("11:00", clinician)
    story.expect(client, outcome=outcome)


@pytest.mark.parametrize(("since", "outcome"), [("10:18", "undetermined"), ("10:17:59", "partial")])
def test_guest_who_was_there_together_with_them_is_somebody_else(since, outcome):
    """A broken connection may stand for two minutes before it is noticed."""
    story, clinician, client = cut_off()
    stranger = story.guest("Interpreter")
    story.joins(stranger, since)
    story.is_over("11:00", stranger, clinician)
    story.expect(client, outcome=outcome)
