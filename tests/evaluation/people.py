"""Small truths and verdicts by hand; the codes are invented, and nobody has a name."""

from __future__ import annotations

from itertools import count

import msgspec

from plugin.core.action import ActionKind
from plugin.core.appointment import Role
from plugin.core.assessment import Cause, Confidence, Outcome
from plugin.evaluation.figures import Figures, measure
from plugin.evaluation.participation import Pairing, Participation, pair
from plugin.evaluation.record import Step, Truth, Verdict

_numbers = count(1)
REVIEW = (Step(ActionKind.REVIEW),)


def was(outcome: str, cause: str = "none", minutes: float = 0.0, **more) -> Truth:
    """What happened to somebody new, in an appointment of 50 minutes; nothing was blind, both ends were delivered."""
    plain = Truth(
        appointment_id=f"A-{next(_numbers):05}", participant_id="C-1", role=Role.CLIENT, kind="individual",
        outcome=Outcome(outcome), cause=Cause(cause), no_show=(outcome, cause) == ("missed", "absence"),
        held_minutes=50.0, attended_minutes=minutes, trace=cause == "technical", blind=False, identifiable=True,
        both_ends=True,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **more)


def judged(truth: Truth, **more) -> Verdict:
    """The verdict that says what is so, at high confidence, but for what is given."""
    words = {"outcome": Outcome, "cause": Cause, "confidence": Confidence}
    more = {name: words[name](value) if name in words else value for name, value in more.items()}
    right = Verdict(
        appointment_id=truth.appointment_id, participant_id=truth.participant_id, outcome=truth.outcome,
        cause=truth.cause, confidence=Confidence.HIGH, held_minutes=truth.held_minutes,
        attended_minutes=truth.attended_minutes,
    )  # fmt: skip
    return msgspec.structs.replace(right, **more)


def open_verdict(truth: Truth) -> Verdict:
    """The verdict that leaves it to a person."""
    return judged(truth, outcome="undetermined", cause="unknown", confidence="low", actions=REVIEW)


def no_show(truth: Truth, confidence: str = "high") -> Verdict:
    """The verdict that the person just did not come."""
    return judged(truth, outcome="missed", cause="absence", confidence=confidence, attended_minutes=0.0)


def pairing(*both: tuple[Truth, Verdict]) -> Pairing:
    """Truths beside their verdicts."""
    return pair({t.key: t for t, _ in both}, {v.key: v for _, v in both})


def figures(*both: tuple[Truth, Verdict]) -> Figures:
    """What an evaluation of these measures."""
    return measure(pairing(*both))


def participation(truth: Truth, verdict: Verdict) -> Participation:
    """One of them."""
    return Participation(truth, verdict)
