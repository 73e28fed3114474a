"""Messages to clients: the nudge while a session runs, and the note after one that they did not get."""

from __future__ import annotations

from sqlalchemy import Row

from plugin.core.action import Purpose
from plugin.core.appointment import Appointment, Participant
from plugin.ports.mail import Letter
from plugin.ports.outcome import Permanent
from plugin.service import grants, letter
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments

WRITES = {Purpose.NUDGE: letter.nudge, Purpose.REJOIN: letter.rejoin, Purpose.MISSED: letter.missed}
WHILE_IT_RUNS = (Purpose.NUDGE, Purpose.REJOIN)


def send_message(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a message action: one letter under the action's key, with one link to the client's page.

    What calls into a session is not sent when it comes too late (a mail server was down): the session is over.
    """
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        if appointment is None:
            return None
        if action.purpose in WHILE_IT_RUNS and now >= appointment.ends_at:
            return "too-late"
        person = recipient(appointment, action.participant_id)
        expires_at = now + rejoin.policy.offer_expires
        codes = (action.appointment_id, action.participant_id)
        token = grants.issue(tx, rejoin, grants.ANSWER, action.key, *codes, expires_at, now)
    zone = zone_of(rejoin, appointment, person)
    body = WRITES[Purpose(action.purpose)](appointment.starts_at, zone, grants.link(rejoin, token))
    return send(rejoin, action, person, letter.SUBJECTS[action.purpose], body)


def send(
    rejoin: Rejoin, action: Row, person: Participant, subject: str, body: str, invitation: str = "", key: str = ""
) -> str:
    """Hand one letter to the mailer under the action's key, or a `key` that says more."""
    return rejoin.mailer.send(
        Letter(key or action.key, action.appointment_id, action.participant_id, person.email, subject, body, invitation)
    )


def recipient(appointment: Appointment, participant_id: str) -> Participant:
    """The person to write to; raises Permanent when the roster has no address, so that staff see it."""
    try:
        person = appointment.participant(participant_id)
    except KeyError:
        raise Permanent(f"{participant_id} is not in the roster of {appointment.appointment_id} any more") from None
    if not person.email:
        raise Permanent(f"the roster has no e-mail address of {participant_id}; add one, or call them")
    return person


def zone_of(rejoin: Rejoin, appointment: Appointment, person: Participant) -> str:
    """The zone in which this person reads times: their own, else the program's, else the staff's."""
    return person.timezone or appointment.timezone or rejoin.settings.timezone
