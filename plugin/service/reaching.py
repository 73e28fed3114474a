"""Reaching people: on which ways somebody can be written to, which of them works, and how they read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import phonenumbers

from plugin.core.appointment import Appointment, Participant
from plugin.core.message import Channel
from plugin.ports.outcome import Permanent
from plugin.service.rejoin import Rejoin
from plugin.service.wording import Reader
from plugin.storage import contact as contacts
from plugin.storage import task as tasks
from plugin.storage.database import Transaction

OPTED_OUT = "they want no messages"
WAYS = {Channel.EMAIL: "e-mail address", Channel.SMS: "telephone number for text messages"}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a person: the channel, and the address, or the number in E.164."""

    channel: Channel
    to: str


def person_of(appointment: Appointment, participant_id: str) -> Participant:
    """The person to write to; raises Permanent when the roster does not have them any more, so that staff see it."""
    try:
        return appointment.participant(participant_id)
    except KeyError:
        raise Permanent(f"{participant_id} is not in the roster of {appointment.appointment_id} any more") from None


def reader_of(appointment: Appointment, person: Participant) -> Reader:
    """How this person reads: their language, and their own zone, else the program's."""
    return Reader(person.language, zone_of(appointment, person))


def zone_of(appointment: Appointment, person: Participant) -> str:
    """The zone in which this person reads times: their own, else the program's."""
    return person.timezone or appointment.timezone


def ways_to(rejoin: Rejoin, person: Participant) -> tuple[Way, ...]:
    """On which ways this person can be written to at all: the roster has an address, and we have a sender."""
    ways = []
    if person.email:
        ways.append(Way(Channel.EMAIL, person.email.strip()))
    if rejoin.texts is not None and (number := phone_number(person.phone, rejoin.settings.phone_region)):
        ways.append(Way(Channel.SMS, number))
    return tuple(ways)


def phone_number(text: str, region: str) -> str:
    """A telephone number in E.164, read as somebody in `region` (ISO 3166) writes it; "" when it is none."""
    try:
        parsed = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return ""
    valid = phonenumbers.is_valid_number(parsed)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164) if valid else ""


def way_for(
    tx: Transaction, ways: tuple[Way, ...], person: Participant, wish: contacts.Wish, refused: Collection[str] = ()
) -> tuple[Way | None, str]:
    """The way that a message goes, or None and why there is none; `refused` are marks of addresses that did not get it.

    Their preferred channel goes first, then mail. Another one takes its place when an address does not work, and never
    because its owner stopped the first: who stops mail did not ask for text messages.
    """
    first = wish.channel or (Channel(person.channel) if person.channel else Channel.EMAIL)
    broken = []
    for way in sorted(ways, key=lambda one: one.channel is not first):
        state = contacts.state_of(tx, way.channel, way.to)
        if state.failure is not None:
            broken.append(f"their {WAYS[way.channel]} does not work ({state.failure})")
        elif way.channel in wish.stopped or state.stopped:
            return None, OPTED_OUT
        elif not set(refused).isdisjoint(contacts.marks_of(tx, way.channel, way.to)):
            broken.append(f"it could not be delivered to their {WAYS[way.channel]}")
        else:
            return way, ""
    return None, " and ".join(broken) or "the roster has no e-mail address of them"


def does_not_work(
    tx: Transaction, appointment_id: str, participant_id: str, way: Way, failure: str, now: datetime
) -> None:
    """An address does not work: nothing more goes there, and a coordinator is asked once to correct it."""
    contacts.fail(tx, way.channel, way.to, failure, now)
    mark = contacts.marks_of(tx, way.channel, way.to)[0]
    ask_for_another(tx, appointment_id, participant_id, way.channel, mark, failure, now)


def ask_for_another(
    tx: Transaction, appointment_id: str, participant_id: str, channel: Channel, mark: str, failure: str, now: datetime
) -> None:
    """Ask a coordinator, once for each address, for one that works."""
    tasks.open_once(
        tx, f"address/{mark}", "review", "coordinator", appointment_id, participant_id,
        f"The {WAYS[channel]} of {participant_id} does not work ({failure}). Please correct it in the roster, or call.",
        now,
    )  # fmt: skip
