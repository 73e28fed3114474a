"""An assessment as a result of the replay contract: the one shape that replay, API, pages and database share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from plugin.core.action import Action
from plugin.core.assessment import Assessment


def as_result(assessment: Assessment, actions: Iterable[Action] = ()) -> dict:
    """The contract's result with the actions of this person; times as ISO 8601 UTC, nothing personal."""
    return {
        "appointment_id": assessment.appointment_id,
        "participant_id": assessment.participant_id,
        "role": assessment.role.value,
        "outcome": assessment.outcome.value,
        "cause": assessment.cause.value,
        "flags": [flag.value for flag in assessment.flags],
        "confidence": assessment.confidence.value,
        "final": assessment.final,
        "held_minutes": assessment.held_minutes,
        "attended_minutes": assessment.attended_minutes,
        "waited_minutes": assessment.waited_minutes,
        "lost_minutes": assessment.lost_minutes,
        "arrived_at": _iso(assessment.arrived_at),
        "joined_at": _iso(assessment.joined_at),
        "left_at": _iso(assessment.left_at),
        "intervals": [
            {"state": s.state.value, "from": _iso(s.from_at), "to": _iso(s.to_at), "inferred": s.inferred}
            for s in assessment.stretches
        ],
        "findings": [
            {"rule": f.rule, "hit": f.hit, "because": f.because, "events": list(f.events)} for f in assessment.findings
        ],
        "actions": [_action(action) for action in actions if action.participant_id == assessment.participant_id],
    }


def _action(action: Action) -> dict:
    told: dict = {"kind": action.kind.value, "hold": action.hold, "because": action.because}
    if action.incident:
        told |= {"incident": True, "participants": list(action.participants)}
    if action.purpose:
        told["purpose"] = action.purpose.value
    return told


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
