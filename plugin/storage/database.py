"""The database and its transactions: SQLite in WAL mode with full synchronisation, or PostgreSQL by its URL."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError

from plugin.storage.encryption import Vault

# A process that is paused, or whose machine is gone, keeps its locks as long as the server believes in it: others would
# wait for it beyond any lease. The server gives up on it instead.
POSTGRESQL_BOUNDS = {
    "idle_in_transaction_session_timeout": "15s",
    "tcp_keepalives_idle": "15s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
}

TRUSTED_SECONDS = 1.0
"""So long a connection to PostgreSQL that was just used is believed to be there."""
CHECKPOINT_PAGES = 10_000
"""So much (40 MB) is written into the log of SQLite before it goes into the file itself. Keys in no order touch the
same pages again and again; SQLite's own 1,000 pages write each of them far more often."""
SQLITE_CONNECTIONS = 20
"""As many are kept open as a process has threads that work; to open one anew for each look costs more than the look."""
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"wal_autocheckpoint={CHECKPOINT_PAGES}",
)


@dataclass(frozen=True)
class Transaction:
    """One open transaction with the vault that seals what it stores."""

    connection: Connection
    vault: Vault

    def execute(self, statement, parameters=None):
        """Run one statement in this transaction."""
        return self.connection.execute(statement, parameters)

    @property
    def is_postgresql(self) -> bool:
        """Whether the database can lock rows and serve several processes."""
        return self.connection.dialect.name == "postgresql"


class Database:
    """Hands out transactions: `read` for looking, `begin` for writing.

    On SQLite a write starts with BEGIN IMMEDIATE, and the writers of this process queue at a lock of its own: the
    busy handler of SQLite is unfair polling. A writer that cannot have the database within `busy_seconds` gets
    sqlalchemy.exc.OperationalError. A file that is opened `read_only` is left as it is, down to its journal mode.
    """

    def __init__(self, url: str, vault: Vault, busy_seconds: float = 2.0, read_only: bool = False):
        self.vault = vault
        self.engine = _engine(url, busy_seconds, read_only)
        self._one_writer = threading.RLock() if self.engine.dialect.name == "sqlite" else None
        # PostgreSQL would show each statement what was committed before it; SQLite shows a whole transaction the same.
        self._of_one_moment = {"isolation_level": "REPEATABLE READ"} if self.is_postgresql else {"rejoin_write": False}

    @property
    def is_postgresql(self) -> bool:
        """Whether this is PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent view of one moment; whatever is written in it is lost."""
        with self.engine.connect() as connection:
            connection.execution_options(**self._of_one_moment)
            try:
                yield Transaction(connection, self.vault)
            finally:
                connection.rollback()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A transaction that commits at the end, or rolls back when an exception leaves it."""
        if self._one_writer is None:
            with self.engine.begin() as connection:
                yield Transaction(connection, self.vault)
            return
        with self._one_writer, self.engine.connect() as connection:
            connection.execution_options(rejoin_write=True)
            with connection.begin():
                yield Transaction(connection, self.vault)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other writer of this process on SQLite; nothing to wait for on PostgreSQL."""
        with self._one_writer or nullcontext():
            yield

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _engine(url: str, busy_seconds: float, read_only: bool) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, hide_parameters=True)
        event.listen(engine, "connect", _set_up_postgresql)
        event.listen(engine, "checkin", _left_alone)
        event.listen(engine, "checkout", partial(_still_there, engine.dialect))
        return engine
    engine = create_engine(
        parsed,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
        hide_parameters=True,
        **({} if parsed.database in (None, "", ":memory:") else {"pool_size": SQLITE_CONNECTIONS}),
    )

    @event.listens_for(engine, "connect")
    def set_up(connection, _record):
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in () if read_only else SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection):
        write = connection.get_execution_options().get("rejoin_write", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _left_alone(_connection, record) -> None:
    record.info["left_at"] = time.monotonic()


def _still_there(dialect: Dialect, connection, record, _proxy) -> None:
    """Ask a connection that was left alone for a while whether its server is still there, before something is lost.

    One that was just used is not asked: the way to the database and back is most of what a transaction costs. Raises
    DisconnectionError, and the pool tries another one.
    """
    left_at = record.info.pop("left_at", None)
    if left_at is None or time.monotonic() - left_at < TRUSTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as gone:
        raise DisconnectionError from gone


def _set_up_postgresql(connection, _record) -> None:
    """Bounds for whoever hangs; and acknowledged means stored, also where the server does not wait for its disk."""
    with connection.cursor() as cursor:
        for setting, value in POSTGRESQL_BOUNDS.items():
            cursor.execute(f"SET {setting} = '{value}'")
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def portions(ids: list[str], size: int = 500) -> list[list[str]]:
    """Lists short enough for one statement of any database."""
    return [ids[start : start + size] for start in range(0, len(ids), size)]
