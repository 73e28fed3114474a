"""When a verdict changes after something was done about it: what was done is not undone, but people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row

from plugin.core.action import Action, ActionKind
from plugin.core.assessment import Assessment, Cause
from plugin.service import ticketing
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

CHANGED = "What was received since changed the verdict behind this ticket; it may not be needed any more."
INCIDENT = "More people turned out to have the same trouble: there is one ticket for all of them now."
RETURNED = "They are back in the session."
AGAIN = "They were cut off again."
STANDS = "The verdict behind this ticket stands again."
_TASKS = (ActionKind.CHECKIN, ActionKind.REVIEW)


def reason_went(
    tx: Transaction,
    rejoin: Rejoin,
    row: Row,
    decided: Sequence[Action],
    assessments: Sequence[Assessment],
    now: datetime,
) -> None:
    """Tell whoever works at it that the reason of a done action went: a note on its ticket, its open task withdrawn.

    `decided` and `assessments` are what stands now.
    """
    if row.state != outbox.DONE or row.note is not None or row.kind not in (ActionKind.TICKET, *_TASKS):
        return
    people = set(row.participants)
    if not row.incident and any(a.incident and people <= set(a.participants) for a in decided):
        text = INCIDENT
    elif any(a.participant_id in people and a.cause is Cause.TECHNICAL for a in assessments):
        text = RETURNED
    else:
        text = CHANGED
    outbox.mark(tx, row.id, text, now)
    if row.kind == ActionKind.TICKET:
        ticketing.annotate(tx, rejoin, row, text, now)
    else:
        tasks.withdraw(tx, row.key)


def reason_came_back(tx: Transaction, rejoin: Rejoin, row: Row, running: bool, now: datetime) -> None:
    """Take back what `reason_went` told about this action; `running` says whether the session still goes on."""
    if row.state != outbox.DONE or row.note is None:
        return
    outbox.mark(tx, row.id, None, now)
    if row.kind != ActionKind.TICKET:
        tasks.reopen(tx, row.key)
    elif row.note != RETURNED:
        ticketing.annotate(tx, rejoin, row, STANDS, now)
    elif running:
        ticketing.annotate(tx, rejoin, row, AGAIN, now)
