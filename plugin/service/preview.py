"""What messages look like before anybody gets one: with sample data, or as one person would get them now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.appointment import Appointment
from plugin.core.message import ANNOUNCES, Channel, Step, admit, day_of
from plugin.service import reaching
from plugin.service.rejoin import Rejoin
from plugin.service.wording import Reader, Wording, write
from plugin.storage import contact as contacts
from plugin.storage import dispatch as dispatches
from plugin.storage.database import Transaction

TO_STAFF = frozenset({Step.BOOKED, Step.GUEST})


@dataclass(frozen=True, slots=True)
class Preview:
    """One step in the words of one reader, for each channel."""

    step: Step
    to_staff: bool
    mail: Wording
    text: Wording


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a message to one person would go now: the channel, or why none; when, and why not at once."""

    channel: Channel | None
    why: str
    at: datetime | None
    waits_for: str


def previews(rejoin: Rejoin, reader: Reader, starts_at: datetime) -> tuple[Preview, ...]:
    """Every step as this reader would read it, about an appointment at this time; the links lead nowhere."""
    base = rejoin.settings.public_url.rstrip("/")
    values = {
        "starts_at": starts_at,
        "times": [starts_at + timedelta(days=days) for days in (1, 2, 3)],
        "link": f"{base}/a/…",
        "way_in": f"{base}/j/…",
    }

    def one(step: Step) -> Preview:
        to_staff = step in TO_STAFF
        preferences = "" if to_staff else f"{base}/p/…"
        said = values | ({"notice": f"{base}/n/…"} if step in ANNOUNCES else {})
        mail, text = (write(step, channel, reader, said, preferences) for channel in (Channel.EMAIL, Channel.SMS))
        return Preview(step, to_staff, mail, text)

    return tuple(one(step) for step in Step)


def outlook(tx: Transaction, rejoin: Rejoin, appointment: Appointment, participant_id: str, now: datetime) -> Outlook:
    """How a message that is no call into a running session would go to this person of the appointment now.

    KeyError when they are not in it.
    """
    person = appointment.participant(participant_id)
    way, why = reaching.way_for(tx, reaching.ways_to(rejoin, person), person, contacts.wish_of(tx, participant_id))
    zone = reaching.zone_of(appointment, person)
    already = dispatches.count(tx, participant_id, *day_of(now, zone))
    admission = admit(Step.OFFER, now, zone, rejoin.policy.message, already)
    return Outlook(way.channel if way else None, why, admission.at, admission.because)
