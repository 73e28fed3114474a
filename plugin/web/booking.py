"""Calling off an appointment that was made for a picked time."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for
from sqlalchemy import Row

from plugin.service import booking
from plugin.service.refusal import Conflict, Refused
from plugin.storage import booking as bookings
from plugin.storage.database import Transaction
from plugin.web.current import change, member, now, rejoin, said

pages = Blueprint("booking", __name__)


@pages.post("/appointments/<path:appointment_id>/call-off")
def call_off(appointment_id: str):
    """Take the meeting out and tell both of them; of a seat in a group, take its one client out."""
    who = said("participant", 200)
    try:
        with change() as tx:
            row = _booking(tx, appointment_id, who) if appointment_id.isprintable() else None
            if row is None:
                abort(404)
            booking.call_off(tx, rejoin(), row.offer_id, member().login, now())
    except (Refused, Conflict) as refusal:
        flash(str(refusal), "problem")
    else:
        flash(
            "Taken out of this session. They are told, if they knew of it."
            if who
            else "Called off. The meeting is taken out, and whoever knew of it is told."
        )
    return redirect(url_for("appointment.show", appointment_id=appointment_id))


def _booking(tx: Transaction, appointment_id: str, participant_id: str) -> Row | None:
    """The booking of an appointment of its own, or with a participant the one of their seat in it."""
    if not participant_id:
        return bookings.of_appointment(tx, appointment_id)
    seats = [row for row in bookings.all_of_appointment(tx, appointment_id) if row.seat]
    return next((row for row in reversed(seats) if row.participant_id == participant_id), None)
