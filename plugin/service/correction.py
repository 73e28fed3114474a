"""When a verdict changes after something was done about it: what was done is not undone, but people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row

from plugin.core.action import Action, ActionKind
from plugin.service import ticketing
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

CHANGED = "What was received since changed the verdict behind this ticket; it may not be needed any more."
INCIDENT = "More people turned out to have the same trouble: there is one ticket for all of them now."
BACK = "The verdict behind this ticket stands again."
_TASKS = (ActionKind.CHECKIN, ActionKind.REVIEW)


def reason_went(tx: Transaction, rejoin: Rejoin, row: Row, decided: Sequence[Action], now: datetime) -> None:
    """Tell whoever works at it that the reason of a done action went: a note on its ticket, its open task withdrawn.

    `decided` are the actions that stand now.
    """
    if row.state != outbox.DONE or row.note is not None:
        return
    shared = any(a.incident and set(row.participants) <= set(a.participants) for a in decided)
    text = INCIDENT if shared and not row.incident else CHANGED
    outbox.mark(tx, row.id, text, now)
    if row.kind == ActionKind.TICKET:
        ticketing.annotate(tx, rejoin, row, text, now)
    elif row.kind in _TASKS:
        tasks.withdraw(tx, row.key)


def reason_came_back(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    """Take back what `reason_went` told about this action."""
    if row.state != outbox.DONE or row.note is None:
        return
    outbox.mark(tx, row.id, None, now)
    if row.kind == ActionKind.TICKET:
        ticketing.annotate(tx, rejoin, row, BACK, now)
    elif row.kind in _TASKS:
        tasks.reopen(tx, row.key)
