"""When a verdict changes after something was done about it: what was done is not undone, but people are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row

from plugin.core.action import Action, ActionKind, Purpose
from plugin.core.assessment import Assessment, Cause, Flag, Outcome
from plugin.service import booking, makeups, messaging, offering, ticketing
from plugin.service.lane import dispatch
from plugin.service.refusal import Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import booking as bookings
from plugin.storage import dispatch as dispatches
from plugin.storage import offer as offers
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

CHANGED = "What was received since changed the verdict behind this ticket; it may not be needed any more."
INCIDENT = "More people turned out to have the same trouble: there is one ticket for all of them now."
RETURNED = "They are back in the session."
OVER = "The session is over, and they got most of it."
AGAIN = "They were cut off again."
COST = "The session is over, and the trouble cost them a good part of it."
STANDS = "The verdict behind this ticket stands again."
_CLOSES = (INCIDENT, RETURNED, OVER)
STANDS_AGAIN = "The verdict behind the message stands again."
APOLOGY = "correction"
_TASKS = (ActionKind.CHECKIN, ActionKind.REVIEW)
_LETTERS = (ActionKind.MESSAGE, ActionKind.RESCHEDULE, ActionKind.MAKEUP)
_OFFERED = (ActionKind.RESCHEDULE, ActionKind.MAKEUP)
_NOTHING_MISSED = (Outcome.ATTENDED, Outcome.PARTIAL, Outcome.CANCELLED)
_GOT_MOST = (Outcome.ATTENDED, Outcome.PARTIAL)
_TOLD = (ActionKind.TICKET, ActionKind.MAKEUP, *_TASKS)


def reason_went(
    tx: Transaction,
    rejoin: Rejoin,
    row: Row,
    decided: Sequence[Action],
    assessments: Sequence[Assessment],
    running: bool,
    now: datetime,
) -> None:
    """Tell whoever works at it that the reason of a done action went.

    An offer that was sent, and an appointment that was made for it, are taken back when nothing was missed; of whom the
    roster has in the session no more the offer is, and what was made stays for people to decide. A ticket gets a note,
    and closes itself when its people are back, or got most of the session after all; when they are part of an incident
    now, so is it. An open task, and make-up work that is not handed in yet, are withdrawn. `decided` and `assessments`
    are what stands now; `running`: the session still goes on.
    """
    if row.kind in _LETTERS and _missed_nothing(row, assessments):
        _apologise(tx, rejoin, row, now)
        _take_offer_back(tx, rejoin, row, now)
    elif row.kind in _OFFERED and row.participant_id not in {a.participant_id for a in assessments}:
        offering.withdraw(tx, rejoin, row, now)
    if row.state != outbox.DONE or row.note is not None or row.kind not in _TOLD:
        return
    text = _why_it_went(row, decided, assessments, running)
    outbox.mark(tx, row.id, text, now)
    if row.kind == ActionKind.TICKET:
        joint = _incident(row, decided)
        if joint is not None:
            ticketing.annotate(tx, rejoin, row, text, now, ticketing.ATTACH, joint.shared or joint.key)
        elif text in _CLOSES:
            ticketing.annotate(tx, rejoin, row, text, now, ticketing.CLOSE)
        else:
            ticketing.annotate(tx, rejoin, row, ticketing.of_these(tx, row, text), now)
    elif row.kind == ActionKind.MAKEUP:
        makeups.withdraw(tx, row.key, now)
    else:
        tasks.withdraw(tx, row.key)


def _missed_nothing(row: Row, assessments: Sequence[Assessment]) -> bool:
    """Whether it turned out that they had the session; what is merely not known any more takes nothing back."""
    return any(a.participant_id == row.participant_id and a.outcome in _NOTHING_MISSED for a in assessments)


def _take_offer_back(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    """Another time is not needed: an offer that waits for an answer is withdrawn, what was booked is called off.

    An appointment that has begun stays.
    """
    if row.kind not in _OFFERED or row.state != outbox.DONE:
        return
    offering.withdraw(tx, rejoin, row, now)
    offer = offers.by_action(tx, row.key)
    if offer is None or offer.state != offers.ACCEPTED:
        return
    try:
        booking.call_off(tx, rejoin, offer.id, "rejoin", now)
    except Refused:  # it was called off before, or has begun
        return


def _offer_again(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    """They need another time after all: an offer that was withdrawn is proposed anew, not one that a coordinator took
    back; where none was wanted, or a booking was called off, a person finds the next one."""
    offer = offers.by_action(tx, row.key)
    if offer is None:
        return
    by_verdict = offer.state == offers.WITHDRAWN and not offer.reason
    if by_verdict and outbox.move(tx, row.id, (outbox.DONE,), outbox.HELD, now, note=None):
        offering.propose(tx, rejoin, row, now)
    elif offer.state != offers.WITHDRAWN:
        tasks.reopen_asking(tx, row.key)
    booked = bookings.of_offer(tx, offer.id)
    if booked is not None and booked.state == bookings.CALLED_OFF:
        tasks.open_once(
            tx, f"again/{booked.key}", "review", "coordinator", row.appointment_id, row.participant_id,
            "Their new appointment was called off, and the verdict stands again. Please find another time with them.",
            now,
        )  # fmt: skip


def _apologise(tx: Transaction, rejoin: Rejoin, row: Row, now: datetime) -> None:
    """Say sorry, once for each person and appointment, for a message that went although nothing was missed.

    A call into the running session was no mistake.
    """
    if row.purpose in (Purpose.NUDGE, Purpose.REJOIN) or not dispatches.went(tx, row.id):
        return
    key = f"{APOLOGY}/{row.appointment_id}/{row.participant_id}"
    because = "They were written to, and it turned out that they had missed nothing."
    told = outbox.add_row(
        tx, key=key, kind=APOLOGY, appointment_id=row.appointment_id, participant_id=row.participant_id,
        because=because, state=outbox.QUEUED, now=now,
    ) or outbox.by_key(tx, key)  # fmt: skip
    if told is None:
        return
    if told.state == outbox.WITHDRAWN:
        outbox.move(tx, told.id, (outbox.WITHDRAWN,), outbox.QUEUED, now, note=None)
    if told.state in (outbox.QUEUED, outbox.WITHDRAWN):
        dispatch(tx, rejoin, told, now)


def _no_apology(tx: Transaction, row: Row, now: datetime) -> None:
    """The message was right after all: an apology that did not go yet does not go."""
    told = outbox.by_key(tx, f"{APOLOGY}/{row.appointment_id}/{row.participant_id}")
    if told is not None and outbox.move(tx, told.id, (outbox.QUEUED,), outbox.WITHDRAWN, now, note=STANDS_AGAIN):
        messaging.withdraw(tx, told, now)


def _why_it_went(row: Row, decided: Sequence[Action], assessments: Sequence[Assessment], running: bool) -> str:
    people = set(row.participants)
    theirs = [a for a in assessments if a.participant_id in people]
    if _incident(row, decided) is not None:
        return INCIDENT
    if running:
        return RETURNED if any(Flag.INTERRUPTED in a.flags or a.cause is Cause.TECHNICAL for a in theirs) else CHANGED
    dropped = any(not {Flag.INTERRUPTED, Flag.DROPPED}.isdisjoint(a.flags) for a in theirs)
    return OVER if dropped and all(a.outcome in _GOT_MOST for a in theirs) else CHANGED


def _incident(row: Row, decided: Sequence[Action]) -> Action | None:
    """The incident whose part a ticket became: the one that stands for its people now."""
    people = set(row.participants)
    return next((a for a in decided if a.incident and a.key != row.key and people <= set(a.participants)), None)


def reason_came_back(tx: Transaction, rejoin: Rejoin, row: Row, running: bool, now: datetime) -> None:
    """Take back what `reason_went` told about this action; a ticket that closed itself opens again."""
    if row.kind in _LETTERS:
        _no_apology(tx, row, now)
    if row.kind in _OFFERED and row.state == outbox.DONE:
        _offer_again(tx, rejoin, row, now)
    if row.state != outbox.DONE or row.note is None:
        return
    outbox.mark(tx, row.id, None, now)
    if row.kind == ActionKind.MAKEUP:
        makeups.restore(tx, row.key, now)
        return
    if row.kind != ActionKind.TICKET:
        tasks.reopen(tx, row.key)
        return
    text = STANDS
    if row.note in (RETURNED, OVER):
        text = AGAIN if running else COST
    ticketing.annotate(tx, rejoin, row, text, now, ticketing.REOPEN if row.note in _CLOSES else "")
