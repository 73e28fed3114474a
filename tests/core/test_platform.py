"""Several words about one incident of the platform: the newest counts, as far as it had arrived."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from plugin.core.event import Event, EventKind
from plugin.core.platform import PARTS, IncidentHistory, Part, PlatformIncident, known
from plugin.core.surroundings import Surroundings

NINE = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def word(number: int, begins: int, ends: int | None, name: str = "entered-1", heard: int | None = None) -> Event:
    """The word number `number`, `heard` so many minutes after nine."""
    at = NINE + begins * MINUTE
    until = NINE + ends * MINUTE if ends is not None else None
    heard_at = NINE + (number * MINUTE if heard is None else heard * MINUTE)
    return Event(EventKind.PLATFORM_INCIDENT, at, number, heard_at, ended_at=until, instance=name)


def test_newest_word_counts_in_whatever_order_they_are_read():
    words = [word(1, 0, None), word(2, 5, None), word(3, 5, 40)]
    for order in permutations(words):
        assert known(order, NINE + 3 * MINUTE) == (PlatformIncident(NINE + 5 * MINUTE, NINE + 40 * MINUTE, (1, 2, 3)),)


def test_what_had_not_arrived_yet_was_not_known():
    words = [word(1, 0, None, heard=1), word(2, 5, 40, heard=30)]
    just_before, then = NINE + 30 * MINUTE - timedelta(microseconds=1), NINE + 30 * MINUTE
    assert known(words, just_before) == (PlatformIncident(NINE, None, (1,)),)
    assert known(words, then) == (PlatformIncident(NINE + 5 * MINUTE, NINE + 40 * MINUTE, (1, 2)),)


def test_one_that_ended_when_it_began_was_none():
    assert known([word(1, 0, None), word(2, 0, 0)], NINE + 9 * MINUTE) == ()
    assert known([word(1, 0, 0), word(2, 0, 20)], NINE + 9 * MINUTE) != ()


def test_words_without_a_name_are_incidents_of_their_own():
    found = known([word(1, 0, 20, ""), word(2, 10, 30, "")], NINE + 9 * MINUTE)
    assert [one.told for one in found] == [(1,), (2,)]


def test_it_touches_what_it_overlaps_and_not_what_it_only_meets():
    one = PlatformIncident(NINE, NINE + 20 * MINUTE, (1,))
    assert one.touches(NINE + 19 * MINUTE, NINE + 60 * MINUTE)
    assert not one.touches(NINE + 20 * MINUTE, NINE + 60 * MINUTE)
    assert not one.touches(NINE - 60 * MINUTE, NINE)
    assert PlatformIncident(NINE, None, (1,)).touches(NINE + 60 * MINUTE, NINE + 61 * MINUTE)


def test_of_a_long_history_those_are_found_that_touch_a_time():
    """Also one that began long before the others and is not over."""
    spans = [(0, 30), (1, 3), (5, 6), (5, None), (8, 9), (20, 25)]
    history = [PlatformIncident(NINE + a * MINUTE, NINE + b * MINUTE if b else None, (a,)) for a, b in spans]
    for begin in range(32):
        for end in range(32):
            time = NINE + begin * MINUTE, NINE + end * MINUTE
            assert IncidentHistory(tuple(history)).touching(*time) == tuple([i for i in history if i.touches(*time)])


def test_every_part_has_its_words():
    assert PARTS.keys() == set(Part)


@pytest.mark.parametrize(
    ("begins", "ends", "touches"),
    [
        (0, 9, False), (0, 10, False), (0, 11, True), (0, 60, True), (0, None, True), (19, 30, True), (20, 30, False),
    ],
)  # fmt: skip
def test_word_of_an_incident_is_read_for_the_time_that_it_touches(begins, ends, touches):
    told = Surroundings([word(1, begins, ends)]).words_of_incidents(NINE + 10 * MINUTE, NINE + 20 * MINUTE)
    assert bool(told) is touches


def test_what_was_told_before_of_an_incident_that_touches_it_is_read_too():
    words = [word(1, 0, 5), word(2, 0, 15), word(3, 0, 5, "entered-2")]
    told = Surroundings(words).words_of_incidents(NINE + 10 * MINUTE, NINE + 20 * MINUTE)
    assert [event.delivery for event in told] == [1, 2]
