"""Faults put into a running service from outside: the controls that each test of the harness must notice.

They stand here and nowhere in the service; launcher.py applies them in the forked process before the command begins.
"""

from __future__ import annotations

import atexit
import os
import secrets
import signal
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace


def answer_before_commit() -> None:
    """Deliveries are called stored at once, and stored a moment later."""
    from plugin.storage.arrival import Arrivals

    store, one_at_a_time = Arrivals.store, threading.Lock()

    def hasty(self, arrivals):
        def later() -> None:
            with one_at_a_time:
                store(self, arrivals)

        timer = threading.Timer(0.05, later)
        timer.daemon = True
        timer.start()
        return list(range(1, len(arrivals) + 1))

    Arrivals.store = hasty


def not_synchronous() -> None:
    """SQLite is told synchronous=NORMAL wherever the service says FULL."""
    connect = sqlite3.dbapi2.connect

    class Careless(sqlite3.Connection):
        def execute(self, statement, *parameters):
            return super().execute(statement.replace("synchronous=FULL", "synchronous=NORMAL"), *parameters)

    sqlite3.dbapi2.connect = sqlite3.connect = lambda *args, **named: connect(*args, **({"factory": Careless} | named))


def mark_before_send() -> None:
    """An action is written down as done before the remote is asked."""
    from plugin.service.acting import Actor
    from plugin.storage import action as outbox
    from plugin.storage import work

    def perform(self, claim):
        with self.rejoin.db.begin() as tx:
            row = outbox.load(tx, int(claim.subject))
            outbox.move(tx, row.id, (outbox.QUEUED,), outbox.DONE, self.rejoin.clock.now())
            work.finish(tx, claim)
        self.performers[row.kind](self.rejoin, row)

    Actor.perform = perform


def send_without_key() -> None:
    """Each call to the help desk has a key of its own, so that a repetition is a new ticket."""
    from plugin.adapters import zendesk

    zendesk.code_of = lambda key: f"rejoin-{secrets.token_hex(8)}"


def letters_without_key() -> None:
    """Each letter has a Message-ID of its own, so that a repetition is a new letter."""
    from plugin.adapters.smtp import SmtpMailer

    make = SmtpMailer._message

    def anew(self, letter):
        message = make(self, letter)
        message.replace_header("Message-ID", f"<{secrets.token_hex(16)}@clinic.invalid>")
        return message

    SmtpMailer._message = anew


def impatient() -> None:
    """Retries come after moments, not minutes, and who is dead is missed sooner; a pace, and no fault."""
    from plugin.ports import retry
    from plugin.storage import worker

    retry.FIRST_RETRY = timedelta(milliseconds=100)
    retry.LONGEST_RETRY = timedelta(milliseconds=400)
    worker.HEARTBEAT_SECONDS, worker.SILENT_AFTER = 0.75, timedelta(seconds=3)


class _Fate:
    """The step at which this process ends by kill -9, or is stopped: TORTURE_STEP, counted from 1. How many there were
    stands in the file `steps` when it ended by itself."""

    def __init__(self) -> None:
        self.steps, self.last = 0, int(os.environ["TORTURE_STEP"])
        self.signal = getattr(signal, os.environ.get("TORTURE_SIGNAL", "SIGKILL"))
        atexit.register(lambda: Path("steps").write_text(str(self.steps)))

    def step(self, *_anything) -> None:
        self.steps += 1
        if self.steps == self.last:
            os.kill(os.getpid(), self.signal)


def die_while_migrating() -> None:
    """The process ends at one statement of the migration, at its commit, or just after."""
    from sqlalchemy import event

    from plugin.storage import migration

    fate, upgrade, migrate = _Fate(), migration.command.upgrade, migration.migrate

    def struck(config, to):
        connection = config.attributes["connection"]
        event.listen(connection, "after_cursor_execute", fate.step)
        event.listen(connection.engine, "commit", fate.step)
        upgrade(config, to)

    def then(db):
        migrate(db)
        fate.step()

    migration.command = SimpleNamespace(upgrade=struck)
    migration.migrate = then


def migrate_in_pieces() -> None:
    """Each statement of a migration is committed by itself."""
    from sqlalchemy import event

    from plugin.storage import migration

    upgrade = migration.command.upgrade

    def in_pieces(config, to):
        connection = config.attributes["connection"]

        def commit(*_anything) -> None:
            driver = connection.connection.driver_connection
            driver.commit()
            if connection.dialect.name == "sqlite":
                driver.execute("BEGIN IMMEDIATE")

        event.listen(connection, "after_cursor_execute", commit)
        upgrade(config, to)

    migration.command = SimpleNamespace(upgrade=in_pieces)


def die_while_copying() -> None:
    """The process ends at one step of a backup or a restore: some pages, a piece, a sync, a new name."""
    from plugin.storage import backup

    fate, connect = _Fate(), sqlite3.connect

    class Stepwise(sqlite3.Connection):
        def backup(self, target):
            super().backup(target, pages=100, progress=fate.step)

    def noted(call):
        def with_a_step(*args):
            fate.step()
            result = call(*args)
            fate.step()
            return result

        return with_a_step

    backup.sqlite3 = SimpleNamespace(
        connect=lambda *args, **named: connect(*args, factory=Stepwise, **named),
        **{name: getattr(sqlite3, name) for name in ("Error", "OperationalError", "DatabaseError")},
    )
    for name in ("rename", "link", "fsync"):
        setattr(os, name, noted(getattr(os, name)))


def backup_in_place() -> None:
    """A backup is written straight into the file of its name."""
    from plugin.storage import backup

    def naive(database, to):
        os.fsync(os.open(to.parent, os.O_RDONLY))  # a step like any other
        with database.open("rb") as source, to.open("wb", buffering=0) as target:
            while piece := source.read(100 * 4096):
                target.write(piece)
                os.fsync(target.fileno())
        return to.stat().st_size

    backup.copy = naive


def restore_by_taking_away() -> None:
    """The database is moved aside before its successor has its name."""
    os.link = os.rename


FAULTS = {
    one.__name__: one
    for one in (
        answer_before_commit, not_synchronous, mark_before_send, send_without_key, letters_without_key, impatient,
        die_while_migrating, migrate_in_pieces, die_while_copying, backup_in_place, restore_by_taking_away,
    )
}  # fmt: skip
