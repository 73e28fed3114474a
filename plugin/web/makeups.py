"""Held make-up material: a coordinator writes what the client gets, or declines with a reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from plugin.service import offering
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action as outbox
from plugin.web.approvals import LONGEST_REASON, TOO_LATE
from plugin.web.current import change, member, now, rejoin, said
from plugin.web.evidence import evidence

pages = Blueprint("makeup", __name__, url_prefix="/approvals/makeups")

LONGEST_TEXT = 4000


@pages.get("/<number:action_id>")
def show(action_id: int, drafted: str = "", draft: str = ""):
    """One held make-up with the evidence beside it."""
    with rejoin().db.read() as tx:
        row = outbox.load(tx, action_id)
        if row is None or row.kind != "makeup":
            abort(404)
        shown = evidence(tx, row.appointment_id, row.participant_id)
    return render_template("makeup.html", action=row, drafted=drafted, draft=draft, **shown)


@pages.post("/<number:action_id>/approve")
def approve(action_id: int):
    """Send the material with the text that the coordinator wrote."""
    text = said("text", LONGEST_TEXT)

    def send(tx):
        offering.approve_makeup(tx, rejoin(), action_id, member().login, text, now())

    return _decide(action_id, send, "Approved. It goes out now.", "makeup", text)


@pages.post("/<number:action_id>/decline")
def decline(action_id: int):
    """Decline to send material, with a reason."""
    reason = said("reason", LONGEST_REASON)

    def drop(tx):
        offering.decline_action(tx, rejoin(), action_id, reason, member().login, now())

    return _decide(action_id, drop, "Declined.", "decline", reason)


def _decide(action_id: int, decide: Callable, done: str, drafted: str, draft: str):
    try:
        with change() as tx:
            row = outbox.load(tx, action_id)
            if row is None or row.kind != "makeup":
                abort(404)
            decide(tx)
    except Conflict:
        flash(TOO_LATE, "problem")
        return show(action_id, drafted, draft), 409
    except Refused as refusal:
        flash(str(refusal), "problem")
        return show(action_id, drafted, draft), 422
    flash(done)
    return redirect(url_for("approval.queue"), 303)
