"""A picked time becomes an appointment: its Zoom meeting, its place in the roster, word to both of them.

The steps stand as rows (`booking_step`); each looks for what was made before it makes it, so that a crash at any point
leaves one meeting, one registration and one invitation. docs/states.md has them as a table.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role, Status
from plugin.core.slot import Slot
from plugin.ports.meeting import Arrangement
from plugin.ports.outcome import Permanent, Temporary
from plugin.service import booking_change, seat_booking, sharing
from plugin.service.booking_step import once, register
from plugin.service.reaching import person_of
from plugin.service.refusal import Refused
from plugin.service.rejoin import Rejoin
from plugin.service.roster import put_appointment
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import booking as bookings
from plugin.storage import offer as offers
from plugin.storage.database import Transaction

MEETING, ARRANGEMENT = "meeting", "arrangement"


def book(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a booking:

    1. `meeting`: find the one that carries this action's key, or make it.
    2. `arrangement`: read back how it really stands; where registration is missing or Zoom would write to the client,
       ask once more and read again.
    3. `registration`: find the client's own place in it, or make one. There is none where Zoom offers no registration
       or would write to them: the meeting's common link is used then, and a coordinator is told.
    4. In one transaction: the new appointment with the clinician and this client, linked to the old one; the offer
       knows it; invitation and word to the clinician are queued.

    A booking that was called off meanwhile goes no further; whoever called it off has the meeting taken out. Of a seat
    in another group no meeting is made (`plugin/service/seat_booking.py`).
    """
    with rejoin.db.begin() as tx:
        offer = offers.load(tx, action.details["offer_id"])
        old = appointments.load(tx, action.appointment_id)
        if offer is None or old is None or offer.state != offers.ACCEPTED or offer.new_appointment_id is not None:
            return None
        stands = outbox.load(tx, action.id)
        if stands is None or stands.state == outbox.WITHDRAWN:
            return None  # called off before it was begun
        person_of(old, action.participant_id)  # nobody is booked whom the roster has taken out of the old one
        if not offer.seat and not old.host_id:
            raise Permanent(f"the roster names no host_id for {old.appointment_id}, so no meeting can be made")
    if offer.seat:
        return seat_booking.join(rejoin, action, offer, old)
    with rejoin.db.begin() as tx:
        new_id = f"{old.appointment_id}-r{offer.id}"
        row = bookings.put_once(
            tx, action.key, offer.id, new_id, old.appointment_id, action.participant_id, old.host_id,
            rejoin.clock.now(),
        )  # fmt: skip
    if row.state != bookings.MAKING:
        return row.meeting_id
    slot = offers.slots_of(offer)[offer.chosen]
    _make(rejoin, row, slot, old.timezone)
    row = _loaded(rejoin, action.key)
    _arrange(rejoin, row)
    row = _loaded(rejoin, action.key)
    if row.registration:
        register(rejoin, row)
    _enter(rejoin, _loaded(rejoin, action.key), old, slot, offer)
    return row.meeting_id


def call_off(tx: Transaction, rejoin: Rejoin, offer_id: int, who: str, now: datetime) -> None:
    """Withdraw an accepted booking: the meeting is taken out, and both of them are told if they knew of it.

    `who` is a login, or "client". Raises Refused when there is nothing (any more) to call off.
    """
    row = bookings.of_offer(tx, offer_id)
    if row is None and _forget(tx, rejoin, offer_id, now):
        return
    if row is None or row.state == bookings.CALLED_OFF:
        raise Refused("There is no appointment to call off.")
    if row.seat:
        seat_booking.leave(tx, rejoin, row, now)
    elif row.state == bookings.BOOKED:
        appointment = appointments.load(tx, row.appointment_id)
        if appointment is None or appointment.starts_at <= now:
            raise Refused("This appointment has begun.")
        put_appointment(tx, rejoin, replace(appointment, status=Status.CANCELLED), now)
    else:
        booking_change.take_out(tx, rejoin, row, now)
    audit.record(tx, now, who, "called-off-booking", f"appointment/{row.appointment_id}", {"offer": offer_id})


