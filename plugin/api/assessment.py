"""Verdicts over the API: the results of the replay contract, as they stand now."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from plugin.api.access import needs
from plugin.api.appointment import known_code, no_appointment
from plugin.api.blueprint import api, parts
from plugin.core.action import ActionKind
from plugin.core.appointment import Role
from plugin.core.assessment import Cause, Confidence, Flag, Outcome, Presence
from plugin.core.makeup import MakeupState
from plugin.storage import appointment as appointments
from plugin.storage import assessment as assessments
from plugin.storage import makeup as makeups
from plugin.storage.api_token import Scope


class IntervalTold(BaseModel):
    """A time during which the person was in the meeting or waiting to be let in."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    state: Presence
    from_at: datetime = Field(alias="from")
    to_at: datetime = Field(alias="to")
    inferred: bool = Field(description="One end was not delivered")


class FindingTold(BaseModel):
    """A rule that was asked, and why it hit or missed."""

    rule: str
    hit: bool
    because: str
    events: list[int] = Field(description="Numbers of the deliveries it rests on")


class ActionTold(BaseModel):
    """What follows from the verdict."""

    kind: ActionKind
    hold: bool = Field(description="A coordinator must approve it first")
    because: str
    incident: bool = False
    participants: list[str] = Field([], description="Whom an incident stands for")
    purpose: str | None = Field(None, description="Which message it is: `nudge`, `rejoin` or `missed`")


class AssessmentTold(BaseModel):
    """The verdict on one expected participant; minutes have one decimal, times are UTC."""

    appointment_id: str
    participant_id: str
    role: Role
    outcome: Outcome
    cause: Cause
    flags: list[Flag]
    confidence: Confidence
    final: bool = Field(description="False while a late delivery or report may still change it")
    held_minutes: float
    attended_minutes: float
    waited_minutes: float
    lost_minutes: float
    makeup_minutes: int = Field(0, description="Accepted make-up work in place of it; no part of attended_minutes")
    arrived_at: datetime | None
    joined_at: datetime | None
    left_at: datetime | None
    lost_fraction: float = Field(0.0, description="Fraction of the held time lost for a technical cause, exact")
    intervals: list[IntervalTold]
    findings: list[FindingTold]
    actions: list[ActionTold]
    revision: int = Field(description="Grows when another verdict replaces this one")
    judged_at: datetime
    policy_version: str


class Verdicts(BaseModel):
    """The verdicts on one appointment, in the order of its roster; empty before the first deadline."""

    assessments: list[AssessmentTold]


@api.get("/appointments/<path:appointment_id>/assessments", merge_slashes=False)
@needs(Scope.ASSESSMENTS_READ)
@api.output(Verdicts)
@api.doc(tags=["Verdicts"], operation_id="listAssessments")
def list_assessments(appointment_id: str):
    """Read the verdicts that stand on one appointment, one for each participant."""
    with parts().db.read() as tx:
        appointment = appointments.load(tx, known_code(appointment_id))
        if appointment is None:
            raise no_appointment()
        standing = assessments.current(tx, appointment_id)
        work = [row for row in makeups.of_appointments(tx, [appointment_id]) if row.state == MakeupState.ACCEPTED]
    made_up = {row.participant_id: row.minutes for row in work}
    order = [person.participant_id for person in appointment.participants]
    rows = [standing[code] for code in order if code in standing]
    return Verdicts(
        assessments=[
            AssessmentTold.model_validate(
                row.result
                | {"revision": row.revision, "judged_at": row.judged_at, "policy_version": row.policy_version}
                | {"makeup_minutes": made_up.get(row.participant_id, 0)}
            )
            for row in rows
        ]
    )
