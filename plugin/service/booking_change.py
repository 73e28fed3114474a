"""What follows when an appointment that we booked is moved or called off: at Zoom, in calendars, for both of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace
from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role, Status
from plugin.ports.outcome import Permanent
from plugin.service.booking_step import once
from plugin.service.lane import dispatch
from plugin.service.refusal import Skipped
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import booking as bookings
from plugin.storage import dispatch as dispatches
from plugin.storage import grant as grant_rows
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

INVITATION, CANCELLATION, CLINICIAN = "invitation", "cancellation", "clinician-notice"
MOVING, CALLING_OFF = "moving", "calling-off"
MOVED = "moved"
WHY = {
    INVITATION: "A new appointment was made.",
    MOVED: "The appointment that we had made was moved.",
    CANCELLATION: "The appointment that we had made was called off.",
}


def completed(tx: Transaction, before: Appointment, appointment: Appointment) -> Appointment:
    """An appointment in which we booked, with what whoever brings it does not know: our registrations, and those who
    took a seat in it from another group and stood in it `before`."""
    for row in bookings.all_of_appointment(tx, appointment.appointment_id):
        if row.state == bookings.BOOKED or not row.seat:
            appointment = _with_guest(before, appointment, row) if row.seat else appointment
            appointment = _with_registration(tx, appointment, row)
    return appointment


def _with_guest(before: Appointment, appointment: Appointment, row: Row) -> Appointment:
    mine = [one for one in before.participants if one.participant_id == row.participant_id]
    if not mine or any(one.participant_id == row.participant_id for one in appointment.participants):
        return appointment
    guest = mine[0]
    if row.meeting_id != appointment.meeting_id:  # the group meets elsewhere now: their own link leads nowhere
        guest = replace(guest, registrant_id="", join_url="")
    return replace(appointment, participants=(*appointment.participants, guest))


def _with_registration(tx: Transaction, appointment: Appointment, row: Row) -> Appointment:
    if not row.registrant_id or row.meeting_id != appointment.meeting_id:
        return appointment
    own_url = bookings.own_url(tx, row)

    def known(person):
        if person.participant_id != row.participant_id or person.registrant_id or person.join_url:
            return person
        return replace(person, registrant_id=row.registrant_id, join_url=own_url)

    return replace(appointment, participants=tuple(known(person) for person in appointment.participants))


def follow(tx: Transaction, rejoin: Rejoin, before: Appointment, after: Appointment, now: datetime) -> None:
    """Ask for what follows when an appointment of the roster changed, for everybody for whom we booked it."""
    called_off = after.status is Status.CANCELLED and before.status is not Status.CANCELLED
    moved = (before.starts_at, before.ends_at) != (after.starts_at, after.ends_at)
    if not called_off and not moved:
        return
    for row in bookings.all_of_appointment(tx, after.appointment_id):
        if row.state == bookings.BOOKED:
            _follow(tx, rejoin, after, row, called_off, now)
            if row.seat:
                _ask_about_seat(tx, before, row, called_off, now)


def _ask_about_seat(tx: Transaction, before: Appointment, row: Row, called_off: bool, now: datetime) -> None:
    """Ask a coordinator about a guest of a group that was called off, or of one appointment of it that left the room
    while the others stay: the guest stood in the place of one member, and may well be meant to come with the rest."""
    near = appointments.in_meetings(tx, [before.meeting_id], before.starts_at, before.ends_at)
    times = before.starts_at, before.ends_at
    stay = [one for one in near if (one.starts_at, one.ends_at) == times and one.status is Status.BOOKED]
    if not (called_off or stay):
        return
    because = "The group session that they had a seat in was called off. Please find another way with them."
    if stay:
        what = "called off" if called_off else "moved"
        because = (
            f"The appointment that they had a seat in was {what}, and they were told so; the others of its group meet "
            f"as before ({stay[0].appointment_id}). Please see with them whether they come to those."
        )
    key = f"seat/{row.key}" if called_off else f"seat/{row.key}/{now.isoformat()}"
    tasks.open_once(tx, key, "review", "coordinator", row.replaces, row.participant_id, because, now)


def _follow(tx: Transaction, rejoin: Rejoin, after: Appointment, row: Row, called_off: bool, now: datetime) -> None:
    if called_off:
        take_out(tx, rejoin, row, now)
        row = bookings.load(tx, row.key)
        untell(tx, row, now)
        tell_both(tx, rejoin, after, row, CANCELLATION, now)
    elif after.status is Status.BOOKED:
        bookings.move(tx, row.key, (bookings.BOOKED,), bookings.BOOKED, now, sequence=row.sequence + 1)
        row = bookings.load(tx, row.key)
        untell(tx, row, now)
        if row.seat:  # whoever brings the roster has moved the meeting of the group
            tell_both(tx, rejoin, after, row, MOVED, now)
            return
        _queue(
            tx, rejoin, f"{MOVING}/{after.appointment_id}/{row.sequence}", MOVING, after.appointment_id,
            row.participant_id, WHY[MOVED], now, {"booking": row.key, "sequence": row.sequence},
        )  # fmt: skip


def take_out(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    """A booking is called off: its meeting is to be taken out, and its links open nothing any more."""
    states = (bookings.MAKING, bookings.BOOKED)
    if not bookings.move(tx, row.key, states, bookings.CALLED_OFF, now, sequence=row.sequence + 1):
        return
    grant_rows.revoke_of_appointment(tx, row.appointment_id, "join", now, row.participant_id if row.seat else None)
    _queue(
        tx, rejoin, f"{CALLING_OFF}/{row.key}", CALLING_OFF, row.replaces, row.participant_id, WHY[CANCELLATION], now,
        {"booking": row.key},
    )  # fmt: skip


def tell_both(tx: Transaction, rejoin: Rejoin, appointment: Appointment, row: Row, what: str, now: datetime) -> None:
    """Queue word to the client and to each clinician; `what` is `invitation`, `moved` or `cancellation`.

    The clinician of a group knows that it was moved or called off, but not who comes to it or stays away.
    """
    kind = CANCELLATION if what == CANCELLATION else INVITATION
    number, details = appointment.appointment_id, {"what": what, "sequence": row.sequence, "booking": row.key}
    suffix = f"/{row.participant_id}/{row.offer_id}" if row.seat else ""
    suffix += f"/{row.sequence}" if row.sequence else ""
    _queue(tx, rejoin, f"{kind}/{number}{suffix}", kind, number, row.participant_id, WHY[what], now, details)
    known = row.seat and (what == MOVED or appointment.status is Status.CANCELLED)
    for person in appointment.participants:
        if person.role is Role.CLINICIAN and not known:
            key = f"{CLINICIAN}/{number}/{person.participant_id}{suffix}"
            _queue(tx, rejoin, key, CLINICIAN, number, person.participant_id, WHY[what], now, details)


def note_no_registration(tx: Transaction, row: Row, now: datetime) -> None:
    """Tell a coordinator that the client has no link of their own, and so may not be recognised."""
    tasks.open_once(
        tx, f"registration/{row.key}", "review", "coordinator", row.appointment_id, row.participant_id,
        f"Zoom gave {row.participant_id} no link of their own for this appointment: the host's account takes no "
        "registration, or would write to them. They are recognised by their e-mail address or name at most.", now,
    )  # fmt: skip


def move_meeting(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a move: the meeting at Zoom gets the new time, which is read back; then both of them are told.

    A move that was overtaken by the next one, or by the end of the booking, does nothing.
    """
    with rejoin.db.read() as tx:
        row = bookings.load(tx, action.details["booking"])
        appointment = appointments.load(tx, action.appointment_id)
    sequence = action.details["sequence"]
    if row is None or appointment is None or row.state != bookings.BOOKED or row.sequence != sequence:
        return None
    minutes = round((appointment.ends_at - appointment.starts_at) / timedelta(minutes=1))
    zone = appointment.timezone

    def stands() -> bool | None:
        arrangement = rejoin.meetings.read(row.meeting_id)
        if arrangement is None:
            raise Permanent("Zoom does not know this meeting any more; call the appointment off and offer another time")
        return (arrangement.starts_at, arrangement.minutes) == (appointment.starts_at, minutes) or None

    def move() -> bool:
        rejoin.meetings.move(row.meeting_id, appointment.starts_at, minutes, zone)
        if not stands():
            raise Permanent("Zoom took the new time and kept the old one; move the meeting at Zoom by hand")
        return True

    once(rejoin, row.key, f"{MOVED}-{sequence}", find=stands, make=move, kept=lambda _: {})
    with rejoin.db.begin() as tx:
        row = bookings.load(tx, row.key)
        if row.state == bookings.BOOKED and row.sequence == sequence:
            tell_both(tx, rejoin, appointment, row, MOVED, rejoin.clock.now())
    rejoin.queue.wake()
    return row.meeting_id


