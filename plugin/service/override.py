"""A member of staff decides about a verdict, or takes that back; rules and deliveries cannot."""

from __future__ import annotations

from datetime import datetime

from plugin.core.assessment import Cause, Outcome
from plugin.core.override import POSSIBLE, Override
from plugin.ports.queue import WorkKind
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import audit, retention
from plugin.storage import override as overrides
from plugin.storage.database import Transaction


def decide(
    tx: Transaction,
    rejoin: Rejoin,
    appointment_id: str,
    participant_id: str,
    outcome: Outcome,
    cause: Cause,
    reason: str,
    login: str,
    now: datetime,
    instead_of: int | None = None,
) -> int:
    """Let a decision stand, and have the appointment judged again at once; returns its number.

    `instead_of` is the decision that the person saw standing. Raises Refused with a sentence when it cannot stand,
    Conflict when somebody else decided in the meantime.
    """
    appointment = appointments.load(tx, appointment_id)
    if appointment is None or participant_id not in {p.participant_id for p in appointment.participants}:
        raise Refused("This person is not expected in this appointment.")
    _still_open(tx, appointment_id)
    if now < appointment.starts_at:
        raise Refused("The session has not begun, so there is nothing to decide yet.")
    if cause not in POSSIBLE.get(outcome, ()):
        raise Refused("This outcome and this cause do not go together.")
    if not reason.strip():
        raise Refused("Please write why: whoever reads this later will want to know.")
    if instead_of is not None:
        seen = overrides.load(tx, instead_of)
        about = (seen.appointment_id, seen.participant_id) if seen is not None else ()
        if about != (appointment_id, participant_id) or not overrides.undo(tx, instead_of, login, now):
            raise Conflict("that decision does not stand any more, or is about somebody else")
    number = overrides.add(tx, appointment_id, Override(participant_id, outcome, cause, now), reason.strip(), login)
    if number is None:
        raise Conflict("another decision stands")
    details = {"outcome": outcome.value, "cause": cause.value, "participant": participant_id}
    audit.record(tx, now, login, "decided-verdict", f"appointment/{appointment_id}", details)
    rejoin.queue.request(tx, WorkKind.JUDGE, appointment_id, now)
    return number


def take_back(tx: Transaction, rejoin: Rejoin, override_id: int, login: str, now: datetime) -> None:
    """Let the rules decide again; raises Conflict when somebody else did that already."""
    row = overrides.load(tx, override_id)
    if row is None:
        raise Refused("There is no such decision.")
    _still_open(tx, row.appointment_id)
    if not overrides.undo(tx, override_id, login, now):
        raise Conflict("that decision was taken back already")
    details = {"participant": row.participant_id}
    audit.record(tx, now, login, "took-back-decision", f"appointment/{row.appointment_id}", details)
    rejoin.queue.request(tx, WorkKind.JUDGE, row.appointment_id, now)


def _still_open(tx: Transaction, appointment_id: str) -> None:
    """Raises Refused once the deliveries are gone: the rules could not be asked again, so nothing would follow."""
    if gone_at := retention.pruned_at(tx, appointment_id):
        raise Refused(
            f"What Zoom delivered of this session was deleted on {gone_at:%Y-%m-%d}, so its verdicts stand for good."
        )
