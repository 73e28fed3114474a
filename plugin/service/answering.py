"""What a client tells behind their link: it becomes evidence, and reaches whoever works at their ticket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from plugin.core import trouble
from plugin.core.action import ActionKind
from plugin.service import evidence, ticketing
from plugin.service.grants import Grant, GrantProblem
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import audit, delivery
from plugin.storage import grant as grant_rows
from plugin.storage import offer as offers
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

EVENTS = {
    "trouble": "rejoin.trouble_reported",
    "there": "rejoin.presence_claimed",
    "cannot": "rejoin.notice_given",
    "join": "rejoin.join_clicked",
}
"""What an answer is as evidence."""
MOST = 20
"""More reports of one kind about one session say nothing new; they are thanked for and not kept."""


def tell(tx: Transaction, rejoin: Rejoin, grant: Grant, answer: str, now: datetime, **more: str) -> None:
    """Record one of EVENTS at this moment, unless they told it MOST times already."""
    before = delivery.told(tx, grant.appointment_id, EVENTS[answer])
    if sum(payload.get("participant_id") == grant.participant_id for payload in before) < MOST:
        evidence.record(tx, rejoin, EVENTS[answer], grant.appointment_id, grant.participant_id, now, **more)


def give_notice(tx: Transaction, rejoin: Rejoin, grant: Grant, now: datetime) -> None:
    """Record that they will miss it, and use the link up; raises GrantProblem when it was used meanwhile."""
    if not grant_rows.use(tx, grant.id, now):
        raise GrantProblem("used", grant)
    tell(tx, rejoin, grant, "cannot", now)


def ask_again(tx: Transaction, rejoin: Rejoin, grant: Grant, now: datetime) -> None:
    """The times ran out or are all taken, and they want others: a coordinator gets a task, once for each offer."""
    offer = offers.load(tx, grant.offer_id) if grant.offer_id is not None else None
    if offer is None:
        return
    tasks.open_once(
        tx, f"again/{offer.action_key}/{offer.version}", "review", "coordinator", grant.appointment_id,
        grant.participant_id, "The times that were offered are gone. They ask for new ones.", now,
    )  # fmt: skip
    audit.record(tx, now, "client", "asked-for-new-times", f"offer/{offer.id}")


def tell_details(tx: Transaction, rejoin: Rejoin, grant: Grant, told: Mapping[str, str], now: datetime) -> None:
    """Record the answers to the three questions; a ticket that was opened already gets them as a note."""
    answers = trouble.allowed(told)
    tell(tx, rejoin, grant, "trouble", now, **answers)
    words = trouble.in_words(answers)
    if not words:
        return
    for row in outbox.of_appointment(tx, grant.appointment_id):
        if row.kind == ActionKind.TICKET and row.remote_ref and grant.participant_id in row.participants:
            ticketing.annotate(tx, rejoin, row, f"{grant.participant_id} says: {words}.", now)
