"""Alarms about the feed: a line in the log, and one letter when a blind time begins and one when it ends."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import Row

from plugin.core.feed import BlindCause
from plugin.ports.mail import Letter
from plugin.service.rejoin import Rejoin

log = structlog.get_logger(__name__)

STALE = timedelta(days=1)
"""A letter that could not be sent for so long tells nothing new any more."""
OPENED, CLOSED = "opened", "closed"
CAUSES = {
    BlindCause.SILENCE: "nothing heard from Zoom",
    BlindCause.SIGNATURE: "signatures that cannot be proven",
    BlindCause.CLOCK: "clocks too far apart",
    BlindCause.VALIDATION: "failed validations",
    BlindCause.DEAUTHORIZED: "the Zoom app was removed",
}
"""The causes in the words of staff."""


def log_change(row: Row, change: str) -> None:
    """One line for machines; there is nothing personal in an interval."""
    say = log.error if change == OPENED else log.warning
    say(
        f"feed-blind-{change}",
        cause=row.cause,
        interval=row.id,
        from_at=row.from_at.isoformat(),
        to_at=row.to_at.isoformat() if row.to_at else None,
    )


def write_to_operator(rejoin: Rejoin, row: Row, change: str) -> None:
    """Send one letter about one change of one interval, under a key of its own; raises Temporary or Permanent."""
    told_at = row.opened_at if change == OPENED else row.closed_at
    if not rejoin.settings.alarm_to or told_at is None or rejoin.clock.now() - told_at > STALE:
        return
    what = CAUSES[BlindCause(row.cause)]
    subject, lines = _opened(row, what) if change == OPENED else _closed(row, what)
    body = "\n".join((*lines, "", f"{rejoin.settings.public_url.rstrip('/')}/feed", ""))
    to = rejoin.settings.alarm_to
    rejoin.mailer.send(Letter(f"feed/{row.id}/{change}", "", "REJOIN_ALARM_TO", to, subject, body))


def _opened(row: Row, what: str) -> tuple[str, tuple[str, ...]]:
    return f"Rejoin is blind: {what}", (
        row.why,
        f"Since {_text(row.from_at)}. Until it is mended nobody is called absent for this time.",
    )


def _closed(row: Row, what: str) -> tuple[str, tuple[str, ...]]:
    return f"Rejoin sees again: {what}", (
        f"Blind from {_text(row.from_at)} to {_text(row.to_at)}.",
        "The sessions of this time are judged again with what was heard since; what stays unknown is left to people.",
    )


def _text(at) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
