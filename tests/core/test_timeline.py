"""One run of a meeting, put together from what single events say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.event import Event, EventKind
from plugin.core.instance import Instance
from plugin.core.timeline import fold
from plugin.core.visit import Connection

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def m(minutes: float) -> datetime:
    return TEN + timedelta(minutes=minutes)


def heard(*told: tuple[EventKind, float, float | None]) -> Instance:
    """An instance of which events were heard: kind, minute, and the minute at which they say that it began."""
    instance = Instance("u")
    for kind, minute, begun in told:
        at = m(minute)
        started_at = None if begun is None else m(begun)
        instance.note(
            [Event(kind=kind, at=at, received_at=at, delivery=1, instance="u", instance_started_at=started_at)]
        )
    return instance


JOINED, ENDED, STARTED = EventKind.JOINED, EventKind.MEETING_ENDED, EventKind.MEETING_STARTED


def test_first_and_last_sign_do_not_depend_on_the_order_of_arrival():
    instance = heard((JOINED, 5, None), (JOINED, 1, None), (JOINED, 9, None), (JOINED, 3, None))
    assert (instance.first_sign, instance.last_sign) == (m(1), m(9))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_earliest_start_that_was_told_is_the_start(order):
    told = [(STARTED, 2, None), (JOINED, 5, 0), (JOINED, 6, 4)]
    assert heard(*(told[n] for n in order)).started_at == m(0)


def test_latest_end_that_was_told_is_the_end():
    assert heard((ENDED, 50, None), (ENDED, 55, None), (ENDED, 40, None)).ended_at == m(55)


def test_start_after_the_event_or_longer_ago_than_any_meeting_lasts_is_absurd():
    longest = 30 * 60  # minutes; Zoom ends any meeting after thirty hours
    assert heard((JOINED, 5, 6)).started_at is None
    assert heard((JOINED, 5, 5)).started_at == m(5)
    assert heard((JOINED, 0, -longest)).started_at == m(-longest)
    assert heard((JOINED, 0, -longest - 1)).started_at is None


@pytest.mark.parametrize(
    ("opens", "closes", "ran"), [(0, 10, True), (10, 20, True), (11, 20, False), (-9, 0, True), (-9, -1, False)]
)
def test_it_ran_between_two_moments_when_it_touches_them(opens, closes, ran):
    instance = heard((STARTED, 0, None), (ENDED, 10, None))
    assert instance.ran_between(m(opens), m(closes)) is ran
    signs_only = heard((JOINED, 0, None), (JOINED, 10, None))
    assert signs_only.ran_between(m(opens), m(closes)) is ran


def test_last_leave_is_the_end_only_when_everybody_is_known_to_have_left():
    instance = heard((JOINED, 0, None), (EventKind.LEFT, 10, None))
    assert instance.over_at is None
    instance.all_left = True
    assert instance.over_at == m(10)
    instance.ended_at = m(12)
    assert instance.over_at == m(12)


@pytest.mark.parametrize(
    ("joined", "left", "pieces"),
    [(5, 10, ((5, 10),)), (10, 5, ((None, 5), (10, None))), (5, 5, ((5, 5),))],
)
def test_leave_before_the_join_ends_one_piece_of_which_the_join_begins_another(joined, left, pieces):
    told = Connection.of("s", [m(joined)], [m(left)]).pieces
    assert told == tuple((None if a is None else m(a), None if b is None else m(b)) for a, b in pieces)


@pytest.mark.parametrize(("now", "known"), [(29, 0), (30, 1), (31, 1)])
def test_what_was_received_later_is_not_looked_at(now, known):
    """Recording and service leave it out before; the core does not rely on that."""
    late = Event(JOINED, m(1), 1, m(30), meeting_id="9", instance="u", connection="7", stay="s", registrant_id="r-1")
    policy = load_policy().of(Kind.INDIVIDUAL)
    client = Participant("C1", Role.CLIENT, registrant_id="r-1")
    session = Appointment("A1", Kind.INDIVIDUAL, m(0), m(50), "9", (client,))
    assert len(fold(session, [late], policy, m(now)).visits) == known
