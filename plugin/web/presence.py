"""Where a person is now, in a few words with a mark: what today's board shows beside each name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from plugin.storage.board import Booking, Person
from plugin.web import moment

BROKE_OFF = frozenset({"dropped", "interrupted", "group-drop", "host-dropped", "platform-incident"})


@dataclass(frozen=True, slots=True)
class Presence:
    """A state with its words; `state` chooses the mark (shape and colour), the words say the same."""

    state: str
    words: str
    since: datetime | None = None
    needs_a_look: bool = False


def presence(booking: Booking, person: Person, now: datetime) -> Presence:
    """Where this person is at this moment, as far as the deliveries tell.

    Whoever waits has arrived. After the scheduled end the verdict speaks instead.
    """
    if not booking.stands_for(person):
        return Presence("none", "cancelled")
    result = person.verdict.result if person.verdict else {}
    if now >= booking.ends_at and person.verdict:
        return _verdict(result)
    stretches = result.get("intervals") or []
    if stretches:
        return _seen(stretches, result, person.verdict.judged_at)
    if now < booking.starts_at:
        return Presence("none", "expected")
    tried = {"tried-to-join", "trouble-reported", "wrong-meeting"} & set(result.get("flags", ()))
    if tried:
        return Presence("trouble", "trying to join, has trouble", needs_a_look=True)
    if "notice-given" in result.get("flags", ()):
        return Presence("none", "said they will miss it")
    return Presence("absent", "not seen yet", booking.starts_at, needs_a_look=True)


def _seen(stretches: list[dict], result: dict, judged_at: datetime) -> Presence:
    # A stretch that is still open is drawn up to the moment of judgement, and every delivery is judged at once.
    last = max(stretches, key=lambda s: moment.read(s["to"]))
    since, until = moment.read(last["from"]), moment.read(last["to"])
    if until >= judged_at:
        if last["state"] == "waiting":
            return Presence("waiting", "arrived, waiting to be let in", since, needs_a_look=True)
        return Presence("present", "in the session", since)
    if BROKE_OFF & set(result.get("flags", ())):
        return Presence("trouble", "cut off", until, needs_a_look=True)
    if last["state"] == "waiting":
        return Presence("left", "waited, then left", until, needs_a_look=True)
    return Presence("left", "left", until)


def _verdict(result: dict) -> Presence:
    outcome, cause = result.get("outcome", "undetermined"), result.get("cause", "unknown")
    if outcome in ("attended", "cancelled"):
        return Presence("present" if outcome == "attended" else "none", outcome)
    words = {
        ("partial", "technical"): "there for a part, technical trouble",
        ("partial", "provider"): "there for a part, not their doing",
        ("partial", "absence"): "there for a part",
        ("missed", "absence"): "did not come",
        ("missed", "technical"): "missed it, technical trouble",
        ("missed", "provider"): "missed it, not their doing",
        ("not-held", "provider"): "session was not held",
        ("excused", "absence"): "excused",
    }.get((outcome, cause), "a person should look" if outcome == "undetermined" else outcome.replace("-", " "))
    state = {"technical": "trouble", "absence": "absent", "provider": "left"}.get(cause, "unsure")
    return Presence("none" if outcome == "excused" else state, words, needs_a_look=outcome == "undetermined")
