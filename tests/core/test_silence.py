"""Where a recording is silent though meetings should have been heard."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.blindness import silences
from plugin.core.feed import Expectation, FeedLimits

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
LIMITS = FeedLimits()


def at(minutes: float) -> datetime:
    """So many minutes after ten."""
    return TEN + timedelta(minutes=minutes)


def silent(heard: list[float], *meetings: tuple[float, float, float | None], until: float = 600):
    """The silences of a recording, in minutes after ten; of a meeting when it begins, ends and was first heard."""
    told = [Expectation(at(a), at(b), None if first is None else at(first)) for a, b, first in meetings]
    starts = sorted(one.starts_at for one in told)
    moments = sorted(at(minutes).timestamp() for minutes in heard)

    def look(begin: datetime, end: datetime, going_on: datetime) -> list[Expectation]:
        found = [one for one in told if begin <= one.starts_at < end]
        return [one if one.ends_at > going_on else replace(one, heard_at=None) for one in found]

    found = silences(moments, starts, look, LIMITS, at(until))
    return [((a - TEN) / timedelta(minutes=1), (b - TEN) / timedelta(minutes=1)) for a, b in found]


BUSY = [5 * n for n in range(13, 120)]
"""Something every five minutes, from five past eleven on."""


@pytest.mark.parametrize(("again", "found"), [(19.9, []), (20, [(10, 20)]), (20.1, [(10, 20.1)])])
def test_two_meetings_that_began_and_ten_minutes_of_nothing(again, found):
    assert silent([9, again, 25, 30, 35, 40, 45, 50, 55, 60, *BUSY], (10, 50, None), (10, 50, None)) == found


def test_one_meeting_to_which_nobody_came_is_no_silence():
    assert silent([0, 60, *BUSY], (10, 50, None), (10, 50, 3)) == []


def test_meeting_that_was_heard_afterwards_was_not_heard_in_it():
    assert silent([0, 60, *BUSY], (10, 70, 60), (20, 80, 61)) == [(10, 60)]


def test_it_begins_when_something_was_heard_last_if_a_session_was_on():
    assert silent([0, 12, 60, *BUSY], (10, 70, 60), (20, 80, 61)) == [(12, 60)]


def test_meetings_that_begin_as_it_ends_say_nothing():
    assert silent([0, 60, *BUSY], (51, 90, 60), (51, 90, 61)) == []
    assert silent([0, 60, *BUSY], (50, 90, 60), (50, 90, 61)) == [(50, 60)]


def test_it_begins_with_the_first_of_several_that_were_not_heard():
    assert silent([0, 90, *range(95, 590, 5)], (10, 20, None), (40, 60, None)) == [(10, 90)]


def test_quiet_evening_is_no_silence():
    assert silent([0, 1, 2, 590]) == []


def test_silence_up_to_the_moment_of_judgement():
    meetings = ((10, 50, None), (10, 50, None))
    assert silent([0, 11], *meetings, until=20) == []
    assert silent([0, 11], *meetings, until=21) == [(11, 21)]


def test_silences_one_after_the_other_are_each_found():
    meetings = ((10, 50, None), (10, 50, None), (70, 110, None), (70, 110, None))
    assert silent([0, 55, 120, *range(125, 590, 5)], *meetings) == [(10, 55), (70, 120)]


def test_recording_of_nothing_is_not_asked():
    assert silent([], (10, 50, None), (10, 50, None)) == []
