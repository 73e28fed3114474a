"""The power is cut: what was synced is left, and everything that was acknowledged is in it."""

from __future__ import annotations

import pytest

from tests.torture import blow

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


@pytest.mark.parametrize("cuts", [3, pytest.param(5, marks=pytest.mark.long)])
def test_what_was_acknowledged_survives_a_power_cut(house_on_sqlite, torture, tmp_path, cuts):
    house = house_on_sqlite()
    server = house.start("serve")
    ordeal = torture(house, seed=2)
    for number in range(cuts):
        ordeal.wait_for_the_moment()
        server = blow.cut_power(ordeal, server, torn=bool(number % 2))
        assert blow.lost(ordeal) == set()
    ordeal.rest()
    assert ordeal.complaints(tmp_path) == []


def test_control_a_database_that_syncs_only_now_and_then_is_found_out(house_on_sqlite, torture):
    house = house_on_sqlite("not_synchronous")
    server = house.start("serve")
    ordeal = torture(house, seed=2)
    for _ in range(5):
        ordeal.wait_for_the_moment()
        server = blow.cut_power(ordeal, server, torn=False)
        if blow.lost(ordeal):
            return
    pytest.fail("the harness did not notice synchronous=NORMAL")


def test_a_sync_that_fails_is_not_acknowledged(house_on_sqlite, torture, tmp_path):
    house = house_on_sqlite()
    server = house.start("serve")
    ordeal = torture(house, seed=3)
    for _ in range(2):
        house.disk.set(syncs_to_fail=3)
        ordeal.wait_for_the_moment()
        server = blow.cut_power(ordeal, server, torn=False)
        assert house.disk.get("syncs_to_fail") == 0, "no sync failed, so nothing was shown"
        assert blow.lost(ordeal) == set()
    ordeal.rest()
    assert ordeal.complaints(tmp_path) == []
