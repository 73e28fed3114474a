"""Held make-up work: a coordinator chooses an item, or writes what the client gets, or declines with a reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from plugin.service import makeups, offering
from plugin.service.refusal import Conflict, Refused
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import makeup as storage
from plugin.storage import offer as offers
from plugin.web.approvals import LONGEST_REASON, TOO_LATE
from plugin.web.current import change, member, now, rejoin, said, said_number
from plugin.web.evidence import evidence

pages = Blueprint("makeup", __name__, url_prefix="/approvals/makeups")

LONGEST_TEXT = 4000


@pages.get("/<number:action_id>")
def show(action_id: int, drafted: str = "", draft: str = ""):
    """One held make-up with the evidence beside it; what fits the module stands first."""
    with rejoin().db.read() as tx:
        row = outbox.load(tx, action_id)
        if row is None or row.kind != "makeup":
            abort(404)
        shown = evidence(tx, row.appointment_id, row.participant_id)
        appointment = appointments.load(tx, row.appointment_id)
        module = appointment.module if appointment else ""
        found = storage.catalogue(tx)
        assigned, seats = storage.by_action(tx, row.key), offers.by_action(tx, row.key)
    fits = [one for one in found if module and one.module == module]
    return render_template(
        "makeup.html",
        action=row,
        module=module,
        fits=fits,
        others=[one for one in found if one not in fits],
        chosen=said_number("item") if request.method == "POST" else fits[0].id if fits else 0,
        assigned=assigned,
        seats=seats,
        drafted=drafted,
        draft=draft,
        **shown,
    )


@pages.post("/<number:action_id>/approve")
def approve(action_id: int):
    """Assign the chosen item with the coordinator's note, or only what they wrote."""
    note, item, minutes = said("text", LONGEST_TEXT), said_number("item"), said("minutes", 5)

    def send(tx):
        if minutes and not (minutes.isascii() and minutes.isdigit()):
            raise Refused("Minutes are a number.")
        counts = int(minutes) if minutes else None
        makeups.approve(tx, rejoin(), action_id, item if item > 0 else None, counts, note, member().login, now())

    return _decide(action_id, send, "Approved. It goes out now.", "makeup", note)


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
