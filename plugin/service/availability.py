"""When a clinician and a client are both free: from the roster, the bookable hours and what was just picked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from plugin.core.appointment import Appointment, Role, Status
from plugin.core.interval import Span
from plugin.core.slot import Slot, Wish, free_slots
from plugin.service.messaging import zone_of
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import bookable_hours
from plugin.storage import offer as offers
from plugin.storage.database import Transaction


def clinician_of(appointment: Appointment) -> str:
    """The code of the clinician, the first of the roster when there are several; "" when there is none."""
    return next((p.participant_id for p in appointment.participants if p.role is Role.CLINICIAN), "")


def wish_of(
    rejoin: Rejoin, appointment: Appointment, participant_id: str, now: datetime, asked: Mapping | None = None
) -> Wish:
    """What another time must fit for this client: as long as the old one, within the policy's window and day.

    `asked` holds the days and parts of the day that the client asked for, if they did.
    """
    policy, asked = rejoin.policy, asked or {}
    return Wish(
        length=appointment.ends_at - appointment.starts_at,
        earliest=now + policy.offer_lead,
        latest=now + policy.offer_horizon,
        usual_at=appointment.starts_at,
        client_zone=zone_of(rejoin, appointment, appointment.participant(participant_id)),
        waking_from=policy.waking_from_hour,
        waking_until=policy.waking_until_hour,
        days=frozenset(asked.get("days", ())),
        parts=frozenset(asked.get("parts", ())),
    )


def free(tx: Transaction, wish: Wish, clinician_id: str, participant_id: str) -> tuple[Slot, ...]:
    """Every time in the clinician's bookable hours at which neither of the two has anything else."""
    taken = busy(tx, (clinician_id, participant_id), wish.earliest, wish.latest + wish.length)
    return free_slots(bookable_hours.of_clinician(tx, clinician_id), taken, wish)


def busy(tx: Transaction, codes: Collection[str], from_at: datetime, until_at: datetime) -> list[Span]:
    """When one of these people has something: an appointment of the roster, or a time that was just picked."""
    booked = [
        (other.starts_at, other.ends_at)
        for code in codes
        for other in appointments.of_person(tx, code, from_at, until_at)
        if other.status is Status.BOOKED
    ]
    return booked + offers.picked(tx, codes, from_at, until_at)