def take_meeting_out(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out the end of a booking: the meeting is deleted at Zoom, also one that was made just before a crash."""
    with rejoin.db.read() as tx:
        row = bookings.load(tx, action.details["booking"])
    if row is None:
        return None
    if row.seat:
        return _take_registration_out(rejoin, row)

    def delete() -> str:
        found = row.meeting_id
        if not found:
            meeting = rejoin.meetings.find(row.key, row.host_id)
            found = meeting.meeting_id if meeting else ""
        if found:
            rejoin.meetings.delete(found)
        return found

    once(rejoin, row.key, CALLING_OFF, find=lambda: None, make=delete, kept=lambda found: {"meeting_id": found or None})
    return row.meeting_id


def _take_registration_out(rejoin: Rejoin, row: Row) -> str | None:
    """The client's own link into the meeting of a group opens nothing any more; the meeting stays."""

    def withdraw() -> str:
        found = row.registrant_id
        if not found and row.registration:  # it may have been made just before a crash
            place = rejoin.meetings.find_registration(row.meeting_id, row.key)
            found = place.registrant_id if place else None
        if found:
            rejoin.meetings.unregister(row.meeting_id, row.key, found)
        return found or ""

    once(rejoin, row.key, CALLING_OFF, find=lambda: None, make=withdraw, kept=lambda _: {})
    return row.meeting_id


def was_told(tx: Transaction, appointment_id: str, participant_id: str) -> None:
    """Raises Skipped unless this person may know of the appointment: nothing is cancelled that nobody heard of."""
    for message in dispatches.of_appointment(tx, appointment_id):
        about = message.step in ("invitation", "moved", "booked", "guest")
        told = about and message.state in ("sending", "sent", "delivered")
        if told and message.participant_id == participant_id:
            return
    raise Skipped("they had not been told of it")


def untell(tx: Transaction, booking: Row, now: datetime) -> None:
    """Word of what is overtaken in a booking, which did not go yet, does not go."""
    for row in outbox.of_appointment(tx, booking.appointment_id):
        mine = row.kind in (INVITATION, CLINICIAN, MOVING) and row.details.get("booking") == booking.key
        if mine and outbox.move(
            tx, row.id, (outbox.QUEUED, outbox.DEAD), outbox.WITHDRAWN, now, note="The appointment changed again."
        ):
            dispatches.withdraw(tx, row.id, now)


def _queue(
    tx: Transaction, rejoin: Rejoin, key: str, kind: str, appointment_id: str, participant_id: str, because: str,
    now: datetime, details: dict,
) -> None:  # fmt: skip
    row = outbox.add_row(
        tx, key=key, kind=kind, appointment_id=appointment_id, participant_id=participant_id, because=because,
        state=outbox.QUEUED, now=now, details=details,
    )  # fmt: skip
    if row is not None:
        dispatch(tx, rejoin, row, now)
