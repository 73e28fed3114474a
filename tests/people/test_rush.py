"""Many clients at once, from several processes: no time is given twice, and nobody is lost (`python -m benchmarks rush`
is the large one)."""

from __future__ import annotations

import pytest

from benchmarks.rush import migrate_at, rush
from tests.conftest import administer, database_url


@pytest.mark.timeout(240)
def test_sixty_clients_and_ten_times_on_sqlite(tmp_path):
    url = f"sqlite:///{tmp_path / 'rush.db'}"
    migrate_at(url)
    _all_is_well(url)


@pytest.mark.postgres
@pytest.mark.timeout(240)
def test_sixty_clients_and_ten_times_on_postgresql(postgres_url):
    administer(postgres_url, "CREATE DATABASE rush")
    try:
        url = database_url(postgres_url, "rush")
        migrate_at(url)
        _all_is_well(url)
    finally:
        administer(postgres_url, "DROP DATABASE rush WITH (FORCE)")


def _all_is_well(url: str) -> None:
    found = rush(url, clients=60, slots=10, processes=3)
    assert found.overlapping == 0
    assert found.turned_away == 0
    assert found.accepted + found.told_none_is_left == 60
    assert found.waiting_again == found.told_none_is_left
    assert 5 <= found.accepted <= 10
    assert found.holds
