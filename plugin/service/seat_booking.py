"""A picked seat becomes a place in another group: registered in its meeting, in its roster, word to both of them.

No meeting is made, and the group's own is left as it is. The steps stand as rows like those of any booking, so that a
crash at any point leaves one registration, one place and one invitation.
"""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import Row

from plugin.core.appointment import Appointment, Status
from plugin.ports.meeting import Arrangement
from plugin.ports.outcome import Temporary
from plugin.service import booking_change, sharing
from plugin.service.booking_step import once, register
from plugin.service.reaching import person_of
from plugin.service.refusal import Refused
from plugin.service.rejoin import Rejoin
from plugin.service.roster import put_appointment
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import booking as bookings
from plugin.storage import hold as holds
from plugin.storage import offer as offers
from plugin.storage import seat as seats
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

ARRANGEMENT = "arrangement"


def join(rejoin: Rejoin, action: Row, offer: Row, old: Appointment) -> str | None:
    """Carry out the booking of a seat:

    1. `arrangement`: read how the group's meeting stands; nothing of it is changed.
    2. `registration`: find the client's own place in it, or make one, where Zoom registers people without writing to
       them; else the group's common link is used, and a coordinator is told.
    3. In one transaction: the client stands in the roster of the group, the offer knows it, invitation and word to the
       clinician are queued.

    A group that was called off or has begun meanwhile takes nobody in; a coordinator is told.
    """
    slot, now = offers.slots_of(offer)[offer.chosen], rejoin.clock.now()
    with rejoin.db.begin() as tx:
        group = appointments.load(tx, slot.appointment_id)
        row = bookings.put_once(
            tx, action.key, offer.id, slot.appointment_id, old.appointment_id, action.participant_id,
            group.host_id if group else "", now, seat_in=group.meeting_id if group else "",
        )  # fmt: skip
        if row.state == bookings.MAKING and not _takes_in(group, now):
            _lost(tx, rejoin, row, now)
            return None
    if row.state != bookings.MAKING:
        return row.meeting_id
    _look(rejoin, row)
    with rejoin.db.read() as tx:
        row = bookings.load(tx, action.key)
    if row.registration:
        register(rejoin, row)
    _enter(rejoin, action.key, offer, old)
    return row.meeting_id


def leave(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    """Take somebody out of the group again that they joined from another; raises Refused when it has begun."""
    group = appointments.load(tx, row.appointment_id)
    if group is not None and group.starts_at <= now:
        raise Refused("This appointment has begun.")
    was = row.state
    booking_change.take_out(tx, rejoin, row, now)
    row = bookings.load(tx, row.key)
    _give_back(tx, rejoin, row, now)
    if was == bookings.BOOKED and group is not None:
        booking_change.untell(tx, row, now)
        others = tuple(one for one in group.participants if one.participant_id != row.participant_id)
        put_appointment(tx, rejoin, replace(group, participants=others), now)
        booking_change.tell_both(tx, rejoin, group, row, booking_change.CANCELLATION, now)


def _takes_in(group: Appointment | None, now: datetime) -> bool:
    return group is not None and group.status is Status.BOOKED and group.starts_at > now


def _lost(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    booking_change.take_out(tx, rejoin, row, now)
    _give_back(tx, rejoin, row, now)
    tasks.open_once(
        tx, f"seat/{row.key}", "review", "coordinator", row.replaces, row.participant_id,
        "The group session that they picked a seat in was called off. Please find another way with them.", now,
    )  # fmt: skip


def _give_back(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    seats.release(tx, row.offer_id)
    holds.release(tx, row.offer_id)
    sharing.let_others_look(tx, rejoin, "", now)


def _look(rejoin: Rejoin, row: Row) -> None:
    """Read how the meeting of the group stands; one that Zoom does not know takes no registration."""
    unknown = Arrangement(None, 0, registration=False, writes_to_people=False, waiting_room=False)
    once(
        rejoin, row.key, ARRANGEMENT,
        find=lambda: rejoin.meetings.read(row.meeting_id), make=lambda: unknown,
        kept=lambda stands: {
            "registration": stands.registration and not stands.writes_to_people, "waiting_room": stands.waiting_room,
        },
    )  # fmt: skip


def _enter(rejoin: Rejoin, key: str, offer: Row, old: Appointment) -> None:
    """Put the client into the roster of the group, and have both of them told, in one transaction."""
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        appointments.lock(tx, offers.slots_of(offer)[offer.chosen].appointment_id)
        row = bookings.load(tx, key)
        group = appointments.load(tx, row.appointment_id)
        if row.state == bookings.MAKING and not _takes_in(group, now):
            return _lost(tx, rejoin, row, now)
        if not bookings.move(tx, row.key, (bookings.MAKING,), bookings.BOOKED, now):
            return None  # called off meanwhile, or another worker was quicker with the same seat
        if not offers.change(tx, offer.id, offer.version, now, new_appointment_id=row.appointment_id):
            raise Temporary("the offer was changed while its seat was taken")
        come = replace(
            person_of(old, row.participant_id),
            registrant_id=row.registrant_id or "",
            join_url=bookings.own_url(tx, row),
            status=Status.BOOKED,  # of their old place it may say otherwise by now
        )
        others = tuple(one for one in group.participants if one.participant_id != come.participant_id)
        put_appointment(tx, rejoin, replace(group, participants=(*others, come)), now)
        booking_change.tell_both(tx, rejoin, group, row, booking_change.INVITATION, now)
        if not row.registration:
            booking_change.note_no_registration(tx, row, now)
        audit.record(tx, now, "rejoin", "took-seat", f"appointment/{group.appointment_id}", {"offer": offer.id})
    rejoin.queue.wake()
    return None
