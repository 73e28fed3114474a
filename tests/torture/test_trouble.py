"""A full disk, a locked or restarted database, a clock that jumps, two servers by mistake, a stop under load."""

from __future__ import annotations

import sqlite3
import time

import pytest

from tests.torture import blow
from tests.torture.house import House, until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]
LOCKED_SECONDS = 4.0


def test_a_full_disk_is_answered_503_and_is_over_when_there_is_room(house_on_sqlite, torture, tmp_path):
    house = house_on_sqlite()
    house.start("serve")
    ordeal = torture(house)
    ordeal.load()
    house.disk.set(full=1)
    for _ in range(8):
        ordeal.make_noise()
    until(lambda: ordeal.zoom.answers[503], house.said)
    assert blow.lost(ordeal) == set()
    house.disk.set(full=0)
    ordeal.rest()
    assert ordeal.complaints(tmp_path) == []


def test_a_locked_database_is_answered_503_and_is_over_when_it_is_free(house_on_sqlite, torture, tmp_path):
    house = house_on_sqlite()
    house.start("serve")
    ordeal = torture(house)
    ordeal.load()
    other = sqlite3.connect(house.disk.folder / "rejoin.db", isolation_level=None, timeout=30)
    other.execute("BEGIN IMMEDIATE")
    ordeal.make_noise()  # what was given before may all be stored by now
    time.sleep(LOCKED_SECONDS)
    other.execute("ROLLBACK")
    other.close()
    assert ordeal.zoom.answers[503]
    ordeal.rest()
    assert ordeal.complaints(tmp_path) == []


@pytest.mark.long
@pytest.mark.postgres
def test_a_database_that_is_restarted_under_load_needs_no_restart_of_ours(house_on_postgres, server, torture, tmp_path):
    house = house_on_postgres()
    house.start("serve")
    house.start("worker")
    ordeal = torture(house)
    for _ in range(3):
        ordeal.wait_for_the_moment()
        server.restart()
    ordeal.rest()
    assert [one.status() for one in house.running] == [None, None]
    assert ordeal.complaints(tmp_path) == []


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_and_is_put_right_skips_no_deadline(house_on_sqlite, torture, tmp_path, hours):
    house = house_on_sqlite()
    house.start("serve")
    ordeal = torture(house)
    ordeal.wait_for_the_moment()
    house.disk.set(clock_step_s=hours * 3600)
    ordeal.wait_for_the_moment()
    time.sleep(1.5)
    house.disk.set(clock_step_s=0)
    ordeal.wait_for_the_moment()
    ordeal.rest()
    assert ordeal.complaints(tmp_path) == []


def test_a_second_server_on_one_file_is_refused_and_disturbs_nobody(house_on_sqlite, torture, tmp_path):
    first = house_on_sqlite()
    second = House(
        first.launcher, tmp_path, first.database_url, first.disk, first.faults, first.desk, first.token, first.post
    )
    first.start("serve")
    ordeal = torture(first)
    try:
        for _ in range(3):
            ordeal.load()
            refused = second.start("serve", ready=False)
            until(lambda one=refused: one.status() is not None, second.said)
            assert refused.status() == 2
    finally:
        second.kill_all()
    ordeal.rest()
    assert ordeal.complaints(tmp_path) == []


def test_a_stop_under_load_finishes_what_it_took_and_resets_nobody(house_on_sqlite, torture):
    house = house_on_sqlite()
    server = house.start("serve")
    # As from a proxy, each request on a connection of its own: one that is kept open may always end under a request.
    ordeal = torture(house, keep_open=False)
    for _ in range(3):
        ordeal.wait_for_the_moment()
        assert server.stop() == 0
        assert ordeal.zoom.resets == 0
        assert blow.lost(ordeal) == set()
        house.running.remove(server)
        server = house.start("serve")
    ordeal.rest()
