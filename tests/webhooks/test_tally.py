"""What a receiver notes of the feed's health: beside the request, never in it, and enough to survive a crash."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.storage import feed
from plugin.storage.tables import feed_sign
from tests.webhooks.sender import Sender, joined
from tests.webhooks.test_inbox import locked
from webhooks.tally import Tally

VALIDATION = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}
WINDOW, SECOND = timedelta(minutes=10), timedelta(seconds=1)
BROKEN_VALIDATION = {"event": "endpoint.url_validation", "payload": {"plainToken": "v0:1:{}"}}


@pytest.fixture
def tally(database, moving_clock):
    tally = Tally(database, moving_clock, WINDOW, flush_seconds=3600)
    yield tally
    tally.close()


@pytest.fixture
def zoom(door, inbox, moving_clock, tally) -> Sender:
    return door(inbox, moving_clock, tally)


def noted(db) -> dict:
    with db.read() as tx:
        return {row.kind: row for row in tx.execute(select(feed_sign))}


def test_nothing_is_written_in_the_request_and_all_of_it_afterwards(zoom, database, tally, moving_clock):
    zoom.send(joined(1))
    assert noted(database) == {}
    tally.flush()
    rows = noted(database)
    assert set(rows) == {feed.DELIVERY, feed.SKEW}
    assert rows[feed.DELIVERY].last_at == moving_clock.now()


def test_failures_are_counted_in_a_row_and_a_good_one_begins_again(zoom, database, tally, moving_clock):
    begun = moving_clock.now()
    for _ in range(3):
        zoom.send(joined(1), secret=b"another")
        moving_clock.advance(minutes=2)
    tally.flush()
    row = noted(database)[feed.FORGED]
    assert (row.times, row.first_at, row.last_at) == (3, begun, begun + timedelta(minutes=4))
    zoom.send(joined(1))
    zoom.send(joined(2), secret=b"another")
    tally.flush()
    row = noted(database)[feed.FORGED]
    assert (row.times, row.first_at) == (1, begun + timedelta(minutes=6))


def test_stranger_who_does_not_even_look_like_zoom_says_nothing_about_the_feed(zoom, database, tally):
    nothing = {"x-zm-request-timestamp": "", "x-zm-signature": "", "x-zm-request-id": ""}
    assert zoom.send(b"x=1", headers=nothing).status_code == 401
    tally.flush()
    assert noted(database) == {}
    assert zoom.send(joined(1), headers={"x-zm-signature": ""}).status_code == 401
    tally.flush()
    assert noted(database)[feed.FORGED].times == 1, "one that forgot only its signature does: Zoom has done that"


def test_validations_are_noted_good_or_bad(zoom, database, tally):
    for _ in range(2):
        assert zoom.send(BROKEN_VALIDATION).status_code == 400
    tally.flush()
    assert noted(database)[feed.REFUSED_VALIDATION].times == 2
    assert zoom.send(VALIDATION).status_code == 200
    tally.flush()
    rows = noted(database)
    assert (rows[feed.REFUSED_VALIDATION].times, rows[feed.VALIDATED].times) == (0, 1)


@pytest.mark.parametrize(("later", "told"), [(WINDOW + SECOND, (2, 40_000)), (WINDOW, (3, 1_000))])
def test_skew_is_the_smallest_of_the_window_because_a_late_one_looks_larger(
    zoom, database, tally, moving_clock, later, told
):
    def signed(number: int, seconds: float):
        zoom.send(joined(number), timestamp=str(int((moving_clock.now() - timedelta(seconds=seconds)).timestamp())))

    signed(1, 1)
    moving_clock.advance(seconds=later.total_seconds())
    signed(2, 300)  # a repetition that was not signed anew
    signed(3, 40)
    tally.flush()
    row = noted(database)[feed.SKEW]
    assert (row.times, row.ahead_ms) == told


def test_what_a_clock_measured_that_was_put_back_since_says_nothing_of_it_now(zoom, database, tally, moving_clock):
    def signed(number: int, ahead: timedelta):
        zoom.send(joined(number), timestamp=str(int((moving_clock.now() - ahead).timestamp())))

    hour = timedelta(hours=1)
    for number in range(3):
        signed(number, hour)
    moving_clock.advance(seconds=-(hour - 30 * SECOND).total_seconds())
    signed(4, 0 * SECOND)
    tally.flush()
    row = noted(database)[feed.SKEW]
    assert (row.times, row.ahead_ms, row.last_at) == (1, 0, moving_clock.now())


def test_what_is_two_hours_off_is_refused_and_measured_all_the_same(zoom, database, tally, moving_clock):
    late = str(int((moving_clock.now() - timedelta(hours=3)).timestamp()))
    assert zoom.send(joined(1), timestamp=late).status_code == 401
    tally.flush()
    assert noted(database)[feed.SKEW].ahead_ms == 3 * 3_600_000
    assert feed.FORGED not in noted(database)


def test_each_start_of_a_process_has_rows_of_its_own(database, moving_clock):
    for _ in range(2):
        tally = Tally(database, moving_clock, WINDOW, flush_seconds=3600)
        tally.count("forged", ["1"])
        tally.close()
    with database.read() as tx:
        assert [row.times for row in tx.execute(select(feed_sign))] == [1, 1]


def test_busy_database_costs_no_count(database, moving_clock):
    tally = Tally(database, moving_clock, WINDOW, flush_seconds=3600)
    tally.count("forged", ["1"])
    with locked(database):
        tally.flush()
    tally.flush()
    assert noted(database)[feed.FORGED].times == 1
    tally.close()
