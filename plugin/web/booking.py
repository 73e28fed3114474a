"""Calling off an appointment that was made for a picked time."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, url_for

from plugin.service import booking
from plugin.service.refusal import Conflict, Refused
from plugin.storage import booking as bookings
from plugin.web.current import change, member, now, rejoin

pages = Blueprint("booking", __name__)


@pages.post("/appointments/<path:appointment_id>/call-off")
def call_off(appointment_id: str):
    """Take the meeting out and tell both of them."""
    try:
        with change() as tx:
            row = bookings.of_appointment(tx, appointment_id) if appointment_id.isprintable() else None
            if row is None:
                abort(404)
            booking.call_off(tx, rejoin(), row.offer_id, member().login, now())
    except (Refused, Conflict) as refusal:
        flash(str(refusal), "problem")
    else:
        flash("Called off. The meeting is taken out, and whoever knew of it is told.")
    return redirect(url_for("appointment.show", appointment_id=appointment_id))
