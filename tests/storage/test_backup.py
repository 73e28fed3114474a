"""A backup is whole whatever is written meanwhile, and a restore never leaves a wrong database."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing

import pytest

from plugin.storage.backup import NoBackup, check, copy, put_back


@pytest.fixture
def database(tmp_path):
    """A database in WAL mode with two tables whose rows always come in pairs."""
    path = tmp_path / "rejoin.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE a (n INTEGER PRIMARY KEY, filling BLOB)")
        connection.execute("CREATE TABLE b (n INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO a VALUES (?, randomblob(900))", [(n,) for n in range(3000)])
        connection.executemany("INSERT INTO b VALUES (?)", [(n,) for n in range(3000)])
    return path


def counts(path) -> tuple[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        return tuple(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in "ab")


def test_backup_of_a_database_that_is_written_to_is_of_one_moment(database, tmp_path):
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(database, isolation_level=None, timeout=10)) as connection:
            number = 3000
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO a VALUES (?, randomblob(900))", (number,))
                connection.execute("INSERT INTO b VALUES (?)", (number,))
                connection.execute("COMMIT")
                number += 1
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(10)
    try:
        for number in range(3):
            copy(database, tmp_path / f"backup-{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        first, second = counts(tmp_path / f"backup-{number}.db")
        assert first == second > 3000
    assert counts(database)[0] > counts(tmp_path / "backup-0.db")[0]


def test_backup_is_one_file_that_nobody_else_may_read(database, tmp_path):
    with closing(sqlite3.connect(database, isolation_level=None)) as open_all_the_time:
        open_all_the_time.execute("INSERT INTO b VALUES (9000)")  # it stands in the WAL
        copy(database, tmp_path / "backup.db")
    assert counts(tmp_path / "backup.db") == (3000, 3001)
    assert not list(tmp_path.glob("backup.db-*"))
    assert not list(tmp_path.glob("*.part"))
    assert os.stat(tmp_path / "backup.db").st_mode & 0o077 == 0


def test_backup_never_overwrites_anything(database, tmp_path):
    (tmp_path / "backup.db").write_text("precious")
    with pytest.raises(NoBackup, match="exists already"):
        copy(database, tmp_path / "backup.db")
    assert (tmp_path / "backup.db").read_text() == "precious"


def test_restore_brings_back_what_was_and_keeps_what_is(database, tmp_path):
    copy(database, tmp_path / "backup.db")
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("DELETE FROM a")
    put_back(tmp_path / "backup.db", database, tmp_path / "aside.db")
    assert counts(database) == (3000, 3000)
    assert counts(tmp_path / "aside.db") == (0, 3000)


def test_restore_is_refused_while_the_database_is_in_use(database, tmp_path):
    copy(database, tmp_path / "backup.db")
    with closing(sqlite3.connect(database)) as used:
        used.execute("SELECT count(*) FROM a").fetchone()
        with pytest.raises(NoBackup, match="stop the service"):
            put_back(tmp_path / "backup.db", database, tmp_path / "aside.db")
    assert not (tmp_path / "aside.db").exists()


@pytest.mark.parametrize("spoil", [lambda raw: raw[:-4096], lambda raw: raw[:50_000] + b"x" * 9000 + raw[59_000:]])
def test_a_damaged_backup_is_found_out(database, tmp_path, spoil):
    copy(database, tmp_path / "backup.db")
    raw = (tmp_path / "backup.db").read_bytes()
    (tmp_path / "backup.db").write_bytes(spoil(raw))
    with pytest.raises(NoBackup):
        check(tmp_path / "backup.db")
