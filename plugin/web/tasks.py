"""Tasks for people: a clinician's check-ins, and verdicts that a person should look at."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from plugin.storage import board
from plugin.web.current import rejoin

pages = Blueprint("task", __name__)


@pages.get("/tasks")
def queue():
    """What waits for this role; an administrator sees everything, a clinician what concerns their own sessions."""
    with rejoin().db.read() as tx:
        waiting, finished = [], []
        ids = {row.appointment_id for row in waiting}
        bookings = board.bookings(tx, ids, names=True)
    shown = [(row, bookings.get(row.appointment_id)) for row in waiting]
    return render_template("tasks.html", tasks=shown, finished=finished[-10:][::-1])


@pages.post("/tasks/<int:task_id>/done")
def finish(task_id: int):
    """Mark a task as done."""
    abort(404)
