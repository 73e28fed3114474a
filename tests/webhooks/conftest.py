"""The receiver on a bare Flask application, with a real inbox on a real database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from plugin.storage.database import Database
from tests.conftest import MovingClock, make_settings
from tests.webhooks.sender import Sender
from webhooks.inbox import Inbox
from webhooks.receiver import receiver


@pytest.fixture
def inbox(database: Database, moving_clock: MovingClock) -> Iterator[Inbox]:
    inbox = Inbox(database, moving_clock)
    yield inbox
    inbox.close()


@pytest.fixture
def zoom(inbox: Inbox, moving_clock: MovingClock) -> Sender:
    """Zoom in front of a receiver, once on SQLite and once on PostgreSQL."""
    return sender_to(inbox, moving_clock)


@pytest.fixture
def zoom_on_sqlite(sqlite_database: Database, moving_clock: MovingClock) -> Iterator[Sender]:
    """The same on SQLite only, for stories that are not about the database."""
    inbox = Inbox(sqlite_database, moving_clock)
    yield sender_to(inbox, moving_clock)
    inbox.close()


def sender_to(inbox: Inbox, clock: MovingClock, **settings: object) -> Sender:
    """Zoom in front of a receiver with these settings."""
    app = Flask(__name__)
    app.register_blueprint(receiver(make_settings(**settings), inbox, clock))
    return Sender(app.test_client(), clock)
