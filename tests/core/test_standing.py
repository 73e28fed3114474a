"""How things stand with a session for the client who looks at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.assessment import Cause, Outcome
from plugin.core.standing import Choice, Standing, choice, said_of, standing, was_corrected

NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
TICK = timedelta(seconds=1)


def stands(now: datetime, outcome: str | None = None, cause: str | None = None, booked=True, noticed=False) -> Standing:
    return standing(NINE, TEN, booked, outcome, cause, noticed, now)


def test_before_at_and_after_each_end():
    assert stands(NINE - TICK) is Standing.BEFORE
    assert stands(NINE) is Standing.RUNNING
    assert stands(TEN - TICK) is Standing.RUNNING
    assert stands(TEN) is Standing.PENDING
    assert stands(TEN + TICK) is Standing.PENDING


def test_notice_counts_until_it_begins():
    assert stands(NINE - TICK, noticed=True) is Standing.NOTICED
    assert stands(NINE, noticed=True) is Standing.RUNNING


@pytest.mark.parametrize("now", [NINE - TICK, NINE, TEN])
def test_called_off_is_called_off_at_any_time(now):
    assert stands(now, booked=False) is Standing.CALLED_OFF
    assert stands(now, "cancelled", "none") is Standing.CALLED_OFF


@pytest.mark.parametrize(
    ("outcome", "cause", "said"),
    [
        ("attended", "none", Standing.ATTENDED),
        ("partial", "technical", Standing.TECHNICAL),
        ("partial", "provider", Standing.PROVIDER),
        ("partial", "absence", Standing.PARTLY),
        ("missed", "technical", Standing.TECHNICAL),
        ("missed", "absence", Standing.ABSENCE),
        ("missed", "provider", Standing.PROVIDER),
        ("not-held", "provider", Standing.PROVIDER),
        ("not-held", "technical", Standing.TECHNICAL),
        ("excused", "absence", Standing.EXCUSED),
        ("undetermined", "unknown", Standing.UNDETERMINED),
    ],
)
def test_each_verdict_has_its_word(outcome, cause, said):
    assert stands(TEN, outcome, cause) is said


def test_only_proven_absence_is_called_absence():
    said = {(o, c) for o in Outcome for c in Cause if said_of(o, c) is Standing.ABSENCE}
    assert said == {(Outcome.MISSED, Cause.ABSENCE)}


def test_correction_is_a_final_verdict_that_said_something_else():
    assert was_corrected([("missed", "absence", True)], "missed", "technical")
    assert not was_corrected([("missed", "absence", False)], "missed", "technical")
    assert not was_corrected([("missed", "technical", True)], "partial", "technical")
    assert not was_corrected([], "missed", "technical")


@pytest.mark.parametrize(
    ("state", "wish", "free", "now", "how"),
    [
        (None, None, [], NINE, Choice.NONE),
        ("proposed", None, [], NINE, Choice.PREPARED),
        ("approved", None, [], NINE, Choice.PREPARED),
        ("proposed", {"days": [1]}, [], NINE, Choice.ASKED),
        ("sent", None, [False, True], TEN - TICK, Choice.OPEN),
        ("sent", None, [False, False], TEN - TICK, Choice.GONE),
        ("sent", None, [], TEN - TICK, Choice.GONE),
        ("sent", None, [True], TEN, Choice.EXPIRED),
        ("accepted", None, [], TEN, Choice.ACCEPTED),
        ("refused", None, [], NINE, Choice.REFUSED),
        ("expired", None, [], NINE, Choice.EXPIRED),
        ("declined", None, [], NINE, Choice.SETTLED),
        ("withdrawn", None, [], NINE, Choice.SETTLED),
    ],
)
def test_each_state_of_an_offer_has_its_word(state, wish, free, now, how):
    assert choice(state, wish, TEN, free, now) is how
