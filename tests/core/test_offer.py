"""When an offer is looked at again: its next round, or sooner when a sent one runs out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugin.core.offer import OfferState, next_offer_look
from plugin.core.slot import Slot

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def m(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def look(state: OfferState, expires: float | None, *times: float) -> datetime | None:
    """The next look at noon, with a round every half hour, at an offer of these times, in minutes after noon."""
    slots = [Slot(m(at), m(at + 50), "") for at in times]
    expires_at = None if expires is None else m(expires)
    return next_offer_look(state, expires_at, slots, NOON, timedelta(minutes=30))


@pytest.mark.parametrize(
    ("expires", "times", "next_look"),
    [
        (60, (90, 120), 30), (29, (90,), 29), (30, (90,), 30), (31, (90,), 30), (60, (10, 20), 20), (60, (20, 45), 30),
        (0, (90,), 30), (-5, (90,), 30), (60, (-60, 0), 30), (60, (), 30), (None, (90,), 30), (None, (5,), 5),
    ],
)  # fmt: skip
def test_sent_offer_is_looked_at_when_it_expires_and_when_its_last_time_begins(expires, times, next_look):
    assert look(OfferState.SENT, expires, *times) == m(next_look)


def test_proposed_offer_waits_for_its_round_whatever_becomes_of_its_times():
    assert look(OfferState.PROPOSED, 10, 20) == m(30)


@pytest.mark.parametrize("state", sorted(set(OfferState) - {OfferState.PROPOSED, OfferState.SENT}))
def test_nothing_comes_of_any_other_offer_by_itself(state):
    assert look(state, 10, 20) is None
