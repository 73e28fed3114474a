"""What comes back about messages: that they arrived or could not, and what people tell us in return."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Row

from plugin.core.message import COUNTED, LIVE, Channel, MessageState, Step
from plugin.service import messaging, reaching
from plugin.service.grants import Grant
from plugin.service.lane import dispatch
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import assessment as verdicts
from plugin.storage import audit
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

ON_ITS_WAY = (MessageState.SENDING, MessageState.SENT)
TRIED_ELSEWHERE = ("message", "invitation", "cancellation", "correction")
"""Kinds of action that may be carried out once more, on another channel."""


def arrived(tx: Transaction, dispatch_id: int, reference: str, now: datetime) -> None:
    """The network says that a text message arrived; a report that comes late or twice changes nothing."""
    dispatches.move(tx, dispatch_id, ON_ITS_WAY, MessageState.DELIVERED, now, reference=reference)


def could_not_be_delivered(
    tx: Transaction, rejoin: Rejoin, row: Row, reference: str, failure: str, address_is_wrong: bool, now: datetime
) -> None:
    """A message was taken and could not be delivered.

    An address or number that does not work is marked and a coordinator asked to correct it; the message goes on another
    channel if there is one and it still holds, and what somebody has to be told is a task.
    """
    if not dispatches.move(tx, row.id, ON_ITS_WAY, MessageState.REFUSED, now, because=failure, reference=reference):
        return
    channel = Channel(row.channel)
    if address_is_wrong:
        contacts.fail_mark(tx, channel, row.address, failure, now)
        reaching.ask_for_another(
            tx, row.appointment_id, row.participant_id, channel, row.address, failure, now
        )  # fmt: skip
    action = outbox.load(tx, row.action_id)
    if action is not None and action.kind in TRIED_ELSEWHERE:
        if _still_holds(tx, action) and outbox.move(tx, action.id, (outbox.DONE,), outbox.QUEUED, now):
            dispatch(tx, rejoin, action, now)
    elif Step(row.step) in messaging.MATTERS:
        because = f"A message to {row.participant_id} could not be delivered ({failure}). Please call."
        tasks.open_once(
            tx, f"call/{row.key}", "review", "coordinator", row.appointment_id, row.participant_id, because, now
        )  # fmt: skip


def _still_holds(tx: Transaction, action: Row) -> bool:
    """Whether what was said would be said today: the verdict may have turned since, and then nothing that nobody heard
    of needs an apology. Whether an invitation was overtaken is asked when it goes."""
    if action.kind == "message":
        stands = verdicts.current(tx, action.appointment_id).get(action.participant_id)
        follows = stands.result["actions"] if stands is not None else ()
        return any((one["kind"], one.get("purpose")) == (action.kind, action.purpose) for one in follows)
    if action.kind == "correction":
        told = [one for one in dispatches.of_appointment(tx, action.appointment_id) if one.step not in LIVE]
        return any(one.participant_id == action.participant_id and one.state in COUNTED for one in told)
    return True


def stop_number(tx: Transaction, number: str, stopped: bool, now: datetime) -> None:
    """Whoever has this number (E.164) stops our text messages, or takes that back; it holds for all who share it."""
    contacts.stop(tx, Channel.SMS, number, stopped, now)
    for code in dispatches.people_at(tx, contacts.marks_of(tx, Channel.SMS, number)):
        contacts.wants(tx, code, Channel.SMS, not stopped, now)
        did = "stopped-messages" if stopped else "took-up-messages"
        audit.record(tx, now, "client", did, f"participant/{code}", {"channel": Channel.SMS.value})


def answered(tx: Transaction, number: str, reference: str, now: datetime) -> None:
    """Somebody answered a text message: a person reads it where it is kept; its words are not kept here."""
    last = dispatches.last_at(tx, contacts.marks_of(tx, Channel.SMS, number))
    if last is None:
        return
    because = f"{last.participant_id} answered by text message. Please read it at Twilio, and call."
    tasks.open_once(
        tx, f"text/{reference}", "review", "coordinator", last.appointment_id, last.participant_id, because, now
    )


def unsubscribe(tx: Transaction, grant: Grant, now: datetime) -> None:
    """One click in a mail program: no more mail to this person."""
    wish(tx, grant.participant_id, Channel.EMAIL, False, now)


def wish(tx: Transaction, participant_id: str, channel: Channel, wanted: bool, now: datetime) -> None:
    """Stop a channel for a person, or take it up again; what stands already is not written again."""
    stands = channel not in contacts.wish_of(tx, participant_id).stopped
    if stands is wanted:
        return
    contacts.wants(tx, participant_id, channel, wanted, now)
    did = "took-up-messages" if wanted else "stopped-messages"
    audit.record(tx, now, "client", did, f"participant/{participant_id}", {"channel": channel.value})
