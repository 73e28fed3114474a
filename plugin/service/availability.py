"""When a clinician and a client are both free: by bookable hours, roster, and what offers keep or have picked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role
from plugin.core.asked_time import asked_slot
from plugin.core.interval import Span
from plugin.core.slot import Slot, Wish, free_slots
from plugin.service import seating
from plugin.service.reaching import zone_of
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import bookable_hours
from plugin.storage import calendar as calendars
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage.database import Transaction


def clinician_of(appointment: Appointment) -> str:
    """The code of the clinician, the first of the roster when there are several; "" when there is none."""
    return next((p.participant_id for p in appointment.of_role(Role.CLINICIAN)), "")


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
        client_zone=zone_of(appointment, appointment.participant(participant_id)),
        waking_from=policy.waking_from_hour,
        waking_until=policy.waking_until_hour,
        days=frozenset(asked.get("days", ())),
        parts=frozenset(asked.get("parts", ())),
    )


def free(
    tx: Transaction, wish: Wish, clinician_id: str, participant_id: str, offer_id: int, now: datetime
) -> tuple[Slot, ...]:
    """Every time in the clinician's bookable hours at which neither of the two has anything else.

    What the offer itself keeps is free for it.
    """
    people = (clinician_id, participant_id)
    taken = busy(tx, people, wish.earliest, wish.latest + wish.length, now, offer_id)
    return free_slots(bookable_hours.of_clinician(tx, clinician_id), taken, wish)


def fitting_slots(
    tx: Transaction, rejoin: Rejoin, appointment: Appointment, offer: Row, now: datetime, asked: Mapping | None
) -> tuple[tuple[Slot, ...], Wish, dict[Slot, int]]:
    """Everything that could be offered in place of a session, the wish that it fits, and who else may pick it."""
    wish = wish_of(rejoin, appointment, offer.participant_id, now, asked)
    if offer.seat:
        taken = busy(tx, people_of(offer), wish.earliest, wish.latest + wish.length, now, offer.id)
        slots, others = seating.fitting(tx, rejoin, appointment, offer, wish, taken, now)
        return slots, wish, others
    if not offer.clinician_id:
        return (), wish, {}
    slots = free(tx, wish, offer.clinician_id, offer.participant_id, offer.id, now)
    return slots, wish, rivals(tx, offer.clinician_id, offer.id, slots)


def asked_for(tx: Transaction, offer: Row, wish: Wish, now: datetime, asked: Mapping | None) -> tuple[Slot, ...]:
    """The exact time that the client asked for, if they did and both are free then; it may lie outside of all hours."""
    if offer.seat or not offer.clinician_id or not (asked or {}).get("at"):
        return ()
    at = datetime.fromisoformat(asked["at"])
    if at <= now:
        return ()
    spans = busy(tx, people_of(offer), at, at + wish.length, now, offer.id)
    slot = asked_slot(at, bookable_hours.of_clinician(tx, offer.clinician_id), spans, wish)
    return (slot,) if slot else ()


def busy(
    tx: Transaction,
    codes: Collection[str],
    from_at: datetime,
    until_at: datetime,
    now: datetime,
    but: int | None = None,
) -> list[Span]:
    """When one of these people has something: an appointment of the roster, something in their own calendar, or a time
    that an offer keeps or has picked, other than the offer `but`."""
    booked = appointments.booked_spans(tx, codes, from_at, until_at)
    outside = calendars.busy(tx, codes, from_at, until_at)
    return booked + outside + list(holds.taken(tx, codes, from_at, until_at, now, but))


def is_busy(spans: Iterable[Span], slot: Slot) -> bool:
    """Whether something of this overlaps the slot; what only touches does not."""
    return any(begin < slot.ends_at and end > slot.starts_at for begin, end in spans)


def open_slots(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> list[tuple[int, Slot]]:
    """The times of an offer that its client could still get, each with its number in the offer, the earliest first.

    Not those that have passed, that staff gave away, or that another client picked or has kept; of a seat in another
    group, not one whose session is full, called off or moved.
    """
    ahead = [(number, slot) for number, slot in enumerate(offers.slots_of(offer)) if slot.starts_at > now]
    if not ahead:
        return []
    begin, end = min(slot.starts_at for _, slot in ahead), max(slot.ends_at for _, slot in ahead)
    spans = busy(tx, people_of(offer), begin, end, now, offer.id)
    free_ones = [one for one in ahead if not is_busy(spans, one[1])]
    if offer.seat:
        left = seating.still_free(tx, rejoin, offer, [slot for _, slot in free_ones], now)
        free_ones = [one for one in free_ones if one[1] in left]
    return sorted(free_ones, key=lambda one: one[1].starts_at)


def people_of(offer: Row) -> tuple[str, ...]:
    """The clinician and the client of an offer, by code."""
    return tuple(code for code in (offer.clinician_id, offer.participant_id) if code)


def rivals(tx: Transaction, clinician_id: str, offer_id: int | None, slots: Iterable[Slot]) -> dict[Slot, int]:
    """How many other clients were offered each of these times and may still pick it."""
    slots = list(slots)
    if not slots:
        return {}
    others = [
        [(slot.starts_at, slot.ends_at) for slot in offers.slots_of(row)]
        for row in offers.of_clinician(tx, clinician_id, (offers.PROPOSED, offers.APPROVED, offers.SENT))
        if row.id != offer_id
    ]
    return {slot: sum(is_busy(spans, slot) for spans in others) for slot in slots}
