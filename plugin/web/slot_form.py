"""What a coordinator asks for when they put other times into an offer: ticked ones, or one that they enter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from flask import request
from sqlalchemy import Row

from plugin.core.slot import Slot
from plugin.service import offering
from plugin.service.refusal import Refused
from plugin.storage import board
from plugin.storage.database import Transaction
from plugin.web.current import now, rejoin, said, staff_zone
from plugin.web.wall_clock import entered


def wanted_slots(tx: Transaction, offer: Row) -> list[Slot]:
    """The times that the form asks for; raises Refused with a sentence."""
    booking = board.booking(tx, offer.appointment_id, names=False)
    if booking is None:
        raise Refused("The appointment is no longer in the roster.")
    length = booking.ends_at - booking.starts_at
    found = offering.free_times(tx, rejoin(), offer, now())
    most = rejoin().policy.offer_slots
    if offer.seat:
        return _seats(found, request.form.getlist("slot")[:100], most)
    free = {slot.starts_at: slot for slot in found}
    starts = [_ticked(text) for text in request.form.getlist("slot")[:100]]
    if typed := said("other", 40):
        starts.append(entered(typed, staff_zone()))
    if len(set(starts)) > most:
        raise Refused(f"Please choose at most {most} times.")
    own = "Entered by the coordinator."
    return [free.get(at) or Slot(at, at + length, own) for at in sorted(set(starts))]


def _seats(found: Sequence[Slot], ticked: Sequence[str], most: int) -> list[Slot]:
    """The seats with the ticked sessions; what was full meanwhile is said."""
    chosen = [slot for slot in found if slot.appointment_id in ticked]
    if len(chosen) < len(set(ticked)):
        raise Refused("In one of these sessions no seat is free any more. Please choose again.")
    if len(chosen) > most:
        raise Refused(f"Please choose at most {most} seats.")
    return chosen


def _ticked(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else entered(text, staff_zone())
    except (ValueError, OverflowError):
        raise Refused("One of the times could not be read. Please choose again.") from None
