"""What an administrator looks after: who decided what, what could not be done, who may sign in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for

from plugin.service import acting
from plugin.storage import action, audit, board, outbound, staff, work
from plugin.web.current import LARGEST_ID, change, member, now, rejoin

pages = Blueprint("admin", __name__, url_prefix="/admin")

PAGE = 100


@pages.get("/audit")
def audit_log():
    """Every decision of a person, the newest first, a hundred at a time."""
    before = request.args.get("before", type=int)
    before = before if before and 0 < before < LARGEST_ID else None
    with rejoin().db.read() as tx:
        rows = board.audit_rows(tx, PAGE, before)
    return render_template("audit.html", rows=rows, older=rows[-1].id if len(rows) == PAGE else None)


@pages.get("/failed")
def dead_letters():
    """Actions and other work that were given up, with the reason; and what still waits for a remote that is away."""
    with rejoin().db.read() as tx:
        dead, undone = action.in_state(tx, action.DEAD), work.dead(tx)
        waiting = outbound.waiting(tx, now())
        absent = outbound.absent(tx)
    return render_template("dead_letters.html", actions=dead, undone=undone, waiting=waiting, absent=absent)


@pages.post("/failed/<number:action_id>/again")
def try_again(action_id: int):
    """Put an action that was given up back into the queue."""
    with change() as tx:
        again = acting.retry_dead(tx, rejoin(), action_id, now())
        if again:
            audit.record(tx, now(), member().login, "retried-action", f"action/{action_id}", {})
    return _tried(again)


@pages.post("/failed/work/<number:work_id>/again")
def do_again(work_id: int):
    """Have other work done that was given up, such as a judgement."""
    with change() as tx:
        again = acting.revive(tx, rejoin(), work_id, now())
        if again:
            audit.record(tx, now(), member().login, "retried-work", f"work/{work_id}", {})
    return _tried(again)


def _tried(again: bool):
    if again:
        flash("It will be tried again now.")
    else:
        flash("This one is no longer among the failed: somebody else was quicker.", "problem")
    return redirect(url_for("admin.dead_letters"))


@pages.get("/accounts")
def accounts():
    """Who may sign in, with which role."""
    with rejoin().db.read() as tx:
        return render_template("accounts.html", members=staff.everyone(tx))
