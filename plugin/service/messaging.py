"""Messages to people: whether one may go, on which way, in which words, and what became of it.

The states and their passages stand as a table in docs/states.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from plugin.core.action import Purpose
from plugin.core.appointment import Appointment, Role
from plugin.core.message import LIVE, Channel, MessageState, Step, admit, day_of
from plugin.ports.mail import Letter
from plugin.ports.outcome import AddressRefused, Permanent, Stopped
from plugin.ports.text import Text
from plugin.service import grants
from plugin.service.reaching import OPTED_OUT, Way, does_not_work, person_of, reader_of, way_for, ways_to
from plugin.service.refusal import Postponed, Skipped
from plugin.service.rejoin import Rejoin
from plugin.service.wording import Reader, write
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import audit
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

STEPS = {Purpose.NUDGE: Step.NUDGE, Purpose.REJOIN: Step.REJOIN, Purpose.MISSED: Step.MISSED}
WITHDRAWN = "its reason went"
MATTERS = frozenset({Step.OFFER, Step.MAKEUP, Step.RETURNED, Step.INVITATION, Step.MOVED, Step.CANCELLED})
"""What somebody has to be told in another way when no message may go."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """An entry for calendars that goes with a mail: an iCalendar text and its METHOD."""

    text: str
    method: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said to one person: the step, what its text leaves open, and until when it is worth saying.

    `key` is what makes it the same message again; blank: the action's own.
    """

    step: Step
    values: Mapping[str, Any]
    key: str = ""
    calendar: Calendar | None = None
    useful_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Admitted:
    dispatch_id: int
    way: Way
    reader: Reader
    tried_at: datetime | None
    preferences: str


