"""Many offers decided at once by a coordinator, and those that the policy lets go out without one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Row

from plugin.core.approval import ApprovalCase, automatic
from plugin.service import offering
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import appointment as appointments
from plugin.storage import assessment as verdicts
from plugin.storage import audit
from plugin.storage import offer as offers
from plugin.storage.database import Transaction

REJOIN = "rejoin"
"""Who approved, in the audit log, when no person did."""
DAY = timedelta(hours=24)


def approve_many(rejoin: Rejoin, chosen: Iterable[tuple[int, int]], login: str) -> dict[int, str]:
    """Approve these offers, each given with the version that the person saw and each in a transaction of its own.

    Returns for each offer "" when it was approved, else a sentence that says why not; the others go on.
    """
    told: dict[int, str] = {}
    for offer_id, version in chosen:
        try:
            with rejoin.db.begin() as tx:
                offering.approve(tx, rejoin, offer_id, version, None, login, rejoin.clock.now())
            told[offer_id] = ""
        except Conflict:
            told[offer_id] = "Somebody else decided or changed it a moment ago."
        except Refused as refusal:
            told[offer_id] = str(refusal)
    rejoin.queue.wake()
    return told


def approve_by_policy(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> bool:
    """Approve a proposal without a person when the policy says so; the audit log keeps the reason."""
    may, because = say(tx, rejoin, offer, now)
    if not may:
        return False
    with tx.connection.begin_nested() as point:
        try:
            offering.approve(tx, rejoin, offer.id, offer.version, None, REJOIN, now, because=because)
        except (Conflict, Refused):  # a person finds the same refusal, in a sentence
            point.rollback()
            return False
    return True


def say(tx: Transaction, rejoin: Rejoin, offer: Row, now: datetime) -> tuple[bool, str]:
    """Whether a proposal may go out without a person, and the sentence that says why or why not."""
    limits = rejoin.policy.approval
    appointment = appointments.load(tx, offer.appointment_id) if limits.automatic_causes else None
    verdict = verdicts.current(tx, offer.appointment_id).get(offer.participant_id) if appointment else None
    case = ApprovalCase(
        kind=appointment.kind.value if appointment else "",
        verdict=verdict.result if verdict else None,
        has_times=bool(offer.slots),
        asked_for=offer.wish is not None,
        offered_at=offers.offered_last_at(tx, offer.participant_id, offer.id) if appointment else None,
        automatic_today=gone_today(tx, now) if appointment else 0,
        came_back=offer.reason is not None,
    )
    return automatic(case, limits, now)


def gone_today(tx: Transaction, now: datetime) -> int:
    """How many went out without a person in the last 24 hours."""
    return audit.times_since(tx, REJOIN, "approved-offer", now - DAY)
