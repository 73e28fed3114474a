"""Work in place of a session: a coordinator assigns it, the client hands it in, a clinician reads it.

Its minutes are counted apart and never become attended minutes.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from plugin.core.makeup import Attachment, MakeupStep
from plugin.core.makeup_item import LONGEST_MINUTES
from plugin.core.message import Step
from plugin.service import grants, offering
from plugin.service.grants import MAKEUP, Grant
from plugin.service.lane import dispatch
from plugin.service.messaging import Message, send
from plugin.service.refusal import Conflict, Refused
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import makeup as makeups
from plugin.storage import offer as offers
from plugin.storage.database import Transaction

RETURNED = "makeup-returned"
"""The kind of action that tells a client that their work should be looked at once more."""


def approve(
    tx: Transaction, rejoin: Rejoin, action_id: int, item_id: int | None, minutes: int | None, note: str, login: str,
    now: datetime,
) -> None:  # fmt: skip
    """Assign an item of the catalogue, or only what the coordinator writes; raises Conflict or Refused.

    `minutes` is what it counts when it is accepted; nothing given: the item's own.
    """
    item = makeups.item(tx, item_id) if item_id is not None else None
    if item_id is not None and (item is None or item.retired_at is not None):
        raise Refused("That item is not in the catalogue any more. Please choose another one.")
    if item is None and not note.strip():
        raise Refused("Please choose an item, or write what the client should look at.")
    counts = minutes if minutes is not None else item.minutes if item else 0
    if not 0 <= counts <= LONGEST_MINUTES:
        raise Refused(f"Minutes are a number from 0 to {LONGEST_MINUTES}.")
    row = outbox.load(tx, action_id)
    if row is None or not outbox.move(tx, action_id, (outbox.HELD,), outbox.QUEUED, now):
        raise Conflict(f"make-up {action_id} was decided by somebody else")
    due_at = now + rejoin.policy.makeup.due
    makeups.assign(tx, row.key, row.appointment_id, row.participant_id, item_id, counts, note.strip(), due_at, now)
    offering.let_go(tx, rejoin, row.key, offering.MATERIAL, now)
    dispatch(tx, rejoin, row, now)
    audit.record(tx, now, login, "approved-makeup", f"action/{action_id}", {"item": item.code if item else None})


def send_makeup(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an approved make-up action: one letter with the link to the client's page of it.

    Where a coordinator approved seats in other groups instead, they are offered.
    """
    with rejoin.db.read() as tx:
        offer = offers.by_action(tx, action.key)
    if offer is not None and offer.state == offers.APPROVED:
        return offering.send_offer(rejoin, action)
    return _send(rejoin, action, action.key, Step.MAKEUP)


def send_returned(rejoin: Rejoin, action: Row) -> str | None:
    """Tell a client that their work should be looked at once more."""
    return _send(rejoin, action, action.details["makeup"], Step.RETURNED)


def _send(rejoin: Rejoin, action: Row, makeup_key: str, step: Step) -> str | None:
    now = rejoin.clock.now()
    with rejoin.db.begin() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        row = makeups.by_action(tx, makeup_key)
        if appointment is None or row is None or row.state not in ("assigned", "returned"):
            return None
        # It works a while longer than there is time, so that who is late still finds out how it stands.
        expires_at = max(row.due_at, now) + rejoin.policy.offer_expires
        codes = (action.appointment_id, action.participant_id)
        token = grants.issue(tx, rejoin, MAKEUP, action.key, *codes, expires_at, now)
    values = {"starts_at": appointment.starts_at, "link": grants.link(rejoin, token, MAKEUP)}
    return send(rejoin, action, appointment, Message(step, values))


def hand_in(
    tx: Transaction, rejoin: Rejoin, grant: Grant, answer: str, done: bool, file: Attachment | None, now: datetime
) -> None:
    """The client hands it in; raises Refused when it is empty, Conflict when it is not theirs to do any more."""
    if not (answer.strip() or done or file):
        raise Refused("There is nothing to hand in.")
    row = makeups.of_person(tx, grant.appointment_id, grant.participant_id)
    if row is None or not makeups.step(
        tx, row, MakeupStep.HAND_IN, now, **makeups.handed_in(tx, answer.strip(), file, now)
    ):
        raise Conflict("there is nothing to hand in any more")
    audit.record(tx, now, "client", "handed-in-makeup", f"makeup/{row.id}")


def review(
    tx: Transaction, rejoin: Rejoin, makeup_id: int, version: int, accept: bool, note: str, login: str, now: datetime
) -> None:
    """Accept what was handed in, or give it back with a note to the client; raises Conflict or Refused."""
    row = makeups.load(tx, makeup_id)
    if row is None:
        raise Refused("There is no such assignment.")
    if not accept and not note.strip():
        raise Refused("Please write what the client should look at once more.")
    step = MakeupStep.ACCEPT if accept else MakeupStep.RETURN
    if not makeups.step(tx, row, step, now, version, **makeups.reviewed(tx, note.strip(), login, now)):
        raise Conflict(f"assignment {makeup_id} was changed by somebody else")
    if not accept:
        queued = outbox.add_row(
            tx, key=f"{RETURNED}/{row.action_key}/{row.version}", kind=RETURNED, appointment_id=row.appointment_id,
            participant_id=row.participant_id, because="It should be looked at once more.", state=outbox.QUEUED,
            now=now, details={"makeup": row.action_key},
        )  # fmt: skip
        if queued is not None:
            dispatch(tx, rejoin, queued, now)
    did = "accepted-makeup" if accept else "returned-makeup"
    audit.record(tx, now, login, did, f"makeup/{makeup_id}", {"minutes": row.minutes} if accept else {})


def withdraw(tx: Transaction, action_key: str, now: datetime) -> None:
    """Take back what is not handed in yet: the verdict that asked for it changed."""
    row = makeups.by_action(tx, action_key)
    if row is not None:
        makeups.step(tx, row, MakeupStep.WITHDRAW, now)


def restore(tx: Transaction, action_key: str, now: datetime) -> None:
    """Assign again what was taken back: the verdict that asked for it stands again."""
    row = makeups.by_action(tx, action_key)
    if row is not None:
        makeups.step(tx, row, MakeupStep.RESTORE, now)
