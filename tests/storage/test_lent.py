"""The one SQLite file of the tests is each test's own."""

from __future__ import annotations

from sqlalchemy import func, select

from plugin.storage import delivery
from tests.conftest import MONDAY_MORNING


def test_a_thread_that_outlives_its_test_disturbs_no_other(lent_sqlite):
    ours = []
    for _ in range(2):
        ours.append(lent_sqlite.lay_down())
        with ours[0].begin() as tx:
            delivery.store(tx, b"{}", MONDAY_MORNING)
    with ours[1].read() as tx:
        assert tx.execute(select(func.count()).select_from(delivery.delivery)).scalar() == 0
    lent_sqlite.take_back()
