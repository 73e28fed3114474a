"""Word about a booked appointment, with an entry for calendars: to the client, and to the clinician."""

from __future__ import annotations

from sqlalchemy import Row

from plugin.core.appointment import Appointment, Participant
from plugin.core.message import Step
from plugin.ports.outcome import Permanent
from plugin.service import booking_change, grants
from plugin.service.calendar_entry import CANCEL, REQUEST, entry
from plugin.service.messaging import Calendar, Message, person_of, reader_of, send
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import booking as bookings
from plugin.storage import task as tasks

STEPS = {"invitation": Step.INVITATION, "moved": Step.MOVED, "cancellation": Step.CANCELLED}


def tell_client(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an invitation or a cancellation: the time in the client's zone, our own way in, where to
    say that they cannot come, and the entry."""
    what, now = action.details["what"], rejoin.clock.now()
    with rejoin.db.begin() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        if appointment is None:
            return None
        way_in = notice = ""
        if what == booking_change.CANCELLATION:
            booking_change.was_told(tx, action.appointment_id, action.participant_id)
        else:
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
        when = reader_of(rejoin, appointment, person).day_and_time(appointment.starts_at)
        because = {
            "invitation": f"{row.participant_id} picked a time of yours: {when}.",
            "moved": f"The appointment with {row.participant_id} was moved to {when}.",
            "cancellation": f"The appointment with {row.participant_id} on {when} was called off.",
        }[what]
        if row.waiting_room and what != "cancellation":
            because += " Zoom's waiting room is on for it: please let them in."
        task = tasks.open_once(
            tx, action.key, "review", "clinician", action.appointment_id, action.participant_id, because, now
        )
        meeting_url = bookings.meeting_url(tx, row)
        if what == booking_change.CANCELLATION:
            booking_change.was_told(tx, action.appointment_id, action.participant_id)
    step = Step.BOOKED if what == "invitation" else STEPS[what]
    link = f"{rejoin.settings.public_url.rstrip('/')}/appointments/{appointment.appointment_id}"
    values = {"starts_at": appointment.starts_at, "link": link, "way_in": meeting_url}
    calendar = _entry(rejoin, action, appointment, person, meeting_url)
    try:
        return send(rejoin, action, appointment, Message(step, values, "", calendar))
    except Permanent:
        if person.email:
            raise
        return f"task/{task.id}"  # they find it among their tasks


def _entry(rejoin: Rejoin, action: Row, appointment: Appointment, person: Participant, way_in: str) -> Calendar:
    method = CANCEL if action.details["what"] == booking_change.CANCELLATION else REQUEST
    return entry(
        method, appointment, action.details["sequence"], reader_of(rejoin, appointment, person), rejoin.clock.now(),
        rejoin.settings.mail_from, person.email, way_in,
    )  # fmt: skip
