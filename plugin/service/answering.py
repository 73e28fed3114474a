"""What a client tells behind their link: it becomes evidence, and reaches whoever works at their ticket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from plugin.core import trouble
from plugin.core.action import ActionKind
from plugin.service import evidence, ticketing
from plugin.service.grants import Grant
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage.database import Transaction

EVENTS = {
    "trouble": "rejoin.trouble_reported",
    "there": "rejoin.presence_claimed",
    "cannot": "rejoin.notice_given",
    "join": "rejoin.join_clicked",
}
"""What an answer is as evidence."""


def tell(tx: Transaction, rejoin: Rejoin, grant: Grant, answer: str, now: datetime) -> None:
    """Record one of EVENTS at this moment."""
    evidence.record(tx, rejoin, EVENTS[answer], grant.appointment_id, grant.participant_id, now)


def tell_details(tx: Transaction, rejoin: Rejoin, grant: Grant, told: Mapping[str, str], now: datetime) -> None:
    """Record the answers to the three questions; a ticket that was opened already gets them as a note."""
    answers = trouble.allowed(told)
    evidence.record(
        tx, rejoin, EVENTS["trouble"], grant.appointment_id, grant.participant_id, now, **answers
    )
    words = trouble.in_words(answers)
    if not words:
        return
    for row in outbox.of_appointment(tx, grant.appointment_id):
        if row.kind == ActionKind.TICKET and row.remote_ref and grant.participant_id in row.participants:
            ticketing.annotate(tx, rejoin, row, f"{grant.participant_id} says: {words}.", now)
