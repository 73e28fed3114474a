"""Tickets on their way to the help desk: opened once, followed by notes, closed and opened again by what happens.

What one says is composed in `plugin/core/ticket.py`; what people do at one stands in `plugin/service/triage.py`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from itertools import takewhile

import structlog
from sqlalchemy import Row

from plugin.ports.helpdesk import BUILT_IN, TicketDraft, TicketState
from plugin.ports.outcome import Permanent, Temporary
from plugin.service import desk_watch
from plugin.service.drafting import draft, ticket_key
from plugin.service.lane import dispatch
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import affected, audit
from plugin.storage import ticket as tickets
from plugin.storage.database import Transaction

log = structlog.get_logger(__name__)

NOTE = "ticket-note"
CLOSE, REOPEN, ATTACH = "close", "reopen", "attach"
OURSELVES = "rejoin"


def open_ticket(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a ticket action: draft it from what stands, and open it at the help desk once.

    An incident that stands already is told who joined it; the desk is asked nothing that we know.
    """
    now = rejoin.clock.now()
    drafted = draft(rejoin, action, now)
    if drafted is None:
        return None
    with rejoin.db.read() as tx:
        row = tickets.by_key(tx, drafted.key)
    if row is not None and not action.incident:
        return _reference(row)
    if row is None:
        reference = rejoin.helpdesk.open_ticket(drafted)
        if rejoin.helpdesk.desk != BUILT_IN:
            with rejoin.db.begin() as tx:
                desk_watch.place(tx, rejoin, drafted, reference, now)
        with rejoin.db.read() as tx:
            row = tickets.by_key(tx, drafted.key)
        if row is None:
            return reference
    _tell_who_joined(rejoin, action, row, drafted, now)
    return _reference(row)


def _tell_who_joined(rejoin: Rejoin, action: Row, row: Row, drafted: TicketDraft, now: datetime) -> None:
    """Bring an incident's row up to date, and say at the desk who joined it; who joins a closed one opens it."""
    joined = [code for code in drafted.participants if code not in row.participants]
    if not joined:
        return
    where = [sentence for sentence in row.seen if sentence.startswith(desk_watch.PLACE)]
    values = {
        "participants": [*row.participants, *joined],
        "seen": [*drafted.seen, *where],
        "summary": drafted.summary,
        "suggestion": drafted.suggestion,
    }
    with rejoin.db.begin() as tx:
        if not tickets.change(tx, row.id, row.version, now, **values):
            raise Temporary("the ticket was being changed by somebody else")
        text = f"Also affected: {', '.join(joined)}."
        annotate(tx, rejoin, action, text, now, REOPEN if row.state == tickets.RESOLVED else "")


def annotate(
    tx: Transaction, rejoin: Rejoin, action: Row, text: str, now: datetime, then: str = "", incident: str = ""
) -> None:
    """Have a note written on the ticket that an action opened.

    `then` may be CLOSE, REOPEN, or ATTACH with the key of the `incident` whose part it becomes.
    """
    said = hashlib.sha256(text.encode()).hexdigest()[:8]
    queued = outbox.add_row(
        tx, key=f"{NOTE}/{action.key}/{then or 'say'}/{now.isoformat()}/{said}", kind=NOTE,
        appointment_id=action.appointment_id, participant_id=action.participant_id, because=text, state=outbox.QUEUED,
        now=now, details={"ticket": action.key, "then": then} | ({"incident": incident} if incident else {}),
    )  # fmt: skip
    if queued is not None:
        dispatch(tx, rejoin, queued, now)


