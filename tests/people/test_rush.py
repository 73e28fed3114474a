"""Many clients at once, from several processes: nothing is given twice, and nobody is lost (`python -m benchmarks rush`
is the large one)."""

from __future__ import annotations

import pytest

from benchmarks.rush import rush
from benchmarks.rush_stage import migrate_at
from tests.conftest import administer, database_url

WAYS = pytest.mark.parametrize(
    "how", [{}, {"seats": True}, {"on_phones": True}], ids=["times", "seats in groups", "times, on phones"]
)


@WAYS
@pytest.mark.timeout(240)
def test_a_crowd_and_ten_places_on_sqlite(tmp_path, how):
    url = f"sqlite:///{tmp_path / 'rush.db'}"
    migrate_at(url)
    _all_is_well(url, how)


@WAYS
@pytest.mark.postgres
@pytest.mark.timeout(240)
def test_a_crowd_and_ten_places_on_postgresql(postgres_url, how):
    administer(postgres_url, "CREATE DATABASE rush")
    try:
        url = database_url(postgres_url, "rush")
        migrate_at(url)
        _all_is_well(url, how)
    finally:
        administer(postgres_url, "DROP DATABASE rush WITH (FORCE)")


def _all_is_well(url: str, how: dict) -> None:
    clients = 14 if "on_phones" in how else 40
    found = rush(url, clients=clients, slots=10, processes=3, **how)
    assert (found.ending.beyond, found.ending.turned_away, found.lost) == (0, 0, 0)
    assert found.ending.accepted + found.told_none_is_left == clients
    assert found.ending.waiting_again == found.told_none_is_left
    assert (10 if "seats" in how else 5) <= found.ending.accepted <= 10
    assert found.holds