def send_message(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out a message action: one message under the action's key, with one link to the client's page.

    What calls into a session is not sent when it comes too late (a mail server was down): the session is over.
    """
    now, step = rejoin.clock.now(), STEPS[Purpose(action.purpose)]
    with rejoin.db.begin() as tx:
        appointment = appointments.load(tx, action.appointment_id)
        if appointment is None:
            return None
        expires_at = now + rejoin.policy.offer_expires
        codes = (action.appointment_id, action.participant_id)
        token = grants.issue(tx, rejoin, grants.ANSWER, action.key, *codes, expires_at, now)
    values = {"starts_at": appointment.starts_at, "link": grants.link(rejoin, token)}
    useful_until = appointment.ends_at if step in LIVE else None
    return send(rejoin, action, appointment, Message(step, values, useful_until=useful_until))


def apologise(rejoin: Rejoin, action: Row) -> str | None:
    """Carry out an apology for a message that was wrong."""
    with rejoin.db.read() as tx:
        appointment = appointments.load(tx, action.appointment_id)
    if appointment is None:
        return None
    return send(rejoin, action, appointment, Message(Step.CORRECTION, {"starts_at": appointment.starts_at}))


def send(rejoin: Rejoin, action: Row, appointment: Appointment, message: Message) -> str:
    """Send one message to the person of the action, in steps of which each can be lost:

    1. Admit it, in one transaction: what went to this person is counted, quiet hours and wishes are looked at, and a
       row says that it is being sent. Two workers at one person admit one after the other.
    2. Ask the channel, outside any transaction. A crash after this repeats it: a mail under the same Message-ID, a text
       message only after it was looked for at the telephone company.
    3. Write that it went. An address that does not work is marked, staff are told, and the next channel is tried.

    Raises Postponed (quiet hours, enough for one day), Skipped (they want none, too late), Temporary or Permanent.
    """
    key = message.key or action.key
    while True:
        admitted = _admit(rejoin, action, appointment, message, key)
        if isinstance(admitted, str):
            return admitted  # it went before a crash
        try:
            reference = _hand_over(rejoin, action, message, key, admitted)
        except AddressRefused as refusal:
            _refused(rejoin, action, admitted, refusal)
            continue
        with rejoin.db.begin() as tx:
            dispatches.move(
                tx, admitted.dispatch_id, (MessageState.SENDING,), MessageState.SENT, rejoin.clock.now(),
                reference=reference, because=None,
            )  # fmt: skip
        return reference


def withdraw(tx: Transaction, action: Row, now: datetime) -> None:
    """What waits to be said because of an action that was withdrawn is not said."""
    dispatches.withdraw(tx, action.id, now)


def _admit(rejoin: Rejoin, action: Row, appointment: Appointment, message: Message, key: str) -> _Admitted | str:
    """What is needed to send the message, once a row says that it is being sent; the reference of one that went."""
    person = person_of(appointment, action.participant_id)
    reader = reader_of(appointment, person)
    now, client = rejoin.clock.now(), person.role is not Role.CLINICIAN
    with rejoin.db.begin() as tx:
        dispatches.in_turn(tx, person.participant_id)
        tried = dispatches.of_message(tx, key)
        gone = next((row for row in tried if row.state in dispatches.FINISHED), None)
        refused = {row.address for row in tried if row.state == MessageState.REFUSED}
        stands = outbox.load(tx, action.id)
        if gone is not None:
            return gone.reference
        if stands is None or stands.state != outbox.QUEUED:
            raise Skipped(WITHDRAWN)
        wish = contacts.wish_of(tx, person.participant_id)
        way, why = way_for(tx, ways_to(rejoin, person), person, wish, refused)
        if way is None:
            problem = _nobody_reached(tx, action, message, why, now)
        else:
            before = dispatches.load(tx, key, way.channel)
            problem = _put(tx, rejoin, action, message, key, way, reader, client, now)
            row = dispatches.load(tx, key, way.channel)
            preferences = _preferences(tx, rejoin, action, key, client, now)
    if problem is not None:
        raise problem
    return _Admitted(row.id, way, reader, before.tried_at if before else None, preferences)


def _put(
    tx: Transaction, rejoin: Rejoin, action: Row, message: Message, key: str, way: Way, reader: Reader, client: bool,
    now: datetime,
) -> Exception | None:  # fmt: skip
    """Write how the message stands now; returns what keeps it from going, if something does."""
    code = action.participant_id
    state, because, due_at, problem = MessageState.SENDING, None, None, None
    if client:
        already = dispatches.count(tx, code, *day_of(now, reader.zone), besides=key)
        admission = admit(message.step, now, reader.zone, rejoin.policy.message, already, message.useful_until)
        if admission.at is None:
            state, because, problem = MessageState.SKIPPED, admission.because, Skipped(admission.because)
            _call_them(tx, action, message, f"A message to {code} could not go: {admission.because}.", now)
        elif admission.at > now:
            state, because, due_at = MessageState.WAITING, admission.because, admission.at
            problem = Postponed(admission.at, admission.because)
    tried = {"tried_at": now, "counts_at": now} if state is MessageState.SENDING else {}
    dispatches.put(
        tx, key, way.channel, state, now, action_id=action.id, step=message.step.value,
        appointment_id=action.appointment_id, participant_id=code, language=reader.known,
        address=contacts.marks_of(tx, way.channel, way.to)[0], because=because, due_at=due_at, **tried,
    )  # fmt: skip
    return problem


def _nobody_reached(tx: Transaction, action: Row, message: Message, why: str, now: datetime) -> Exception:
    code = action.participant_id
    if why == OPTED_OUT:
        _call_them(tx, action, message, f"{code} wants no messages, and should know something. Please call.", now)
        return Skipped(OPTED_OUT)
    _call_them(tx, action, message, f"{code} should know something, and no message reaches them. Please call.", now)
    return Permanent(f"{code} cannot be reached: {why}; correct the roster, or call them")


def _call_them(tx: Transaction, action: Row, message: Message, because: str, now: datetime) -> None:
    if message.step in MATTERS:
        key = f"call/{action.key}/{message.step.value}"
        tasks.open_once(
            tx, key, "review", "coordinator", action.appointment_id, action.participant_id, because, now
        )  # fmt: skip


def _preferences(tx: Transaction, rejoin: Rejoin, action: Row, key: str, client: bool, now: datetime) -> str:
    if not client:
        return ""
    expires_at = now + rejoin.policy.message.preferences
    codes = (action.appointment_id, action.participant_id)
    token = grants.issue(tx, rejoin, grants.PREFERENCES, key, *codes, expires_at, now)
    return grants.link(rejoin, token, grants.PREFERENCES)


def _hand_over(rejoin: Rejoin, action: Row, message: Message, key: str, admitted: _Admitted) -> str:
    way = admitted.way
    wording = write(message.step, way.channel, admitted.reader, message.values, admitted.preferences)
    if way.channel is Channel.SMS:
        assert rejoin.texts is not None
        mark = str(admitted.dispatch_id)
        return rejoin.texts.send(Text(key, action.participant_id, way.to, wording.body, mark, admitted.tried_at))
    entry = message.calendar
    return rejoin.mailer.send(
        Letter(
            key, action.appointment_id, action.participant_id, way.to, wording.subject, wording.body,
            invitation=entry.text if entry else "", method=entry.method if entry else "REQUEST",
            unsubscribe=admitted.preferences,
        )
    )  # fmt: skip


def _refused(rejoin: Rejoin, action: Row, admitted: _Admitted, refusal: AddressRefused) -> None:
    """Mark an address that does not work, and tell staff once; a number whose owner stopped us is left in peace."""
    now, way, code = rejoin.clock.now(), admitted.way, action.participant_id
    with rejoin.db.begin() as tx:
        dispatches.move(
            tx, admitted.dispatch_id, (MessageState.SENDING,), MessageState.REFUSED, now, because=refusal.code
        )
        if isinstance(refusal, Stopped):
            contacts.stop(tx, way.channel, way.to, True, now)
            contacts.wants(tx, code, way.channel, False, now)
            audit.record(tx, now, "client", "stopped-messages", f"participant/{code}", {"channel": way.channel.value})
        else:
            does_not_work(tx, action.appointment_id, code, way, refusal.code, now)
