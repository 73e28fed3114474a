"""Whether the database answers, fits this version, and can be opened with the keys that are set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from config.settings import Settings
from plugin.checkup.point import Point, State, reason
from plugin.composition import SettingsProblem, open_vault
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import USABLE, Standing, standing
from plugin.storage.sealed import unopenable

NAME = "REJOIN_DATABASE_URL"
ANSWERS_WITHIN_SECONDS = 10


def look_at_database(settings: Settings) -> Iterator[Point]:
    """The database, its tables, and a sample of what is stored; an SQLite file that is not there is not made."""
    try:
        url = make_url(settings.database_url)
        kind = url.get_backend_name()
    except ArgumentError:
        yield _wrong(f"{NAME} is not a URL such as sqlite:///rejoin.db or postgresql://host/rejoin.")
        return
    if kind not in ("sqlite", "postgresql"):
        yield _wrong(f"{NAME} names {kind}; Rejoin keeps its data in sqlite or postgresql.")
    elif kind == "sqlite" and not (url.database and Path(url.database).exists()):
        yield _file_to_be(url.database)
    else:
        yield from _look_inside(settings, url)


def _look_inside(settings: Settings, url: URL) -> Iterator[Point]:
    try:
        vault = open_vault(settings)
    except SettingsProblem:
        vault = None
    if url.get_backend_name() == "postgresql":
        url = url.update_query_dict({"connect_timeout": str(ANSWERS_WITHIN_SECONDS)})
    db = None
    try:
        db = Database(url.render_as_string(hide_password=False), vault or Vault(()))
        yield from _tables(db, keys_known=vault is not None)
    except SQLAlchemyError as error:
        yield _wrong(f"{NAME}: it does not answer ({reason(error)}).")
    finally:
        if db is not None:
            db.close()


def _file_to_be(path: str | None) -> Point:
    if not path or path == ":memory:":
        return _wrong(f"{NAME} names no file: everything would be gone at the end.")
    folder = Path(path).absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        return _wrong(f"{NAME}: the folder {folder} is not there or not writable.")
    return Point("database", State.FINE, "the SQLite file is not there yet; the service makes it when it starts.")


def _tables(db: Database, keys_known: bool) -> Iterator[Point]:
    with db.read() as tx:
        stands = standing(tx)
        unopened = unopenable(tx) if stands in USABLE and keys_known else ()
    told = {
        Standing.EMPTY: (State.FINE, "it answers, and is empty; the service makes the tables when it starts."),
        Standing.BEHIND: (State.FINE, "it answers; the service brings its tables to the newest form when it starts."),
        Standing.CURRENT: (State.FINE, "it answers, and its tables are of this version."),
        Standing.AHEAD: (
            State.FINE,
            "it answers; a newer version of Rejoin made its tables, which this one can use.",
        ),
        Standing.TOO_NEW: (State.WRONG, "its tables were made by a newer version of Rejoin; start that one."),
    }
    yield Point("database", *told[stands])
    if stands in USABLE and not keys_known:
        yield Point("stored data", State.UNSEEN, "REJOIN_DATA_KEYS must be mended first.")
    for sentence in unopened:
        yield Point("stored data", State.WRONG, f"REJOIN_DATA_KEYS: {sentence}.")


def _wrong(sentence: str) -> Point:
    return Point("database", State.WRONG, sentence)
