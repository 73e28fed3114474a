"""Faults put into a running service from outside: the controls that each test of the harness must notice.

They stand here and nowhere in the service; launcher.py applies them in the forked process before the command begins.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from datetime import timedelta


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
        return [True] * len(arrivals)

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
    """Retries come after moments, not minutes; a pace, and no fault."""
    from plugin.ports import retry

    retry.FIRST_RETRY = timedelta(milliseconds=100)
    retry.LONGEST_RETRY = timedelta(milliseconds=400)


FAULTS = {
    one.__name__: one
    for one in (
        answer_before_commit, not_synchronous, mark_before_send, send_without_key, letters_without_key, impatient,
    )
}  # fmt: skip
