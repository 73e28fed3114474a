"""Word about a booked appointment, with an entry for calendars: to the client, and to the clinician."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import Row

from plugin.core.appointment import Appointment, Participant
from plugin.core.message import Step
from plugin.ports.outcome import Permanent
from plugin.service import booking_change, grants
from plugin.service.calendar_entry import CANCEL, REQUEST, entry
from plugin.service.messaging import Calendar, Message, send
from plugin.service.reaching import person_of, reader_of
from plugin.service.refusal import Skipped
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import booking as bookings
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

STEPS = {"invitation": Step.INVITATION, "moved": Step.MOVED, "cancellation": Step.CANCELLED}


def tell_client(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an invitation or a cancellation: the time in the client's zone, our own way in, where to
    say that they cannot come, and the entry.

    An invitation that came back and is tried again may be overtaken by now: raises Skipped.
    """
    what, now = action.details["what"], rejoin.clock.now()
    with rejoin.db.begin() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        if appointment is None:
            return None
        appointment = _with_who_left(tx, appointment, action)
        way_in = notice = ""
        if what == booking_change.CANCELLATION:
            booking_change.was_told(tx, action.appointment_id, action.participant_id)
        else:
            booking = bookings.load(tx, action.details["booking"])
            if (booking.state, booking.sequence) != (bookings.BOOKED, action.details["sequence"]):
                raise Skipped("The appointment changed again.")
            codes = (action.appointment_id, action.participant_id)
            token = grants.issue(tx, rejoin, grants.JOIN, action.key, *codes, appointment.ends_at, now)
            way_in = grants.link(rejoin, token, grants.JOIN)
            token = grants.issue(tx, rejoin, grants.NOTICE, action.key, *codes, appointment.starts_at, now)
            notice = grants.link(rejoin, token, grants.NOTICE)
    person = person_of(appointment, action.participant_id)
    values = {"starts_at": appointment.starts_at, "way_in": way_in, "notice": notice}
    calendar = _entry(rejoin, action, appointment, person, way_in)
    return send(rejoin, action, appointment, Message(STEPS[what], values, "", calendar, appointment.starts_at))


def tell_clinician(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out word to a clinician: a task of theirs, and a mail with the entry if the roster has their address."""
    what, now = action.details["what"], rejoin.clock.now()
    with rejoin.db.begin() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        row = bookings.load(tx, action.details["booking"])
        if appointment is None or row is None:
            return None
        person = person_of(appointment, action.participant_id)
        when = reader_of(appointment, person).day_and_time(appointment.starts_at)
        came = f"{row.participant_id} comes to this session from another group"
        because = {
            "invitation": f"{came}: {when}." if row.seat else f"{row.participant_id} picked a time of yours: {when}.",
            "moved": f"The appointment with {row.participant_id} was moved to {when}.",
            "cancellation": f"{row.participant_id}, who was to come from another group, does not come on {when}."
            if row.seat
            else f"The appointment with {row.participant_id} on {when} was called off.",
        }[what]
        if row.waiting_room and not row.seat and what != "cancellation":
            because += " Zoom's waiting room is on for it: please let them in."
        task = tasks.open_once(
            tx, action.key, "review", "clinician", action.appointment_id, action.participant_id, because, now
        )
        meeting_url = bookings.meeting_url(tx, row)
        if row.seat and what == booking_change.CANCELLATION:
            return f"task/{task.id}"
        if what == booking_change.CANCELLATION:
            booking_change.was_told(tx, action.appointment_id, action.participant_id)
    if row.seat:
        return _tell_of_guest(rejoin, action, appointment, person, task.id)
    step = Step.BOOKED if what == "invitation" else STEPS[what]
    values = {"starts_at": appointment.starts_at, "link": _page(rejoin, appointment), "way_in": meeting_url}
    calendar = _entry(rejoin, action, appointment, person, meeting_url)
    return _or_task(rejoin, action, appointment, person, Message(step, values, "", calendar), task.id)


def _tell_of_guest(rejoin: Rejoin, action: Row, appointment: Appointment, person: Participant, task_id: int) -> str:
    """A letter without an entry: the session is in their calendar already."""
    values = {"starts_at": appointment.starts_at, "link": _page(rejoin, appointment)}
    return _or_task(rejoin, action, appointment, person, Message(Step.GUEST, values), task_id)


def _or_task(
    rejoin: Rejoin, action: Row, appointment: Appointment, person: Participant, message: Message, task_id: int
) -> str:
    try:
        return send(rejoin, action, appointment, message)
    except Permanent:
        if person.email:
            raise
        return f"task/{task_id}"  # they find it among their tasks


def _page(rejoin: Rejoin, appointment: Appointment) -> str:
    return f"{rejoin.settings.public_url.rstrip('/')}/appointments/{appointment.appointment_id}"


def _with_who_left(tx: Transaction, appointment: Appointment, action: Row) -> Appointment:
    """A group with the client who was taken out of it again, so that they can be told."""
    row = bookings.load(tx, action.details["booking"])
    if row is None or not row.seat or any(p.participant_id == row.participant_id for p in appointment.participants):
        return appointment
    old = appointments.load(tx, row.replaces)
    mine = tuple(p for p in old.participants if p.participant_id == row.participant_id) if old else ()
    return replace(appointment, participants=(*appointment.participants, *mine))


def _entry(rejoin: Rejoin, action: Row, appointment: Appointment, person: Participant, way_in: str) -> Calendar:
    method = CANCEL if action.details["what"] == booking_change.CANCELLATION else REQUEST
    return entry(
        method, appointment, action.details["sequence"], reader_of(appointment, person), rejoin.clock.now(),
        rejoin.settings.mail_from, person.email, way_in,
    )  # fmt: skip
