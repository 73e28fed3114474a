"""When what can wait stands back before those who are just delivering."""

from __future__ import annotations

import pytest

from webhooks.flood import LASTS_SECONDS, TOGETHER, Flood


def test_a_quiet_day_is_no_flood():
    flood = Flood()
    assert not flood.is_on(0.0)
    flood.committed(TOGETHER - 1, 100.0)
    assert not flood.is_on(100.0)


@pytest.mark.parametrize(("later", "on"), [(0.0, True), (LASTS_SECONDS - 0.001, True), (LASTS_SECONDS, False)])
def test_a_commit_of_many_is_a_flood_for_a_while(later, on):
    flood = Flood()
    flood.committed(TOGETHER, 100.0)
    assert flood.is_on(100.0 + later) is on


def test_a_flood_lasts_as_long_as_commits_have_many():
    flood = Flood()
    for now in (100.0, 100.4, 100.8):
        flood.committed(TOGETHER, now)
    flood.committed(1, 101.0)
    assert flood.is_on(101.2)
    assert not flood.is_on(101.3)
