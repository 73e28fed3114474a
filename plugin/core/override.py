"""A decision of a member of staff about one verdict: it outranks every rule, and only staff undo it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from plugin.core.assessment import Assessment, Cause, Confidence, Finding, Outcome

RULE = "decided-by-staff"
POSSIBLE: Mapping[Outcome, tuple[Cause, ...]] = {
    Outcome.ATTENDED: (Cause.NONE,),
    Outcome.PARTIAL: (Cause.TECHNICAL, Cause.PROVIDER, Cause.ABSENCE),
    Outcome.MISSED: (Cause.TECHNICAL, Cause.PROVIDER, Cause.ABSENCE),
    Outcome.NOT_HELD: (Cause.PROVIDER, Cause.TECHNICAL),
    Outcome.EXCUSED: (Cause.ABSENCE,),
    Outcome.UNDETERMINED: (Cause.UNKNOWN,),
}
"""Which cause goes with which outcome; that a session is cancelled is for the roster to say."""


class Override(msgspec.Struct, frozen=True):
    """What was decided about one person of an appointment; who decided it is in the audit log, and why is sealed."""

    participant_id: str
    outcome: Outcome
    cause: Cause
    set_at: datetime


def overruled(assessments: Iterable[Assessment], overrides: Mapping[str, Override]) -> tuple[Assessment, ...]:
    """The verdicts as staff decided them; `overrides` by participant.

    Minutes, intervals and flags stay what was seen, and the first finding says what the rules would have said, so that
    a person can compare the two.
    """
    return tuple([_overruled(one, overrides.get(one.participant_id)) for one in assessments])


def _overruled(assessment: Assessment, override: Override | None) -> Assessment:
    if override is None:
        return assessment
    rules = f"{assessment.outcome.value}, cause {assessment.cause.value}, {assessment.confidence.value} confidence"
    because = f"A member of staff decided this on {override.set_at:%Y-%m-%d at %H:%M} UTC; the rules say: {rules}."
    return msgspec.structs.replace(
        assessment,
        outcome=override.outcome,
        cause=override.cause,
        confidence=Confidence.HIGH,
        final=True,
        findings=(Finding(RULE, True, because), *assessment.findings),
    )
