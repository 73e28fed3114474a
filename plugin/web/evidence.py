"""The evidence beside a decision: the appointment, its picture, the verdict on the person, and what was before."""

from __future__ import annotations

from plugin.storage import board
from plugin.storage.database import Transaction
from plugin.web.current import now, staff_zone
from plugin.web.timeline import picture


def evidence(tx: Transaction, appointment_id: str, participant_id: str) -> dict:
    """What the template `evidence.html` shows about one person in one appointment."""
    booking = board.booking(tx, appointment_id, names=True)
    earlier = board.verdicts_of_person(tx, participant_id)
    return {
        "booking": booking,
        "person": booking.person(participant_id) if booking else None,
        "picture": picture(booking, now(), staff_zone()) if booking else None,
        "earlier": [entry for entry in earlier if entry[0] != appointment_id],
    }
