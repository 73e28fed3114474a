"""A time as somebody writes it into a form: day and hour by the clock on their wall."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from plugin.service.refusal import Refused


def entered(text: str, zone: ZoneInfo) -> datetime:
    """A wall-clock time of this zone as UTC; of an hour that comes twice the first. One that the clock skips is
    refused, and so is what is no time: raises Refused with a sentence."""
    try:
        wall = datetime.fromisoformat(text).replace(tzinfo=None)
        at = wall.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("The time you entered could not be read. Please write it as day and time.") from None
    if at.astimezone(zone).replace(tzinfo=None) != wall:
        raise Refused("That time does not exist: the clock changes in that night. Please choose another one.")
    return at


def written(at: datetime | None, zone: ZoneInfo) -> str:
    """The same the other way round, as a field of a form holds it; "" when there is none."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if at else ""
