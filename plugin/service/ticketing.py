"""Tickets: what tech support needs to help, and nothing else about anybody.

A ticket is built here and only here, from an allow-list: codes, times, what the technical rules found, minutes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from plugin.core import trouble
from plugin.core.appointment import Appointment
from plugin.ports.helpdesk import BUILT_IN, TicketDraft, TicketState
from plugin.ports.outcome import Permanent
from plugin.ports.queue import WorkKind
from plugin.service import desk_watch
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import assessment as verdicts
from plugin.storage import audit, delivery
from plugin.storage import ticket as tickets
from plugin.storage.database import Transaction

NOTE = "ticket-note"
CLOSE, REOPEN = "close", "reopen"
# What each technical rule suggests to do first; a rule that is not here never reaches a ticket.
FIRST_STEPS = {
    "platform-incident": "Check the status page of the video platform; nothing on the person's side needs mending.",
    "group-drop": "Look for what these people share: the minute, the network, the host's connection.",
    "host-dropped": "Check the clinician's network and computer first; everybody else depended on it.",
    "connection-broke": "Ask about Wi-Fi or mobile reception, then offer the dial-in number.",
    "failed-tries": "Ask them to restart the app and to try the web client, then a device test.",
    "wrong-meeting": "Send the right link again; they were in another meeting.",
    "tried-to-join": "Ask what they saw after opening the link: app missing, permission refused, or a spinning wheel.",
    "trouble-reported": "Ask for device, network and what the screen said.",
    "quick-return": "Ask about an unsteady network; a cable or another room often helps.",
    "reason-not-understood": "Ask what happened; the platform gave no reason.",
}


def open_ticket(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a ticket action: draft it from the verdicts that stand, and open it at the help desk once."""
    with rejoin.db.read() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        results = {code: row.result for code, row in verdicts.current(tx, action.appointment_id).items()}
        told = delivery.told(tx, action.appointment_id, "rejoin.trouble_reported")
    if appointment is None:
        return None
    drafted = draft(rejoin, action, appointment, results, told)
    reference = rejoin.helpdesk.open_ticket(drafted)
    if rejoin.helpdesk.desk != BUILT_IN:
        with rejoin.db.begin() as tx:
            desk_watch.place(tx, rejoin, drafted, reference, rejoin.clock.now())
    return reference


def draft(
    rejoin: Rejoin, action: Row, appointment: Appointment, results: dict[str, dict], told: Sequence[dict] = ()
) -> TicketDraft:
    """What the ticket says; `told` is what people answered about their trouble, of which only codes are read."""
    codes = tuple(action.participants) or (action.participant_id,)
    zone = ZoneInfo(appointment.timezone or rejoin.settings.timezone)
    seen = [f"Scheduled {_time(appointment.starts_at, zone)} to {_time(appointment.ends_at, zone)}."]
    found: list[str] = []
    symptoms: list[str] = []
    for code in codes:
        result = results.get(code, {})
        hits = [f for f in result.get("findings", ()) if f["hit"] and f["rule"] in FIRST_STEPS]
        found += [f["rule"] for f in hits]
        seen += [f"{code}: {f['because']}" for f in hits]
        if result:
            seen.append(f"{code}: present {result['attended_minutes']} min, lost {result['lost_minutes']} min.")
        answers = [payload for payload in told if payload.get("participant_id") == code]
        words = list(dict.fromkeys(filter(None, map(trouble.in_words, answers))))
        seen += [f"{code} says: {said}." for said in words]
        symptoms += [trouble.allowed(payload).get("symptom", "") for payload in answers]
    told_step = next((trouble.FIRST_STEPS[s] for s in reversed(symptoms) if s), None)
    seen_step = next((text for rule, text in FIRST_STEPS.items() if rule in found), FIRST_STEPS["trouble-reported"])
    step = told_step or seen_step
    summary = f"{len(codes)} people had connection trouble" if action.incident else f"Connection trouble of {codes[0]}"
    return TicketDraft(action.key, action.appointment_id, codes, action.incident, summary, tuple(seen), step)


