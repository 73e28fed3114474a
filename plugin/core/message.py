"""What is written to people: the steps at which a message goes out, and the ways on which it can go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Channel(StrEnum):
    """On which way a message goes."""

    EMAIL = "email"
    SMS = "sms"


class Step(StrEnum):
    """What a message is for; each has its text in every language."""

    NUDGE = "nudge"  # the session runs and nobody saw them yet
    REJOIN = "rejoin"  # they were cut off and it still runs
    MISSED = "missed"  # it is over, and they did not get it
    OFFER = "offer"  # other times to choose from
    MAKEUP = "makeup"  # material in place of a session
    RETURNED = "returned"  # what they handed in should be looked at once more
    INVITATION = "invitation"  # the time they picked, with the way in
    MOVED = "moved"  # that time was changed
    CANCELLED = "cancelled"  # that appointment was called off
    CORRECTION = "correction"  # an earlier message was wrong
    LINK = "link"  # a new link, which they asked for a moment ago
    NOTICE = "notice"  # how to tell us in advance
    BOOKED = "booked"  # to the clinician: somebody picked a time of theirs
    GUEST = "guest"  # to the clinician: somebody comes to a session of theirs from another group


LIVE = frozenset({Step.NUDGE, Step.REJOIN})
"""What calls into a session that runs: worth nothing when it is over."""
ANNOUNCES = frozenset({Step.INVITATION, Step.MOVED})
"""What says when an appointment will be: clients find in it where to tell us in advance that they cannot come."""
AT_ANY_HOUR = LIVE | {Step.LINK}
"""What does not wait for the end of quiet hours: whoever gets it is up, in a session or asking for a link."""


class MessageState(StrEnum):
    """How one message stands on one channel."""

    WAITING = "waiting"  # quiet hours, or enough for one day: until a moment
    SENDING = "sending"  # written down before the channel is asked; after a crash nobody knows whether it went
    SENT = "sent"  # the mail server or the telephone company took it
    DELIVERED = "delivered"  # the telephone network says that it arrived
    REFUSED = "refused"  # the channel will not have it: the address does not work, or its owner stopped us
    SKIPPED = "skipped"  # not sent, for a reason: too late, enough for one day, they want none
    WITHDRAWN = "withdrawn"  # its reason went before it was sent


COUNTED = (MessageState.SENDING, MessageState.SENT, MessageState.DELIVERED)
"""What counts for the daily cap: whatever may have reached them."""


@dataclass(frozen=True, slots=True)
class MessageLimits:
    """When clients are left in peace; hours are in their own zone."""

    quiet_from_hour: int = 21
    quiet_until_hour: int = 8
    daily_cap: int = 6
    preferences: timedelta = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a message may go: `at` is now, a later moment, or None when it may not go at all."""

    at: datetime | None
    because: str = ""


TOO_LATE = "too late"
QUIET_HOURS = "quiet hours"
DAILY_CAP = "enough for one day"


def admit(
    step: Step, now: datetime, zone: str, limits: MessageLimits, already: int, useful_until: datetime | None = None
) -> Admission:
    """Whether a message to a client may go now, later or not at all.

    `already` is how many went to them on this day of theirs; `useful_until` is when it has become worthless.

    1. What is worthless by now is not sent.
    2. Nobody gets more than the daily cap: the rest waits for the next day, if it is worth something then.
    3. In quiet hours it waits for their end. Three things do not wait: what calls into a session that runs at this very
       hour, since the person has an appointment in it and is up; a link that they asked for a moment ago; and what
       would come after the time it is about, since somebody who is not told that an appointment was moved or called off
       comes in vain.
    """
    if useful_until is not None and now >= useful_until:
        return Admission(None, TOO_LATE)
    quiet_until = quiet_hours_end(now, zone, limits)
    if already >= limits.daily_cap:
        later = _after_quiet(next_day(now, zone), zone, limits)
        fits = useful_until is None or later < useful_until
        return Admission(later, DAILY_CAP) if fits and step not in LIVE else Admission(None, DAILY_CAP)
    if quiet_until is None or step in AT_ANY_HOUR or (useful_until is not None and quiet_until >= useful_until):
        return Admission(now)
    return Admission(quiet_until, QUIET_HOURS)


def quiet_hours_end(now: datetime, zone: str, limits: MessageLimits) -> datetime | None:
    """When the quiet hours end that it is in now, aware UTC; None outside of them. Equal hours mean that none are."""
    begin, end = limits.quiet_from_hour, limits.quiet_until_hour
    here = now.astimezone(ZoneInfo(zone))
    over_midnight = begin > end
    quiet = (here.hour >= begin or here.hour < end) if over_midnight else begin <= here.hour < end
    if not quiet:
        return None
    on = here.date() + timedelta(days=1) if over_midnight and here.hour >= begin else here.date()
    return _clock(on, end, zone)


def day_of(now: datetime, zone: str) -> tuple[datetime, datetime]:
    """The begin and the end of this day in a zone, aware UTC; 23 to 25 hours."""
    today = now.astimezone(ZoneInfo(zone)).date()
    return _clock(today, 0, zone), _clock(today + timedelta(days=1), 0, zone)


def next_day(now: datetime, zone: str) -> datetime:
    """When the next day begins in a zone."""
    return day_of(now, zone)[1]


def _after_quiet(at: datetime, zone: str, limits: MessageLimits) -> datetime:
    return quiet_hours_end(at, zone, limits) or at


def _clock(on: date, hour: int, zone: str) -> datetime:
    """This hour of a day in UTC; one that the clocks skip is as far from midnight as it says."""
    moment = datetime.combine(on + timedelta(days=hour // 24), time(hour % 24), ZoneInfo(zone))
    return moment.astimezone(UTC)
