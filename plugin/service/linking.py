"""Links on their own: a fresh one that a client asked for, one to tell us in advance, and taking one back.

A link goes to the address of the roster and is shown to nobody, neither to whoever asks nor to staff.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from plugin.core.appointment import Appointment, Role, Status
from plugin.core.message import Step
from plugin.service import evidence, grants
from plugin.service.grants import ANSWER, NOTICE, GrantProblem
from plugin.service.lane import dispatch
from plugin.service.messaging import Message, send
from plugin.service.reaching import ways_to
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import grant as grant_rows
from plugin.storage.database import Transaction

LINK = "link"
"""The kind of action that sends a link and nothing else."""
FRESH = "fresh"


def ask_fresh(tx: Transaction, rejoin: Rejoin, token: str, now: datetime) -> None:
    """Have a new link sent in place of one that expired or was used, at most once a day for each.

    Says nothing about what it did: whoever holds an old link learns neither whether there is an address nor which.
    A link that staff took back, and one that nobody here signed, bring nothing.
    """
    try:
        grant, problem = grants.identify(tx, rejoin, token, now)
    except GrantProblem:
        return
    appointment = appointments.load(tx, grant.appointment_id)
    if problem == "revoked" or appointment is None:
        return
    if not any(p.participant_id == grant.participant_id and ways_to(rejoin, p) for p in appointment.participants):
        return
    # What can no longer be told in advance is told on the client's own page.
    purpose = ANSWER if grant.purpose == NOTICE and now >= appointment.starts_at else grant.purpose
    details = {"purpose": purpose, "offer_id": grant.offer_id, "step": FRESH}
    because = "They asked for a new link."
    _queue(tx, rejoin, f"{LINK}/{grant.id}/{now:%Y-%m-%d}", grant.appointment_id, grant.participant_id, because,
           details, now)  # fmt: skip
    audit.record(tx, now, "client", "asked-for-link", f"appointment/{grant.appointment_id}")


def offer_notice(
    tx: Transaction, rejoin: Rejoin, appointment_id: str, participant_id: str, login: str, now: datetime
) -> None:
    """Have a link sent by which a client can tell us that they will miss a session; raises Refused."""
    appointment = _before_it(tx, appointment_id, participant_id, now)
    if not ways_to(rejoin, appointment.participant(participant_id)):
        raise Refused("The roster has no address of this person that we can write to. Add one, or note it for them.")
    _queue(tx, rejoin, f"{LINK}/{NOTICE}/{appointment_id}/{participant_id}/{now:%Y-%m-%dT%H:%M}", appointment_id,
           participant_id, "A link to tell us in advance.", {"purpose": NOTICE, "step": NOTICE}, now)  # fmt: skip
    audit.record(tx, now, login, "sent-notice-link", f"appointment/{appointment_id}", {"participant": participant_id})


def note_notice(
    tx: Transaction, rejoin: Rejoin, appointment_id: str, participant_id: str, login: str, now: datetime
) -> None:
    """Note for a client that they told us in advance, before the session; raises Refused."""
    _before_it(tx, appointment_id, participant_id, now)
    evidence.record(tx, rejoin, "rejoin.notice_given", appointment_id, participant_id, now)
    audit.record(tx, now, login, "noted-notice", f"appointment/{appointment_id}", {"participant": participant_id})


def revoke(tx: Transaction, grant_id: str, login: str, now: datetime) -> None:
    """Take a link back; raises Conflict when it was taken back before."""
    row = grant_rows.load(tx, grant_id)
    if row is None or not grant_rows.revoke(tx, grant_id, now):
        raise Conflict("that link was taken back already")
    details = {"purpose": row.purpose, "participant": row.participant_id}
    audit.record(tx, now, login, "revoked-link", f"appointment/{row.appointment_id}", details)


def send_link(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a link action: one letter with one link to the address of the roster."""
    now, details = rejoin.clock.now(), action.details
    with rejoin.db.begin() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        if appointment is None:
            return None
        purpose = details["purpose"]
        expires_at = appointment.starts_at if purpose == NOTICE else now + rejoin.policy.offer_expires
        if expires_at <= now:
            return "too-late"
        codes = (action.appointment_id, action.participant_id)
        token = grants.issue(tx, rejoin, purpose, action.key, *codes, expires_at, now, details.get("offer_id"))
    step = Step.LINK if details["step"] == FRESH else Step.NOTICE
    values = {"starts_at": appointment.starts_at, "link": grants.link(rejoin, token, purpose)}
    return send(rejoin, action, appointment, Message(step, values, useful_until=expires_at))


def _before_it(tx: Transaction, appointment_id: str, participant_id: str, now: datetime) -> Appointment:
    appointment = appointments.load(tx, appointment_id)
    people = appointment.participants if appointment else ()
    client = next((p for p in people if p.participant_id == participant_id and p.role is Role.CLIENT), None)
    if appointment is None or client is None:
        raise Refused("This person is not a client of this appointment.")
    if Status.CANCELLED in (appointment.status, client.status):
        raise Refused("This appointment was called off.")
    if now >= appointment.starts_at:
        raise Refused("The session has begun: what is told now is no notice in advance.")
    return appointment


def _queue(
    tx: Transaction, rejoin: Rejoin, key: str, appointment_id: str, participant_id: str, because: str, details: dict,
    now: datetime,
) -> None:  # fmt: skip
    row = outbox.add_row(
        tx, key=key, kind=LINK, appointment_id=appointment_id, participant_id=participant_id, because=because,
        state=outbox.QUEUED, now=now, details=details,
    )  # fmt: skip
    if row is not None:
        dispatch(tx, rejoin, row, now)
