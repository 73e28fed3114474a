"""A policy whose numbers are as low as they go asks hardly anything; even then nobody was there who was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.stories.limit import NUMBERS, with_numbers
from tests.stories.story import Story, an_hour

NO_SHARE, NO_TIME = {"attended_fraction": 0.0}, {"min_presence": timedelta(0)}


@pytest.mark.parametrize("numbers", [NO_SHARE, NO_TIME, NO_SHARE | NO_TIME])
def test_who_was_never_there_is_missing_however_little_is_asked(numbers):
    story, clinician, client = an_hour()
    story.is_over("11:00", clinician)
    policy = with_numbers(replace(NUMBERS, **numbers))
    story.expect(client, policy=policy, outcome="missed", cause="absence", confidence="high", attended=0)


def test_an_unidentified_guest_may_be_who_is_missing_when_no_time_is_asked():
    story, clinician, client = an_hour()
    story.stays(story.guest("Somebody"), "10:00", "11:00")
    story.is_over("11:00", clinician)
    story.expect(client, policy=with_numbers(replace(NUMBERS, **NO_TIME)), outcome="undetermined")


@pytest.mark.parametrize(("numbers", "outcome"), [(NO_SHARE, "attended"), (NO_TIME, "partial")])
def test_who_was_there_for_a_second_has_what_little_is_asked(numbers, outcome):
    story, clinician, client = an_hour()
    story.stays(client, "10:20:00", "10:20:01")
    story.is_over("11:00", clinician)
    story.expect(client, policy=with_numbers(replace(NUMBERS, **numbers)), outcome=outcome)


def test_nobody_held_what_no_clinician_was_in_when_no_share_is_asked():
    story = Story(starts="10:00", ends="11:00")
    clinician, client = story.clinician(), story.client()
    story.opens("09:57")
    story.stays(client, "09:58", "11:00")
    story.is_over("11:00")
    policy = with_numbers(replace(NUMBERS, min_held_fraction=0.0))
    story.expect(client, policy=policy, outcome="not-held", cause="provider")
    story.expect(clinician, policy=policy, outcome="not-held", cause="provider")
