"""What a coordinator asks for when they put other times into an offer: ticked ones, or one that they enter."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import request
from sqlalchemy import Row

from plugin.core.slot import Slot
from plugin.service import offering
from plugin.service.refusal import Refused
from plugin.storage import board
from plugin.storage.database import Transaction
from plugin.web.current import now, rejoin, said, staff_zone


def wanted_slots(tx: Transaction, offer: Row) -> list[Slot]:
    """The times that the form asks for; raises Refused with a sentence."""
    booking = board.booking(tx, offer.appointment_id, names=False)
    if booking is None:
        raise Refused("The appointment is no longer in the roster.")
    length = booking.ends_at - booking.starts_at
    free = {slot.starts_at: slot for slot in offering.free_times(tx, rejoin(), offer, now())}
    starts = [_ticked(text) for text in request.form.getlist("slot")[:100]]
    if entered := said("other", 40):
        starts.append(_entered(entered, staff_zone()))
    most = rejoin().policy.offer_slots
    if len(set(starts)) > most:
        raise Refused(f"Please choose at most {most} times.")
    own = "Entered by the coordinator."
    return [free.get(at) or Slot(at, at + length, own) for at in sorted(set(starts))]


def _ticked(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else _entered(text, staff_zone())
    except (ValueError, OverflowError):
        raise Refused("One of the times could not be read. Please choose again.") from None


def _entered(text: str, zone: ZoneInfo) -> datetime:
    """A wall-clock time of the staff's zone as UTC; one that the clock skips is refused."""
    try:
        wall = datetime.fromisoformat(text).replace(tzinfo=None)
        at = wall.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("The time you entered could not be read. Please write it as day and time.") from None
    if at.astimezone(zone).replace(tzinfo=None) != wall:
        raise Refused("That time does not exist: the clock changes in that night. Please choose another one.")
    return at
