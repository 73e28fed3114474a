"""A verdict before it becomes an assessment, and the reasons that can decide one."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from plugin.core.assessment import Cause, Confidence, Flag, Outcome

REASONS: dict[str, str] = {
    # In the order in which they are asked: the session first, then the person.
    "cancelled": "The roster says that it was cancelled, or its meeting was deleted before the start.",
    "too-early": "It is too early to say: it has not begun, or people may just be arriving.",
    "nothing-heard": "Nothing at all was heard of this meeting.",
    "feed-gap": "The feed was not proven alive at the time, so silence proves nothing.",
    "sight-lost": "Somebody joined, and no end of it was ever delivered.",
    "not-held": "No clinician was there for enough of the scheduled time.",
    "attended": "They were present for enough of the time that a clinician held the session.",
    "partial": "They were present, but for too little of the time that a clinician held the session.",
    "ambiguous-name": "Somebody showed a name that several expected people have.",
    "unidentified-guest": "Somebody unidentified was there, or waited for its host elsewhere: perhaps who is missing.",
    "presence-claimed": "They say that they were there, and we did not see them.",
    "sign-of-the-person": "There was a sign of them, too short or too late to tell what happened.",
    "session-before": "They were cut off from their session before, kept out of it, or kept in it.",
    "unregistered": "Their registration was cancelled or denied at Zoom, and they may know that, or could not get in.",
    "moved": "It was moved to another time at Zoom before it began, and they may know that.",
    "held-otherwise": "A clinician and a client met before it, or in another meeting then: perhaps it was held so.",
    "platform-incident": "An incident of the platform may have kept them out; most of the session was held without it.",
    "excused": "They were not in the session, and notice was given before the start.",
    "missed": "The session was held, the feed was alive, and they were not in it.",
}
"""What can decide a verdict, in the words that staff read; the first finding of an assessment names one of these."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """Outcome, cause and confidence with the reason (a key of `REASONS`) that decided."""

    outcome: Outcome
    cause: Cause
    confidence: Confidence
    rule: str
    because: str
    flags: tuple[Flag, ...] = ()
    events: tuple[int, ...] = ()
    """The deliveries that it rests on beside those of the person."""


def unknown(rule: str, because: str, *flags: Flag, events: Iterable[int] = ()) -> Verdict:
    """The evidence does not allow another verdict: a person should look."""
    told = tuple(sorted(set(events)))
    return Verdict(Outcome.UNDETERMINED, Cause.UNKNOWN, Confidence.LOW, rule, because, flags, told)


def not_sure(doubts: Iterable[str]) -> str:
    """What speaks against a verdict, as one more sentence about it; "" when nothing does."""
    told = ", and ".join(doubts)
    return f" It is not certain: {told}." if told else ""