def write_note(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a note on the ticket of another action; it may close, reopen or attach it.

    Hours may lie between asking and doing, so what was to be done is done only if it still holds: nothing is closed
    while somebody is in trouble again, and nothing opened when they are well again.

    Raises Permanent when the ticket is at another desk than the one that is set now: its number may be somebody
    else's here.
    """
    then = action.details.get("then", "")
    if not then:
        action = _gathered(rejoin, action)
    with rejoin.db.read() as tx:
        opened = outbox.by_key(tx, action.details["ticket"])
        key = ticket_key(opened) if opened is not None else action.details["ticket"]
        row = tickets.by_key(tx, key)
        incident = tickets.by_key(tx, action.details.get("incident", ""))
        holds = opened is not None and _still_holds(tx, opened, key, then)
        text = of_these(tx, opened, action.because) if opened is not None and then == CLOSE else action.because
    if opened is None or row is None or not (opened.remote_ref or row.reference):
        return None
    reference, desk = _reference(row), rejoin.helpdesk
    if (row.desk or BUILT_IN) != desk.desk:
        raise Permanent(f"the ticket was opened at another help desk ({row.desk or BUILT_IN}); see REJOIN_HELPDESK")
    if then == ATTACH:
        if incident is None:
            raise Temporary("the incident has no ticket yet")
        _attach(rejoin, row, incident)
        return reference
    say = {CLOSE: desk.close, REOPEN: desk.reopen}.get(then if holds else "", desk.add_note)
    say(reference, text)
    if row.desk and then and holds:
        state = TicketState.RESOLVED if then == CLOSE else TicketState.OPEN
        with rejoin.db.begin() as tx:
            # Somebody quicker than this is looked at in the next round.
            desk_watch.follow(tx, row, state, desk.name, OURSELVES, rejoin.clock.now())
    return reference


def of_these(tx: Transaction, action: Row, text: str) -> str:
    """What is said of the people of one appointment at a ticket; at an incident that others are still in, with their
    codes, since it is not true of everybody."""
    key = ticket_key(action)
    if not (action.incident and affected.anybody(tx, key)):
        return text
    codes = [person.participant_id for person in affected.of_appointment(tx, key, action.appointment_id)]
    return f"{', '.join(codes)}: {text}" if codes else text


def _gathered(rejoin: Rejoin, action: Row) -> Row:
    """The note with what the notes say that wait behind it for the same ticket: one call instead of one for each.

    They are taken over for good before anything is sent, so that a repetition says the same, and nothing twice. One
    that another worker holds already is left to it, and nothing overtakes a note that closes or opens the ticket.
    """
    with rejoin.db.begin() as tx:
        behind = outbox.behind(tx, action.id, NOTE, action.appointment_id)
        same = [row for row in behind if row.details["ticket"] == action.details["ticket"]]
        plain = list(takewhile(lambda row: not row.details.get("then") and row.claimed_until is None, same))
        if not plain:
            return action
        now = rejoin.clock.now()
        for row in plain:
            outbox.move(tx, row.id, (outbox.QUEUED,), outbox.DONE, now, note=f"said together with note {action.id}")
        outbox.reword(tx, action.id, "\n".join([action.because, *(row.because for row in plain)]), now)
        return outbox.load(tx, action.id)


def _still_holds(tx: Transaction, opened: Row, key: str, then: str) -> bool:
    """Whether what a note is to do besides still fits: the reason of its ticket is gone, or stands again."""
    if then == CLOSE:
        return opened.note is not None and not (opened.incident and affected.anybody(tx, key))
    return then != REOPEN or opened.note is None


def _attach(rejoin: Rejoin, row: Row, incident: Row) -> None:
    """Let the conversation of a person's own ticket go on at the incident; whoever has it takes the incident along.

    At another desk the two are linked as that desk links tickets, and the ticket is closed with a note that says where;
    ours is `attached`, unless it was resolved. A link that the desk refuses is logged; the notes say it all the same.
    """
    if row.desk:
        try:
            rejoin.helpdesk.attach(_reference(row), _reference(incident))
        except Permanent as refusal:
            log.warning("desk-not-linked", ticket=row.id, incident=incident.id, because=str(refusal))
    rejoin.helpdesk.add_note(_reference(incident), f"Attached: ticket {_reference(row)} of {row.participants[0]}.")
    text = f"This is part of an incident now: please go on at ticket {_reference(incident)}."
    (rejoin.helpdesk.close if row.desk else rejoin.helpdesk.add_note)(_reference(row), text)
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        mine, theirs = tickets.load(tx, row.id), tickets.load(tx, incident.id)
        state = tickets.RESOLVED if mine.state == tickets.RESOLVED else tickets.ATTACHED
        if not tickets.change(tx, mine.id, mine.version, now, state=state, part_of=theirs.id):
            raise Temporary("the ticket was being changed by somebody else")
        if mine.state == tickets.TAKEN and theirs.state == tickets.OPEN and not theirs.desk:
            tickets.change(tx, theirs.id, theirs.version, now, state=tickets.TAKEN, assignee=mine.assignee)
        audit.record(tx, now, OURSELVES, "attached-ticket", f"ticket/{mine.id}", {"incident": theirs.id})


def _reference(row: Row) -> str:
    return row.reference or str(row.id)


__all__ = ["ATTACH", "CLOSE", "NOTE", "REOPEN", "annotate", "open_ticket", "ticket_key", "write_note"]
