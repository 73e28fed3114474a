"""A picked time becomes an appointment: its Zoom meeting, its place in the roster, its invitation."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role, Status
from plugin.ports.outcome import Permanent
from plugin.service import letter
from plugin.service.dispatch import dispatch
from plugin.service.messaging import recipient, send, zone_of
from plugin.service.rejoin import Rejoin
from plugin.service.roster import put_appointment
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import offer as offers

INVITATION = "invitation"


def book(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a booking, in steps that each bear repetition:

    1. Make the Zoom meeting, or find the one made under this action's key before a crash.
    2. In one transaction: the new appointment with the clinician and this client, linked to the old one; the offer
       knows it; the invitation is queued. An offer that knows its appointment already is not booked again, since
       staff may have moved that appointment meanwhile.
    """
    with rejoin.db.read() as tx:
        offer = offers.load(tx, action.details["offer_id"])
        old = appointments.load(tx, action.appointment_id)
    if offer is None or old is None or offer.state != offers.ACCEPTED or offer.new_appointment_id is not None:
        return None
    if not old.host_id:
        raise Permanent(f"the roster names no host_id for {old.appointment_id}, so no meeting can be made")
    slot = offers.slots_of(offer)[offer.chosen]
    minutes = round((slot.ends_at - slot.starts_at).total_seconds() / 60)
    zone = old.timezone or rejoin.settings.timezone
    meeting = rejoin.meetings.book(action.key, old.host_id, slot.starts_at, minutes, zone)
    now = rejoin.clock.now()
    new = _moved(
        old,
        action.participant_id,
        f"{old.appointment_id}-r{offer.id}",
        slot.starts_at,
        slot.ends_at,
        meeting.meeting_id,
    )
    with rejoin.db.begin() as tx:
        if not offers.change(tx, offer.id, offer.version, now, new_appointment_id=new.appointment_id):
            return meeting.meeting_id  # another worker was quicker with the same meeting
        put_appointment(tx, rejoin, new, now, replaces=old.appointment_id, join_url=meeting.join_url)
        queued = outbox.add_row(
            tx, key=f"{INVITATION}/{new.appointment_id}", kind=INVITATION, appointment_id=new.appointment_id,
            participant_id=action.participant_id, because="A new appointment was made.", state=outbox.QUEUED, now=now,
        )  # fmt: skip
        if queued is not None:
            dispatch(tx, rejoin, queued, now)
        audit.record(tx, now, "rejoin", "booked-appointment", f"appointment/{new.appointment_id}", {"offer": offer.id})
    rejoin.queue.wake()
    return meeting.meeting_id


def invite(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an invitation: one letter with the time in the client's zone, the way in, and an iCalendar request."""
    with rejoin.db.read() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        if appointment is None:
            return None
        join_url = appointments.join_url(tx, action.appointment_id)
    person = recipient(appointment, action.participant_id)
    body = letter.invitation(appointment.starts_at, zone_of(rejoin, appointment, person), join_url)
    sender = rejoin.settings.mail_from
    invitation = letter.calendar(
        f"{appointment.appointment_id}@rejoin", appointment.starts_at, appointment.ends_at, rejoin.clock.now(), sender,
        person.email, join_url,
    )  # fmt: skip
    return send(rejoin, action, person, letter.SUBJECTS["invitation"], body, invitation)


def _moved(old: Appointment, participant_id: str, new_id: str, starts_at, ends_at, meeting_id: str) -> Appointment:
    """The old appointment at its new time, with its clinicians and this one person; registrations do not carry over."""
    people = tuple(
        replace(person, registrant_id="", join_url="")
        for person in old.participants
        if person.role is Role.CLINICIAN or person.participant_id == participant_id
    )
    return replace(
        old,
        appointment_id=new_id,
        starts_at=starts_at,
        ends_at=ends_at,
        meeting_id=meeting_id,
        participants=people,
        status=Status.BOOKED,
    )
