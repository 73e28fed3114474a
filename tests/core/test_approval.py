"""Which proposal goes out without a person: each thing that stands against it, on both sides of its limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.approval import ApprovalCase, ApprovalLimits, automatic

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LIMITS = ApprovalLimits(automatic_causes=("technical", "provider"), automatic_most=3)
VERDICT = {"outcome": "missed", "cause": "technical", "final": True, "confidence": "high"}
CASE = ApprovalCase("individual", VERDICT, True, False, None, 0)


def test_technical_trouble_in_an_individual_session_goes_out_and_says_why():
    assert automatic(CASE, LIMITS, NOW) == (
        True, "By policy: cause technical, individual session, first offer in 30 days.",
    )  # fmt: skip


def test_as_shipped_nothing_goes_out():
    assert automatic(CASE, ApprovalLimits(), NOW) == (False, "The policy approves nothing automatically.")


@pytest.mark.parametrize(
    ("changes", "because"),
    [
        ({"kind": "family"}, "kind of session"),
        ({"verdict": None}, "not final"),
        ({"verdict": VERDICT | {"final": False}}, "not final"),
        ({"verdict": VERDICT | {"cause": "absence"}}, "For this cause"),
        ({"verdict": VERDICT | {"cause": "unknown"}}, "For this cause"),
        ({"verdict": VERDICT | {"confidence": "low"}}, "not certain"),
        ({"has_times": False}, "no times"),
        ({"asked_for": True}, "asked for something"),
        ({"offered_at": NOW - timedelta(days=30) + timedelta(seconds=1)}, "within the last 30 days"),
        ({"automatic_today": 3}, "daily brake is on: 3"),
        ({"automatic_today": 4}, "daily brake is on: 4"),
    ],
)
def test_what_stands_against_it_leaves_it_to_a_person(changes, because):
    may, told = automatic(replace(CASE, **changes), LIMITS, NOW)
    assert not may
    assert because in told


@pytest.mark.parametrize(
    "changes",
    [
        {"offered_at": NOW - timedelta(days=30)},
        {"automatic_today": 2},
        {"verdict": VERDICT | {"cause": "provider"}},
        {"verdict": VERDICT | {"confidence": "medium"}},
    ],
)
def test_on_the_other_side_of_each_limit_it_goes_out(changes):
    assert automatic(replace(CASE, **changes), LIMITS, NOW)[0]
