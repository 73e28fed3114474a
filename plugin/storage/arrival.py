"""The writing end of the inbox: what has just arrived, many deliveries in one commit.

This is the one statement that runs for every delivery, so it goes to the driver on a connection of its own: by way of
SQLAlchemy it would cost as much again as the database does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from plugin.storage.database import Database

_INTO = "INSERT INTO delivery (request_id, body_hash, received_at, body_sealed)"
_ON_SQLITE = f"{_INTO} VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_NEWEST_ON_SQLITE = "SELECT id, request_id, body_hash FROM delivery ORDER BY id DESC LIMIT ?"
_LAST_ON_SQLITE = "SELECT last_insert_rowid()"
_ON_POSTGRESQL = (
    f"{_INTO} SELECT * FROM unnest(%b::text[], %b::bytea[], %b::timestamptz[], %b::bytea[]) "
    "ON CONFLICT DO NOTHING RETURNING id, request_id, body_hash"
)


class Arrival(NamedTuple):
    """One delivery as it is stored; `received_at` is aware UTC."""

    request_id: str | None
    body_hash: bytes
    received_at: datetime
    body_sealed: bytes


class Arrivals:
    """Stores deliveries in groups; used by one thread only."""

    def __init__(self, db: Database):
        self._db = db
        self._connection = None

    def store(self, arrivals: Sequence[Arrival]) -> list[int | None]:
        """Store in one transaction what does not stand already; of each its number, None when it was not new.

        When this returns, it is committed. When it raises, nothing of it was acknowledged by the database: the
        connection is given up, because after a commit that failed nobody knows what it holds.
        """
        write = self._on_postgresql if self._db.is_postgresql else self._on_sqlite
        try:
            with self._db.alone():
                self._connection = self._connection or self._db.engine.raw_connection()
                return write(self._connection, arrivals)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection up; the next group opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()

    @staticmethod
    def _on_sqlite(connection, arrivals: Sequence[Arrival]) -> list[int | None]:
        rows = [(one.request_id, one.body_hash, _text(one.received_at), one.body_sealed) for one in arrivals]
        driver = connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")
        number = driver.executemany(_ON_SQLITE, rows).rowcount
        # While this transaction is open, the newest rows are its own, one after the other.
        if number == len(rows):
            [last] = driver.execute(_LAST_ON_SQLITE).fetchone()
            numbers = list(range(last - number + 1, last + 1))
        else:
            numbers = _which(arrivals, driver.execute(_NEWEST_ON_SQLITE, (number,)).fetchall())
        driver.execute("COMMIT")
        return numbers

    @staticmethod
    def _on_postgresql(connection, arrivals: Sequence[Arrival]) -> list[int | None]:
        # In one order everywhere: two processes that store the same deliveries must not wait for each other.
        columns = [list(column) for column in zip(*sorted(arrivals, key=lambda one: one.body_hash), strict=True)]
        driver = connection.driver_connection
        with driver.cursor() as cursor:
            stored = cursor.execute(_ON_POSTGRESQL, columns, prepare=True).fetchall()
        driver.commit()
        return _which(arrivals, stored)


def _which(arrivals: Sequence[Arrival], stored: Sequence[tuple]) -> list[int | None]:
    """Of each its number when it is among the stored; of several that are the same the first."""
    rest = {(request_id, bytes(body_hash)): number for number, request_id, body_hash in stored}
    return [rest.pop((one.request_id, one.body_hash), None) for one in arrivals]


def _text(at: datetime) -> str:
    """A moment as SQLAlchemy writes it into SQLite."""
    return f"{_second(at.astimezone(UTC).replace(tzinfo=None, microsecond=0))}.{at.microsecond:06d}"


@lru_cache(maxsize=8)
def _second(at: datetime) -> str:
    return at.isoformat(" ")
