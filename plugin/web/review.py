"""What clients handed in: the queue of whoever reads it, and one piece of work with its answer."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy import Row

from plugin.core.makeup import MakeupState
from plugin.service import makeups
from plugin.service.refusal import Conflict, Refused
from plugin.storage import board
from plugin.storage import makeup as storage
from plugin.storage.database import Transaction
from plugin.web.current import change, member, now, own_clinician_id, rejoin, said, said_number
from plugin.web.upload import given_out

pages = Blueprint("review", __name__, url_prefix="/makeups/work")

LONGEST_NOTE = 4000
WAITING, OUT = (MakeupState.HANDED_IN,), (MakeupState.ASSIGNED, MakeupState.RETURNED)


@pages.get("")
def queue():
    """What waits for a review, whoever waits longest first, and what clients still have to do."""
    with rejoin().db.read() as tx:
        waiting, out = (_mine(tx, states) for states in (WAITING, OUT))
    return render_template("reviews.html", waiting=waiting, out=out, present=now())


@pages.get("/<number:makeup_id>")
def show(makeup_id: int, draft: str = ""):
    """One piece of work: what was asked for, and what came."""
    with rejoin().db.read() as tx:
        row, booking = _own(tx, makeup_id)
        return render_template(
            "review.html",
            row=row,
            booking=booking,
            person=booking.person(row.participant_id),
            item=storage.item(tx, row.item_id) if row.item_id is not None else None,
            texts={name: storage.text_of(tx, row, name) for name in ("note", "answer", "review", "file_name")},
            draft=draft,
        )


@pages.get("/<number:makeup_id>/file")
def file(makeup_id: int):
    """The file that was handed in."""
    with rejoin().db.read() as tx:
        row, _ = _own(tx, makeup_id)
        found = storage.file_of(tx, row)
    if found is None:
        abort(404)
    return given_out(found)


@pages.post("/<number:makeup_id>/accept")
def accept(makeup_id: int):
    """Accept it: its minutes count, apart from attended minutes."""
    return _review(makeup_id, True, "Accepted. Its minutes are counted, apart from attended minutes.")


@pages.post("/<number:makeup_id>/return")
def give_back(makeup_id: int):
    """Ask the client to look at it once more, with a note."""
    return _review(makeup_id, False, "Given back. The client gets your note.")


def _review(makeup_id: int, accepted: bool, done: str):
    note = said("note", LONGEST_NOTE)
    try:
        with change() as tx:
            _own(tx, makeup_id)
            makeups.review(
                tx, rejoin(), makeup_id, said_number("version"), accepted, note, member().login, now()
            )  # fmt: skip
    except Conflict:
        flash("Somebody else decided about this a moment ago. Please look at how it stands now.", "problem")
        return show(makeup_id, note), 409
    except Refused as refusal:
        flash(str(refusal), "problem")
        return show(makeup_id, note), 422
    flash(done)
    return redirect(url_for("review.queue"), 303)


def _mine(tx: Transaction, states) -> list[tuple[Row, board.Booking, str]]:
    """Assignments with their sessions; a clinician sees those of their own sessions alone."""
    rows = storage.in_states(tx, [state.value for state in states])
    titles = {item.id: item.title for item in storage.catalogue(tx, retired=True)}
    bookings = {code: board.booking(tx, code, True, own_clinician_id()) for code in {r.appointment_id for r in rows}}
    found = [(row, bookings[row.appointment_id], titles.get(row.item_id, "")) for row in rows]
    return [entry for entry in found if entry[1] is not None]


def _own(tx: Transaction, makeup_id: int) -> tuple[Row, board.Booking]:
    row = storage.load(tx, makeup_id)
    booking = board.booking(tx, row.appointment_id, True, own_clinician_id()) if row else None
    if booking is None:
        abort(404)
    return row, booking