def annotate(tx: Transaction, rejoin: Rejoin, action: Row, text: str, now: datetime, then: str = "") -> None:
    """Have a note written on the ticket that an action opened; `then` may be CLOSE or REOPEN."""
    queued = outbox.add_row(
        tx, key=f"{NOTE}/{action.key}/{now.isoformat()}", kind=NOTE, appointment_id=action.appointment_id,
        participant_id=action.participant_id, because=text, state=outbox.QUEUED, now=now,
        details={"ticket": action.key, "then": then},
    )  # fmt: skip
    if queued is not None:
        rejoin.queue.request(tx, WorkKind.ACT, str(queued.id), now)


def write_note(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a note: on the ticket at the help desk, if one was opened there; it may close or reopen it.

    Raises Permanent when that was another desk than the one that is set now: its number may be somebody else's here.
    """
    with rejoin.db.read() as tx:
        opened = outbox.by_key(tx, action.details["ticket"])
        row = tickets.by_key(tx, action.details["ticket"])
    if opened is None or not opened.remote_ref:
        return None
    desk = rejoin.helpdesk
    if row is not None and (row.desk or BUILT_IN) != desk.desk:
        raise Permanent(f"the ticket was opened at another help desk ({row.desk or BUILT_IN}); see REJOIN_HELPDESK")
    then = action.details.get("then", "")
    say = {CLOSE: desk.close, REOPEN: desk.reopen}.get(then, desk.add_note)
    say(opened.remote_ref, action.because)
    if row is not None and row.desk and then:
        state = TicketState.RESOLVED if then == CLOSE else TicketState.OPEN
        with rejoin.db.begin() as tx:
            # Somebody quicker than this is looked at in the next round.
            desk_watch.follow(tx, row, state, desk.name, "rejoin", rejoin.clock.now())
    return opened.remote_ref


def take(tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, now: datetime) -> None:
    """Take a ticket, or take it over; raises Conflict."""
    row = _load(tx, ticket_id)
    if row.state == tickets.RESOLVED:
        raise Refused("This ticket is resolved. Reopen it first.")
    _change(tx, ticket_id, version, now, state=tickets.TAKEN, assignee=login)
    audit.record(tx, now, login, "took-ticket", f"ticket/{ticket_id}")


def note(tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, text: str, now: datetime) -> None:
    """Add a note; two people's notes do not stand in each other's way."""
    _load(tx, ticket_id)
    if not text.strip():
        raise Refused("Please write what the note should say.")
    tickets.add_note(tx, ticket_id, now, login, text)
    audit.record(tx, now, login, "noted-ticket", f"ticket/{ticket_id}")


def resolve(
    tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, text: str, now: datetime
) -> None:
    """Resolve a ticket, saying what solved it; raises Conflict."""
    row = _load(tx, ticket_id)
    if row.state == tickets.RESOLVED:
        raise Refused("This ticket is resolved already.")
    if not text.strip():
        raise Refused("Please say what solved it.")
    _change(tx, ticket_id, version, now, state=tickets.RESOLVED, assignee=row.assignee or login, resolution=text)
    audit.record(tx, now, login, "resolved-ticket", f"ticket/{ticket_id}")


def reopen(tx: Transaction, rejoin: Rejoin, ticket_id: int, version: int, login: str, now: datetime) -> None:
    """Open a resolved ticket again; raises Conflict."""
    row = _load(tx, ticket_id)
    if row.state != tickets.RESOLVED:
        raise Refused("This ticket is not resolved.")
    _change(tx, ticket_id, version, now, state=tickets.OPEN, assignee=None, resolution=None)
    tickets.add_note(tx, ticket_id, now, login, f"Reopened. It had been resolved with: {row.resolution}")
    audit.record(tx, now, login, "reopened-ticket", f"ticket/{ticket_id}")


def _load(tx: Transaction, ticket_id: int) -> Row:
    row = tickets.load(tx, ticket_id)
    if row is None:
        raise Refused("There is no such ticket.")
    if row.desk:
        raise Refused("This ticket is worked on at another help desk; what is done there shows here.")
    return row


def _change(tx: Transaction, ticket_id: int, version: int, now: datetime, **values) -> None:
    if not tickets.change(tx, ticket_id, version, now, **values):
        raise Conflict(f"ticket {ticket_id} was changed by somebody else")


def _time(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")


__all__ = [
    "Conflict", "Refused", "annotate", "draft", "note", "open_ticket", "reopen", "resolve", "take", "write_note",
]  # fmt: skip