def _forget(tx: Transaction, rejoin: Rejoin, offer_id: int, now: datetime) -> bool:
    """Call a booking off that nobody has begun: what was picked is given back; False when there is none."""
    offer = offers.lock(tx, offer_id)
    action = outbox.by_key(tx, f"booking/{offer.action_key}") if offer is not None else None
    waiting = (outbox.QUEUED, outbox.DEAD)
    if action is None or not outbox.move(tx, action.id, waiting, outbox.WITHDRAWN, now, note="It was called off."):
        return False
    sharing.give_back(tx, rejoin, offer, now)
    return True


def _make(rejoin: Rejoin, row: Row, slot: Slot, zone: str) -> None:
    minutes = round((slot.ends_at - slot.starts_at) / timedelta(minutes=1))
    once(
        rejoin, row.key, MEETING,
        find=lambda: rejoin.meetings.find(row.key, row.host_id),
        make=lambda: rejoin.meetings.make(row.key, row.host_id, slot.starts_at, minutes, zone),
        kept=lambda meeting: {"meeting_id": meeting.meeting_id, "meeting_url": meeting.join_url},
    )  # fmt: skip


def _arrange(rejoin: Rejoin, row: Row) -> None:
    def fits() -> Arrangement | None:
        stands = _read(rejoin, row)
        return stands if stands.registration and not stands.writes_to_people else None

    def mended() -> Arrangement:
        rejoin.meetings.mend(row.meeting_id)
        return _read(rejoin, row)

    once(
        rejoin, row.key, ARRANGEMENT, find=fits, make=mended,
        kept=lambda stands: {
            "registration": stands.registration and not stands.writes_to_people, "waiting_room": stands.waiting_room,
        },
    )  # fmt: skip


def _read(rejoin: Rejoin, row: Row) -> Arrangement:
    stands = rejoin.meetings.read(row.meeting_id)
    if stands is None:
        raise Temporary("Zoom does not know the meeting that it made a moment ago")
    return stands


def _enter(rejoin: Rejoin, row: Row, old: Appointment, slot: Slot, offer: Row) -> None:
    """Put the new appointment into the roster, and have both of them told, in one transaction."""
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        if not bookings.move(tx, row.key, (bookings.MAKING,), bookings.BOOKED, now):
            return  # called off meanwhile, or another worker was quicker with the same meeting
        if not offers.change(tx, offer.id, offer.version, now, new_appointment_id=row.appointment_id):
            raise Temporary("the offer was changed while its meeting was made")
        new = _moved(old, row, slot, bookings.own_url(tx, row))
        put_appointment(tx, rejoin, new, now, replaces=old.appointment_id, join_url=bookings.meeting_url(tx, row))
        booking_change.tell_both(tx, rejoin, new, row, "invitation", now)
        if not row.registration:
            booking_change.note_no_registration(tx, row, now)
        audit.record(tx, now, "rejoin", "booked-appointment", f"appointment/{new.appointment_id}", {"offer": offer.id})
    rejoin.queue.wake()


def _moved(old: Appointment, row: Row, slot: Slot, own_url: str) -> Appointment:
    """The old appointment at its new time, with its clinicians and this one person; registrations do not carry over."""

    def come(person):
        mine = person.participant_id == row.participant_id
        return replace(person, registrant_id=row.registrant_id or "" if mine else "", join_url=own_url if mine else "")

    people = tuple(
        come(person)
        for person in old.participants
        if person.role is Role.CLINICIAN or person.participant_id == row.participant_id
    )
    return replace(
        old,
        appointment_id=row.appointment_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        meeting_id=row.meeting_id,
        participants=people,
        status=Status.BOOKED,
    )


def _loaded(rejoin: Rejoin, key: str) -> Row:
    with rejoin.db.read() as tx:
        return bookings.load(tx, key)
