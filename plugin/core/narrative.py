"""A verdict told as a short story: what was seen, in the order in which it happened, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from textwrap import wrap
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from plugin.core.event import Event, EventKind, LeaveReason
from plugin.core.interval import Span
from plugin.core.report import REPORTED
from plugin.core.rules import MISSES
from plugin.core.witness import ELSEWHERE

LATE = timedelta(minutes=4)
"""A delivery that came later than this was repeated by Zoom, or held up."""

_USUAL = frozenset({(miss.rule, miss.because) for miss in MISSES})
_WHAT = {
    EventKind.JOINED: "joined",
    EventKind.LEFT: "left",
    EventKind.WAITING_BEGAN: "waits to be let in",
    EventKind.WAITING_ENDED: "left the waiting room",
    EventKind.ADMITTED: "was let in",
    EventKind.PUT_BACK: "was put back into the waiting room",
    EventKind.WAITED_FOR_HOST: "waits for the host",
    EventKind.STOPPED_WAITING_FOR_HOST: "no longer waits for the host",
    EventKind.CAME_BEFORE_HOST: "came before the host",
    EventKind.PRESENCE_REPORTED: "was there, says Zoom's report",
    EventKind.WAIT_REPORTED: "waited, says Zoom's report",
    EventKind.REPORT_COMPLETED: "the meeting ended, says Zoom's report",
    EventKind.BOUND: "a telephone line was bound to them",
    EventKind.QUALITY_WARNING: "the platform warned of their network",
    EventKind.QUALITY_MEASURED: "was in the meeting: the platform measured their connection",
    EventKind.JOIN_CLICKED: "opened their join link",
    EventKind.TROUBLE_REPORTED: "told us of technical trouble",
    EventKind.PRESENCE_CLAIMED: "told us that they were there",
    EventKind.NOTICE_GIVEN: "gave notice",
    EventKind.NOTICED: "something else was told of them",
    EventKind.REGISTERED: "registered for the meeting at Zoom",
    EventKind.UNREGISTERED: "their registration was cancelled or denied at Zoom",
    EventKind.TROUBLE_CONFIRMED: "tech support confirmed technical trouble",
    EventKind.PROVIDER_FAULT_FOUND: "tech support found that it was the program's doing",
    EventKind.ABSENCE_FOUND: "tech support found that it was absence",
    EventKind.NO_FAULT_FOUND: "tech support found nothing wrong",
    EventKind.MEETING_STARTED: "the meeting began",
    EventKind.MEETING_ENDED: "the meeting ended",
    EventKind.MEETING_CHANGED: "the booking of the meeting was changed at Zoom",
    EventKind.MEETING_DELETED: "the meeting was deleted at Zoom",
    EventKind.MEETING_RECOVERED: "the meeting was brought back at Zoom",
    EventKind.PLATFORM_INCIDENT: "an incident of the platform began",
}
_AFTERWARDS = REPORTED | {EventKind.PLATFORM_INCIDENT}
"""What is told when it is over, and so is not late."""
_PASSING = frozenset({EventKind.JOINED, EventKind.LEFT})
NOBODY_ELSE: Mapping[int, str] = MappingProxyType({})
_WHY = {
    LeaveReason.ROOM_SWITCH: "left for another room of the meeting",
    LeaveReason.MEETING_OVER: "left: the meeting was ended",
    LeaveReason.REMOVED: "was removed by the host",
    LeaveReason.TIME_LIMIT: "left: the time limit of the meeting was reached",
    LeaveReason.NO_HOST: "left: the host of the meeting did not join",
    LeaveReason.CONNECTION_LOST: "was cut off: the connection broke",
    LeaveReason.CLIENT_CLOSED: "was gone: the app was closed or lost",
    LeaveReason.PLAIN: "left",
    LeaveReason.UNKNOWN: "left, for a reason that we cannot read",
}


def _in_order(event: Event) -> tuple:
    # Who goes to another room leaves this one before they join that one, in the same second.
    return event.at, event.reason is not LeaveReason.ROOM_SWITCH, event.kind, event.delivery


def narrate(
    result: dict[str, Any],
    events: Iterable[Event],
    timezone: str,
    source: str = "delivery",
    whose: Mapping[int, str] = NOBODY_ELSE,
    scheduled: Span | None = None,
    whole: bool = False,
) -> Iterator[str]:
    """The lines of the story of one result (as the replay contract has it).

    `events` are those that the result's findings name; `timezone` is the IANA name of the program's zone, UTC when
    blank; `source` is what an event's number counts: deliveries of the inbox, or lines of a file; `whose` says of the
    deliveries that are not of this person of whom they are (`plugin.core.witness`); `scheduled` is from when to when
    the session was to last. Of the rules that found nothing and have nothing of their own to say only the names are
    told, unless it is to be the `whole` story. Names nobody.
    """
    zone = ZoneInfo(timezone or "UTC")
    yield f"{result['appointment_id']} / {result['participant_id']} ({result['role']}), times in {zone.key}"
    if scheduled:
        yield f"Scheduled {_clock(scheduled[0], zone)} to {_clock(scheduled[1], zone)}"
    yield ""
    told = sorted(events, key=_in_order)
    if told:
        yield f"What was seen{_of_whom(result, told, whose)}:"
    else:
        yield "Nothing was seen of this person."
    yield from (_line(event, zone, source, whose.get(event.delivery, "")) for event in told)
    yield ""
    standing = "final" if result["final"] else "provisional, a late delivery may still change it"
    yield f"Verdict: {result['outcome']}, cause {result['cause']}, confidence {result['confidence']} ({standing})"
    reason, *asked = result["findings"]
    yield f"  {reason['because']}"
    if result.get("flags"):
        yield f"  Flags: {', '.join(result['flags'])}."
    yield (
        f"  Held {result['held_minutes']} min; present {result['attended_minutes']}, "
        f"waiting {result['waited_minutes']}, lost to technical trouble {result['lost_minutes']}."
    )
    yield from _asked(asked, source, whole)
    if result["actions"]:
        yield ""
        yield "What follows:"
    for action in result["actions"]:
        yield f"  {action_in_words(action)}: {action['because']}"


def _asked(asked: list[dict[str, Any]], source: str, whole: bool) -> Iterator[str]:
    """What the rules said: the hits, the misses with something of their own to say, and the names of the others."""
    hits = [finding for finding in asked if finding["hit"]]
    misses = [finding for finding in asked if not finding["hit"]]
    usual = [] if whole else [finding["rule"] for finding in misses if _is_usual(finding)]
    told = [finding for finding in misses if finding["rule"] not in usual]
    for title, found in (("What was found", hits), ("What was asked and not found", told)):
        if found:
            yield ""
            yield f"{title}:"
        for finding in found:
            yield f"  {finding['rule']}: {finding['because']}{_rests_on(finding['events'], source)}"
    if usual:
        yield ""
        yield "Asked as well, and nothing found:" if told else "What was asked and not found:"
        names = ", ".join(usual)
        yield from wrap(f"{names}.", 110, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _is_usual(miss: dict[str, Any]) -> bool:
    """Whether a rule says what it says in every case in which it has nothing to look at."""
    return not miss["events"] and (miss["rule"], miss["because"]) in _USUAL


def action_in_words(action: dict[str, Any]) -> str:
    """An action of a result: what it is, and what is special about it."""
    remarks = [action["purpose"]] if action.get("purpose") else []
    remarks += ["held for a coordinator"] if action["hold"] else []
    remarks += ["one for the whole incident"] if action.get("incident") else []
    return f"{action['kind']} ({', '.join(remarks)})" if remarks else action["kind"]


def _of_whom(result: dict[str, Any], told: list[Event], whose: Mapping[int, str]) -> str:
    if result["intervals"] or result.get("arrived_at"):
        return ""
    # Nobody is absent of whom it is known that they were in another meeting: who was there is somebody unidentified.
    of_a_stranger = result["cause"] == "absence" or result["findings"][0]["rule"] == "unidentified-guest"
    if not of_a_stranger and any(whose.get(event.delivery) == ELSEWHERE for event in told):
        return " (of this person only in another meeting)"
    if any(event.participant_id for event in told):
        return " (of this person only what was told us)"
    known = whose is not NOBODY_ELSE
    if known and any(event.kind in _PASSING and event.delivery not in whose for event in told):
        return " (of this person only at another time)"
    if result["outcome"] == "missed":
        return " (of the clinician and the meeting, nothing of this person)"
    return " (nothing that is surely of this person)" if result["outcome"] == "undetermined" else ""


def _line(event: Event, zone: ZoneInfo, source: str, whose: str) -> str:
    what = _WHY[event.reason] if event.reason and _says_why(event) else _WHAT.get(event.kind, str(event.kind))
    what = f"{whose}: {what}" if whose else what
    delay = event.received_at - event.at
    late = f", {round(delay.total_seconds() / 60)} min late" if delay > LATE and event.kind not in _AFTERWARDS else ""
    until = f", until {_clock(event.ended_at, zone)}" if event.ended_at else ""
    return f"  {_clock(event.at, zone)}  {what}{until} ({source} {event.delivery}{late})"


def _says_why(event: Event) -> bool:
    """Whether the reason is one: of the end of a wait only that somebody was removed."""
    return event.kind is EventKind.LEFT or event.reason is LeaveReason.REMOVED


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def _rests_on(numbers: list[int], source: str) -> str:
    if not numbers:
        return ""
    return f" [{source}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}]"
