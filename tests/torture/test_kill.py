"""kill -9 at any moment, a dozen times: nothing acknowledged is lost, nothing is done twice, no deadline is skipped."""

from __future__ import annotations

import pytest

from tests.torture import blow

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]
BLOWS = pytest.mark.parametrize("blows", [6, pytest.param(10, marks=pytest.mark.long)])


@BLOWS
def test_server_on_sqlite_that_is_killed_again_and_again_keeps_every_promise(house_on_sqlite, torture, tmp_path, blows):
    house = house_on_sqlite()
    server = house.start("serve")
    ordeal = torture(house)
    for _ in range(blows):
        ordeal.wait_for_the_moment()
        server = blow.revived(house, server)
    ordeal.rest()
    assert ordeal.complaints(tmp_path) == []
    assert len(house.desk.tickets) == blows


@BLOWS
@pytest.mark.postgres
def test_receiver_workers_and_database_that_are_killed_by_lot_keep_every_promise(
    house_on_postgres, server, torture, tmp_path, blows
):
    house = house_on_postgres()
    house.start("serve")
    house.start("worker")
    house.start("worker")
    ordeal = torture(house, seed=4)
    struck = set()
    for _ in range(blows):
        ordeal.wait_for_the_moment()
        struck.add(blow.kill_somebody(ordeal, server))
    ordeal.rest()
    assert struck == {"serve", "worker", "postgres"}
    assert ordeal.complaints(tmp_path) == []
    assert len(house.desk.tickets) == blows


def test_control_a_receiver_that_answers_before_it_commits_is_found_out(house_on_sqlite, torture):
    house = house_on_sqlite("answer_before_commit")
    server = house.start("serve")
    ordeal = torture(house)
    for _ in range(5):
        blow.acknowledging(ordeal)  # by lot, the moment may be one in which nothing arrives
        server.kill()
        if blow.lost(ordeal):
            return
        server = house.start("serve")
    pytest.fail("the harness did not notice a receiver that answers before it commits")
