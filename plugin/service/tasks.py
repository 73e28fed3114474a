"""Tasks that a verdict makes for people: a clinician's check-in, a coordinator's review."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from plugin.service.refusal import Conflict
from plugin.service.rejoin import Rejoin
from plugin.storage import audit
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

ROLES = {"checkin": "clinician", "review": "coordinator"}


def open_task(rejoin: Rejoin, action: Row) -> str:
    """Carry out a check-in or review action: open the task once."""
    with rejoin.db.begin() as tx:
        row = tasks.open_once(
            tx,
            action.key,
            action.kind,
            ROLES[action.kind],
            action.appointment_id,
            action.participant_id,
            action.because,
            rejoin.clock.now(),
        )
    return str(row.id)


def finish(tx: Transaction, rejoin: Rejoin, task_id: int, login: str, now: datetime) -> None:
    """Mark a task as done; raises Conflict when it was not open any more."""
    if not tasks.finish(tx, task_id, login, now):
        raise Conflict(f"task {task_id} was done by somebody else")
    audit.record(tx, now, login, "finished-task", f"task/{task_id}")
