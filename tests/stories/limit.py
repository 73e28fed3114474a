"""Limits of the policy in stories: three cases around each threshold, and which stories are about which threshold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from plugin.core.appointment import Kind
from plugin.core.policy import Policy, Thresholds
from tests.stories.story import POLICY

SECOND = timedelta(seconds=1)
NUMBERS = POLICY.of(Kind.INDIVIDUAL)
OTHER_NUMBERS = replace(
    NUMBERS,
    attended_fraction=0.6,
    min_held_fraction=0.4,
    min_presence=timedelta(seconds=40),
    arrive_grace=timedelta(minutes=7),
    nudge_after=timedelta(minutes=4),
    no_show_after=timedelta(minutes=11),
    drop_grace=timedelta(seconds=50),
    incident_grace=timedelta(minutes=3),
    early_window=timedelta(minutes=45),
    final_after=timedelta(minutes=100),
    end_tolerance=timedelta(seconds=15),
    short_connection=timedelta(seconds=75),
    short_connections=3,
    quick_return=timedelta(seconds=150),
    group_drop_people=4,
    group_drop_window=timedelta(seconds=110),
    quality_window=timedelta(seconds=105),
    guest_presence=timedelta(seconds=85),
    most_guest_events=150,
    reschedule_lost_fraction=0.7,
    reschedule=False,
    checkin_at=(2, 5),
    checkin_within=timedelta(days=30),
)
"""No number as shipped and no two alike: several shipped ones are equal, so that one could stand in for another."""

_STEPS = {-1: "just before", 0: "exactly at", 1: "just after"}


@dataclass(frozen=True)
class LimitStory:
    """A test that stands on both sides of one threshold, and what it expects at each step."""

    test: Callable[..., None]
    sides: tuple[dict, ...]

    def holds(self, numbers: Thresholds, policy: Policy) -> list[bool]:
        """For each of its cases, with times by these numbers and judged by this policy: does it come true?"""
        return [_holds(self.test, numbers, policy, side) for side in self.sides]


STORIES: dict[str, list[LimitStory]] = {}
"""The stories of each threshold, by its name in `Thresholds`."""


def limit(threshold: str, long: bool = False, **sides: tuple) -> Callable:
    """Tell a story just before, exactly at and just after a threshold, by the shipped numbers and by other ones.

    `sides` names what is expected, with its value on each of the three steps; `step` is -1, 0 and 1, a second or one
    person of whatever the story moves. The story takes its times from `numbers` and is judged by `policy`. Of one that
    takes `long`, the case just before is left to `make torture`.
    """
    cases = [{"step": step, **{word: told[step + 1] for word, told in sides.items()}} for step in _STEPS if sides]

    def mark(test: Callable[..., None]) -> Callable[..., None]:
        STORIES.setdefault(threshold, []).append(LimitStory(test, tuple(cases) or ({},)))
        if cases:
            test = pytest.mark.parametrize(tuple(cases[0]), [_param(case, long) for case in cases])(test)
        both = [(NUMBERS, POLICY), (OTHER_NUMBERS, with_numbers(OTHER_NUMBERS))]
        return pytest.mark.parametrize(("numbers", "policy"), both, ids=["shipped", "other numbers"])(test)

    return mark


def _param(case: dict, long: bool):
    marks = [pytest.mark.long] if long and case["step"] < 0 else []
    return pytest.param(*case.values(), id=_STEPS[case["step"]], marks=marks)


def with_numbers(numbers: Thresholds) -> Policy:
    """The shipped policy with these numbers for every kind of session."""
    return replace(POLICY, thresholds=dict.fromkeys(Kind, numbers))


def moved(threshold: str) -> Iterator[Policy]:
    """A policy of the other numbers with one threshold moved by the least that a story shows, to either side."""
    told = getattr(OTHER_NUMBERS, threshold)
    if isinstance(told, bool):
        others = [not told]
    elif isinstance(told, tuple):
        others = [tuple(n + 1 for n in told), tuple(n - 1 for n in told)]
    else:
        least = {timedelta: SECOND, int: 1, float: 0.01}[type(told)]
        others = [told + least, told - least]
    for other in others:
        yield with_numbers(replace(OTHER_NUMBERS, **{threshold: other}))


def _holds(test: Callable[..., None], numbers: Thresholds, policy: Policy, side: dict) -> bool:
    try:
        test(numbers=numbers, policy=policy, **side)
    except AssertionError:
        return False
    return True
