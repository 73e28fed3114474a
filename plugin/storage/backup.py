"""Copies of an SQLite file that are whole: made while the service writes, and put back while it does not."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite may keep beside a database, and lays over whatever has its name."""


class NoBackup(Exception):
    """It cannot be copied or put back; the message says why and what to do."""


def copy(database: Path, to: Path) -> int:
    """Copy the database as it is at one moment into a new file and sync it; returns its size in bytes.

    1. SQLite copies all pages inside one read transaction: writers go on, and the copy is of one moment.
    2. The copy is checked, synced, and only then gets its name; interrupted, only `NAME.part` is left.
    Raises NoBackup.
    """
    if not database.exists():
        raise NoBackup(f"there is no database {database}")
    if to.exists():
        raise NoBackup(f"{to} exists already; a backup never overwrites one")
    part = _new_part(to)
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    with closing(source), closing(sqlite3.connect(part)) as target:
        source.backup(target)
        # A backup is one file: nothing beside it may be needed to read it.
        target.execute("PRAGMA journal_mode=DELETE")
    check(part)
    _sync(part)
    os.rename(part, to)
    _sync(to.parent)
    return to.stat().st_size


def check(file: Path) -> None:
    """Whether this is an SQLite database in order; raises NoBackup."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            [said] = connection.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.Error as error:
        raise NoBackup(f"{file} cannot be read as a database ({type(error).__name__})") from None
    if said != "ok":
        raise NoBackup(f"{file} is damaged; take an older backup")


def put_back(backup: Path, database: Path, aside: Path) -> None:
    """Put a checked backup in the place of the database, which is kept as `aside`; raises NoBackup.

    1. Nobody may be using the database: leaving WAL needs it alone, and also brings everything into the one file.
    2. The backup is copied beside it and synced.
    3. The database gets its second name, `aside`, and only then the backup takes its first one: at every moment there
       is a whole database of that name, the old one or the new one. Interrupted, it can be done again.
    """
    if database.exists():
        _alone(database)
    part = _new_part(database)
    with backup.open("rb") as source, part.open("wb") as target:
        while piece := source.read(1 << 20):
            target.write(piece)
    _sync(part)
    if database.exists():
        for beside in map(database.name.__add__, BESIDE):  # of a damaged one: nobody may lay it over the new one
            if (old := database.with_name(beside)).exists():
                os.rename(old, aside.with_name(aside.name + beside.removeprefix(database.name)))
        os.link(database, aside)
        _sync(database.parent)
    os.rename(part, database)
    _sync(database.parent)


def _new_part(of: Path) -> Path:
    """An empty file, for us alone, to become `of`; what an interrupted one before it left is gone."""
    part = of.with_name(f"{of.name}.part")
    for name in ("", *BESIDE):
        part.with_name(part.name + name).unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return part


def _alone(database: Path) -> None:
    try:
        with closing(sqlite3.connect(database, timeout=1.0)) as connection:
            [mode] = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError:
        mode = "locked"
    except sqlite3.DatabaseError:
        return  # it is damaged, which may be why somebody restores
    if mode != "delete":
        raise NoBackup(f"{database} is in use; stop the service first")


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
