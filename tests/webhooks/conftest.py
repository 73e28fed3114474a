"""The receiver at both of its doors, with a real inbox on a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from plugin.storage.database import Database
from tests.conftest import MovingClock, make_settings
from tests.webhooks.doorway import Doorway
from tests.webhooks.sender import Sender
from webhooks.inbox import Inbox
from webhooks.receiver import Receiver
from webhooks.route import route
from webhooks.tally import Tally


@pytest.fixture
def inbox(database: Database, moving_clock: MovingClock) -> Iterator[Inbox]:
    inbox = Inbox(database, moving_clock)
    yield inbox
    inbox.close()


@pytest.fixture(params=["door", "route"])
def door(request: pytest.FixtureRequest) -> Iterator[Callable[..., Sender]]:
    """Makes a Zoom in front of a receiver: at the socket, as the service runs it, and at the route of Flask."""
    if request.param == "route":
        yield sender_to
        return
    open_doors = []

    def knock(inbox: Inbox, clock: MovingClock, tally: Tally | None = None, **settings: object) -> Sender:
        doorway = Doorway(Receiver(make_settings(**settings), clock, tally), inbox)
        open_doors.append(doorway)
        return Sender(doorway, clock)

    yield knock
    for doorway in open_doors:
        doorway.close()


@pytest.fixture
def zoom(door: Callable[..., Sender], inbox: Inbox, moving_clock: MovingClock) -> Sender:
    """Zoom in front of a receiver, once on SQLite and once on PostgreSQL."""
    return door(inbox, moving_clock)


@pytest.fixture
def zoom_on_sqlite(
    door: Callable[..., Sender], sqlite_database: Database, moving_clock: MovingClock
) -> Iterator[Sender]:
    """The same on SQLite only, for stories that are not about the database."""
    inbox = Inbox(sqlite_database, moving_clock)
    yield door(inbox, moving_clock)
    inbox.close()


@pytest.fixture
def zoom_at_the_route(sqlite_database: Database, moving_clock: MovingClock) -> Iterator[Sender]:
    """At the route of Flask only, for what a WSGI server may hand over."""
    inbox = Inbox(sqlite_database, moving_clock)
    yield sender_to(inbox, moving_clock)
    inbox.close()


def sender_to(inbox: Inbox, clock: MovingClock, tally: Tally | None = None, **settings: object) -> Sender:
    """Zoom in front of the route, with these settings."""
    app = Flask(__name__)
    app.register_blueprint(route(Receiver(make_settings(**settings), clock, tally), inbox))
    return Sender(app.test_client(), clock)
