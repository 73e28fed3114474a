"""The feed's own page: whether Zoom is heard, when it was not, and what became of that time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template
from flask_login import current_user

from plugin.core.feed import BlindCause
from plugin.service import watching
from plugin.service.alarm import CAUSES
from plugin.storage import blindness
from plugin.web.current import now, rejoin

pages = Blueprint("feed", __name__)


@dataclass(frozen=True, slots=True)
class Blind:
    """An open blind time as the banner tells it."""

    from_at: datetime
    words: str


@pages.get("/feed")
def show():
    """Signs, open and past blind times."""
    with rejoin().db.read() as tx:
        found = watching.state(tx, rejoin(), now())
        past = [row for row in blindness.newest(tx) if row.closed_at]
    return render_template(
        "feed.html",
        signs=found.signs,
        standing=found.standing,
        warnings=found.warnings,
        past=past,
        words={cause.value: told for cause, told in CAUSES.items()},
        fetches=rejoin().delivery_log is not None,
    )


def blind_now() -> Iterator[Blind]:
    """What the banner of every staff page says; nothing to somebody who is not signed in."""
    if not (current_user and current_user.is_authenticated):
        return
    with rejoin().db.read() as tx:
        rows = blindness.standing(tx)
    for row in rows:
        yield Blind(row.from_at, CAUSES[BlindCause(row.cause)])
