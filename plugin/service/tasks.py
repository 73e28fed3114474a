"""Tasks that a verdict makes for people: a clinician's check-in, a coordinator's review."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from plugin.core.action import ActionKind
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


def say_anew(tx: Transaction, result: dict, again: bool) -> None:
    """A verdict says something else, and still asks for a person: an open task tells its reason as it is now. When it
    is not only minutes (`again`), a review that was done is to be done with what is known by now."""
    for action in result["actions"]:
        if (kind := action["kind"]) in ROLES:
            key = f"{kind}/{result['appointment_id']}/{result['participant_id']}"
            tasks.say(tx, key, action["because"], again and kind == ActionKind.REVIEW)


def finish(tx: Transaction, rejoin: Rejoin, task_id: int, login: str, now: datetime) -> None:
    """Mark a task as done; raises Conflict when it was not open any more."""
    if not tasks.finish(tx, task_id, login, now):
        raise Conflict(f"task {task_id} was done by somebody else")
    audit.record(tx, now, login, "finished-task", f"task/{task_id}")
