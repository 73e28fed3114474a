"""The clocks: the machine's, and the faster one of a demonstration."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from plugin.adapters.clock import AcceleratedClock, ClockProblem, SystemClock, read_clock

FIVE_TO_NINE = datetime(2026, 11, 23, 13, 55, tzinfo=UTC)


def test_system_is_the_machines_own_time():
    assert isinstance(read_clock("system"), SystemClock)
    assert abs(read_clock("").now().timestamp() - time.time()) < 5
    assert read_clock("system").now().tzinfo is UTC


def test_accelerated_clock_begins_where_it_is_told_and_runs_faster():
    clock = read_clock("2026-11-23T08:55:00-05:00@600")
    first = clock.now()
    time.sleep(0.2)
    assert timedelta() <= first - FIVE_TO_NINE < timedelta(minutes=5)
    assert timedelta(minutes=1.9) < clock.now() - first < timedelta(minutes=10)


def test_two_processes_with_the_same_epoch_agree():
    text = f"2026-11-23T08:55:00-05:00@300@{time.time() - 10}"
    one, other = read_clock(text), read_clock(text)
    assert abs(one.now() - other.now()) < timedelta(seconds=30)
    assert one.now() - FIVE_TO_NINE >= timedelta(minutes=50)


def test_clock_stands_until_its_file_is_written_and_runs_from_then(tmp_path):
    started = tmp_path / "started"
    clock = read_clock(f"2026-11-23T08:55:00-05:00@600@{started}")
    assert (clock.now(), clock.speed) == (FIVE_TO_NINE, 600)
    started.touch()
    os.utime(started, (time.time() - 6,) * 2)
    assert FIVE_TO_NINE + timedelta(minutes=60) <= clock.now() < FIVE_TO_NINE + timedelta(minutes=90)


@pytest.mark.parametrize(
    ("seconds", "shows", "speed"),
    [
        (0, FIVE_TO_NINE, 60),
        (60, FIVE_TO_NINE + timedelta(hours=1), 600),
        (61, FIVE_TO_NINE + timedelta(hours=1, minutes=10), 600),
        (66, FIVE_TO_NINE + timedelta(hours=2), 1),
        (76, FIVE_TO_NINE + timedelta(hours=2, seconds=10), 1),
    ],
)
def test_clock_changes_its_pace_at_the_moments_it_was_given(monkeypatch, seconds, shows, speed):
    paces = ((FIVE_TO_NINE, 60.0), (FIVE_TO_NINE + timedelta(hours=1), 600.0), (FIVE_TO_NINE + timedelta(hours=2), 1.0))
    clock = AcceleratedClock(1_000.0, paces)
    monkeypatch.setattr(time, "time", lambda: 1_000.0 + seconds)
    assert (clock.now(), clock.speed) == (shows, speed)


def test_clock_of_several_paces_is_read():
    clock = read_clock("2026-11-23T08:55:00-05:00@60@5;2026-11-23T09:55:00-05:00@600;2026-11-23T10:55:00-05:00@1")
    assert [speed for _, speed in clock.paces] == [60, 600, 1]
    assert clock.epoch == 5


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026-11-23T08:55:00@60",  # no offset
        "2026-11-23T08:55:00-05:00",  # no speed
        "2026-11-23T08:55:00-05:00@0",
        "2026-11-23T08:55:00-05:00@-1",
        "2026-11-23T08:55:00-05:00@nan",
        "2026-11-23T08:55:00-05:00@60;2026-11-23T08:00:00-05:00@1",  # backwards
        "2026-11-23T08:55:00-05:00@60;",
        "2026-11-23T08:55:00-05:00@60@5@7",
    ],
)
def test_what_cannot_be_read_is_refused_with_the_setting_and_an_example(text):
    with pytest.raises(ClockProblem, match=r"REJOIN_CLOCK.*such as 2026"):
        read_clock(text)
