"""An update, a backup or a restore that is killed leaves nothing half: done again, it is done, and nothing is lost."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event

from plugin.storage.database import Database
from plugin.storage.migration import migrate
from tests.conftest import administer, database_url
from tests.torture.house import House, until
from tests.torture.story import noise
from tests.torture.upkeep import (
    OLDEST,
    drawn,
    form,
    kill_backups,
    kill_migrations,
    kill_postgres_while_migrating,
    kill_restores,
    lay_down,
    steps_of,
    stored,
)
from tests.torture.zoom import Zoom

pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]
DELIVERIES = 500
LOOKING = 12
"""Statements before and after the migration itself, at the most."""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old(request, launcher, tmp_path, vault) -> Iterator[tuple[House, tuple, int]]:
    """A house with the tables of the oldest version, the two forms they may have, and how many steps lie between."""
    if request.param == "sqlite":
        urls = [f"sqlite:///{tmp_path / name}.db" for name in ("rejoin", "new")]
    else:
        server = request.getfixturevalue("server")
        names = [f"{word}_{abs(hash(request.node.name)) % 10**8}" for word in ("old", "new")]
        for name in names:
            administer(server.url, f'CREATE DATABASE "{name}"')
        urls = [database_url(server.url, name) for name in names]
    forms, asked = [], []
    for url in urls:
        db = Database(url, vault)
        lay_down(db, DELIVERIES, OLDEST)
        if url == urls[-1]:
            event.listen(db.engine, "after_cursor_execute", lambda *told: asked.append(told[2]))
            migrate(db)
            steps = len(asked) - LOOKING
        forms.append(form(db))
        db.close()
    house = House(launcher, tmp_path, urls[0])
    yield house, tuple(forms), steps
    house.kill_all()


def test_update_that_is_killed_again_and_again_is_done_at_the_next_start(old, request):
    house, forms, steps = old
    assert kill_migrations(house, drawn(random.Random(5), steps, 4), lambda: forms) == []
    if house.database_url.startswith("postgres"):
        kill_postgres_while_migrating(house, request.getfixturevalue("server"), steps // 2)
    db = house.database()
    assert form(db) == forms[0], "nothing of it stands before all of it does"
    house.start("serve")
    assert form(db) == forms[1]
    assert stored(db) == DELIVERIES
    db.close()


def test_control_an_update_in_pieces_is_found_out(old):
    house, forms, steps = old
    assert kill_migrations(house, [steps // 2], lambda: forms, ("migrate_in_pieces",))


@pytest.fixture
def house(launcher, tmp_path, sqlite_url, vault) -> Iterator[House]:
    """A house with a few megabytes of deliveries."""
    db = Database(sqlite_url, vault)
    lay_down(db, 4 * DELIVERIES)
    db.close()
    house = House(launcher, tmp_path, sqlite_url)
    yield house
    house.kill_all()


def test_backup_that_is_killed_is_never_taken_for_a_whole_one(house, tmp_path):
    steps = steps_of(house, "backup", str(tmp_path / "first.db"), fault="die_while_copying")
    house.start("serve")
    zoom, given = Zoom(house.port), 0

    def acknowledged() -> int:
        nonlocal given
        for _ in range(20):
            given += 1
            zoom.give(*noise("load-", given, datetime.now(UTC)))
        until(lambda: len(zoom.acknowledged) >= given - 10, house.said)
        return 4 * DELIVERIES + len(zoom.acknowledged)

    try:
        assert kill_backups(house, drawn(random.Random(7), steps, 6), acknowledged) == []
    finally:
        zoom.close()


def test_control_a_backup_that_is_written_in_its_place_is_found_out(house):
    assert kill_backups(house, [3], lambda: 4 * DELIVERIES, ("backup_in_place",))


def test_restore_that_is_killed_leaves_a_whole_database_and_can_be_done_again(house, tmp_path):
    file = tmp_path / "backup.db"
    steps_of(house, "backup", str(file), fault="die_while_copying")
    steps = steps_of(house, "restore", str(file), fault="die_while_copying")
    assert kill_restores(house, drawn(random.Random(3), steps, 5), file) == []


def test_control_a_restore_that_takes_the_database_away_first_is_found_out(house, tmp_path):
    file = tmp_path / "backup.db"
    shutil.copy(Path(house.database_url.removeprefix("sqlite:///")), file)
    # Steps 1 and 2 are the sync of the copy, 3 and 4 the moment before and after the database lost its name.
    assert kill_restores(house, [4], file, ("restore_by_taking_away",))
