"""When a verdict changes after something was done about it: what was done is not undone, but people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row

from plugin.core.action import Action, ActionKind
from plugin.core.assessment import Assessment, Cause, Flag
from plugin.service import ticketing
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

CHANGED = "What was received since changed the verdict behind this ticket; it may not be needed any more."
INCIDENT = "More people turned out to have the same trouble: there is one ticket for all of them now."
RETURNED = "They are back in the session."
OVER = "The session is over, and they got most of it."
AGAIN = "They were cut off again."
COST = "The session is over, and the trouble cost them a good part of it."
STANDS = "The verdict behind this ticket stands again."
_CLOSES = (INCIDENT, RETURNED, OVER)
_TASKS = (ActionKind.CHECKIN, ActionKind.REVIEW)


def reason_went(
    tx: Transaction,
    rejoin: Rejoin,
    row: Row,
    decided: Sequence[Action],
    assessments: Sequence[Assessment],
    running: bool,
    now: datetime,
) -> None:
    """Tell whoever works at it that the reason of a done action went.

    A ticket gets a note, and closes itself when its people are back, or got most of the session after all; when they
    are part of an incident now, so is it. An open task is withdrawn. `decided` and `assessments` are what stands now;
    `running`: the session still goes on.
    """
    if row.state != outbox.DONE or row.note is not None or row.kind not in (ActionKind.TICKET, *_TASKS):
        return
    text = _why_it_went(row, decided, assessments, running)
    outbox.mark(tx, row.id, text, now)
    if row.kind == ActionKind.TICKET:
        joint = _incident(row, decided)
        if joint is not None:
            ticketing.annotate(tx, rejoin, row, text, now, ticketing.ATTACH, joint.shared or joint.key)
        else:
            ticketing.annotate(tx, rejoin, row, text, now, ticketing.CLOSE if text in _CLOSES else "")
    else:
        tasks.withdraw(tx, row.key)


def _why_it_went(row: Row, decided: Sequence[Action], assessments: Sequence[Assessment], running: bool) -> str:
    people = set(row.participants)
    theirs = [a for a in assessments if a.participant_id in people]
    if _incident(row, decided) is not None:
        return INCIDENT
    if any(Flag.INTERRUPTED in a.flags or a.cause is Cause.TECHNICAL for a in theirs):
        return RETURNED
    if not running and any(Flag.DROPPED in a.flags for a in theirs):
        return OVER
    return CHANGED


def _incident(row: Row, decided: Sequence[Action]) -> Action | None:
    """The incident whose part a ticket became: the one that stands for its people now."""
    people = set(row.participants)
    return next((a for a in decided if a.incident and a.key != row.key and people <= set(a.participants)), None)


def reason_came_back(tx: Transaction, rejoin: Rejoin, row: Row, running: bool, now: datetime) -> None:
    """Take back what `reason_went` told about this action; a ticket that closed itself opens again."""
    if row.state != outbox.DONE or row.note is None:
        return
    outbox.mark(tx, row.id, None, now)
    if row.kind != ActionKind.TICKET:
        tasks.reopen(tx, row.key)
        return
    text = STANDS
    if row.note in (RETURNED, OVER):
        text = AGAIN if running else COST
    ticketing.annotate(tx, rejoin, row, text, now, ticketing.REOPEN if row.note in _CLOSES else "")
