"""Tasks for people: a clinician's check-ins, and verdicts that a person should look at."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import Row

from plugin.service import tasks as service
from plugin.service.refusal import Conflict
from plugin.storage import board
from plugin.storage import task as tasks
from plugin.storage.database import Transaction
from plugin.storage.staff import StaffRole
from plugin.web.current import change, member, now, own_clinician_id, rejoin

pages = Blueprint("task", __name__, url_prefix="/tasks")


@pages.get("")
def queue():
    """What waits for this role; an administrator sees everything, a clinician what concerns their own sessions."""
    with rejoin().db.read() as tx:
        waiting, finished = _mine(tx, tasks.listed(tx, tasks.OPEN)), _mine(tx, tasks.listed(tx, tasks.DONE))
        bookings = board.bookings(tx, {row.appointment_id for row in waiting}, names=True)
    shown = [(row, bookings.get(row.appointment_id)) for row in waiting]
    return render_template("tasks.html", tasks=shown, finished=finished[-10:][::-1])


@pages.post("/<number:task_id>/done")
def finish(task_id: int):
    """Mark a task as done."""
    try:
        with change() as tx:
            row = tasks.load(tx, task_id)
            if row is None or not _mine(tx, [row]):
                abort(404)
            service.finish(tx, rejoin(), task_id, member().login, now())
        flash("Done. Thank you.")
    except Conflict:
        flash("Somebody else did that a moment ago, or it is not needed any more.", "problem")
    return redirect(url_for("task.queue"), 303)


def _mine(tx: Transaction, rows: list[Row]) -> list[Row]:
    role, own = member().role, own_clinician_id()
    if role is StaffRole.ADMIN:
        return list(rows)
    rows = [row for row in rows if row.role == role]
    if own is None:
        return rows
    return [row for row in rows if board.booking(tx, row.appointment_id, names=False, clinician_id=own)]
