"""What follows from the verdicts of one appointment, by policy; a coordinator holds what changes a person's plans."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from plugin.core import support
from plugin.core.action import Action, ActionKind, Purpose
from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Cause, Confidence, Flag, Outcome
from plugin.core.live import Out
from plugin.core.policy import Policy, Thresholds

_ATTENDED, _LOW, _CLIENT = Outcome.ATTENDED, Confidence.LOW, Role.CLIENT
_NOT_RECEIVED = (Outcome.MISSED, Outcome.NOT_HELD, Outcome.EXCUSED)


def decide(
    appointment: Appointment,
    assessments: Iterable[Assessment],
    policy: Policy,
    now: datetime,
    earlier_no_shows: Mapping[str, int] | None = None,
    in_incident: Collection[str] = (),
    meeting: str = "",
    beside: Collection[Assessment] = (),
) -> tuple[Action, ...]:
    """Decide for everybody of one appointment; the same verdicts give the same actions with the same keys.

    `earlier_no_shows` counts a person's final no-shows before this appointment, as far back as `checkin_within`;
    `in_incident` are the people of the incident that was opened for it; `meeting` is the key of the ticket that it
    shares with the other appointments of its meeting, "" when there are none, and `beside` are the people of those,
    which tickets alone depend on. While the session runs, nothing is decided about somebody who is in it or waiting, or
    who dropped within the grace. Check-ins, reviews and messages wait for the final verdict, but for those messages
    that help only while it runs: a nudge, and the way back.
    """
    assessments = tuple(assessments)
    thresholds = policy.of(appointment.kind)
    actions: list[Action] = []
    out = Out.of(appointment, assessments, thresholds.drop_grace, now)
    others, others_out = (), support.NOBODY_OUT
    if beside:  # most sessions have their meeting to themselves
        codes = {a.participant_id for a in assessments}
        # A clinician may be expected in each of those.
        others = tuple({a.participant_id: a for a in beside if a.participant_id not in codes}.values())
        others_out = Out.of(appointment, others, thresholds.drop_grace, now)
    actions += support.tickets(appointment, assessments, out, now, in_incident, meeting, others, others_out)
    actions += [_rejoin(a) for a in out.cut_off if a.role is _CLIENT]
    for assessment in out.away:
        if _got_it(assessment):
            continue
        actions += _for_one(
            appointment, assessment, thresholds, now, (earlier_no_shows or {}).get(assessment.participant_id, 0)
        )
    return tuple(actions)


def _rejoin(assessment: Assessment) -> Action:
    """The way back in for somebody who was cut off a moment ago."""
    why = "They were cut off and are not safely back yet."
    return Action(
        ActionKind.MESSAGE, assessment.appointment_id, assessment.participant_id, False, why, purpose=Purpose.REJOIN
    )


def _for_one(
    appointment: Appointment, assessment: Assessment, thresholds: Thresholds, now: datetime, earlier: int
) -> list[Action]:
    def action(kind: ActionKind, because: str, hold: bool = False, purpose: Purpose | None = None) -> Action:
        return Action(kind, assessment.appointment_id, assessment.participant_id, hold, because, purpose=purpose)

    actions: list[Action] = []
    why = _why(assessment)
    if assessment.role is _CLIENT:
        if _lost_the_session(assessment, thresholds):
            kind = ActionKind.RESCHEDULE if thresholds.reschedule else ActionKind.MAKEUP
            actions.append(action(kind, why, hold=True))
            if assessment.final:
                actions.append(action(ActionKind.MESSAGE, why, purpose=Purpose.MISSED))
        if _to_nudge(appointment, assessment, thresholds, now):
            actions.append(action(ActionKind.MESSAGE, "Nobody has seen them arrive yet.", purpose=Purpose.NUDGE))
        if assessment.final and assessment.is_no_show and earlier + 1 in thresholds.checkin_at:
            days = thresholds.checkin_within.days
            actions.append(action(ActionKind.CHECKIN, f"This is no-show number {earlier + 1} in {days} days."))
    if assessment.final and (assessment.outcome is Outcome.UNDETERMINED or assessment.confidence is _LOW):
        actions.append(action(ActionKind.REVIEW, why))
    return actions


def _got_it(assessment: Assessment) -> bool:
    """Whether they were seen and had the session beyond doubt, so that nothing follows for them."""
    if assessment.outcome is not _ATTENDED or assessment.confidence is _LOW:
        return False
    return assessment.arrived_at is not None


def _lost_the_session(assessment: Assessment, thresholds: Thresholds) -> bool:
    if assessment.outcome in _NOT_RECEIVED:
        return True
    much = assessment.lost_fraction > thresholds.reschedule_lost_fraction
    return assessment.outcome is Outcome.PARTIAL and assessment.cause is Cause.TECHNICAL and much


def _to_nudge(appointment: Appointment, assessment: Assessment, thresholds: Thresholds, now: datetime) -> bool:
    """Between the nudge and the end of the session, for somebody without a sign and without a notice."""
    due = appointment.starts_at + thresholds.nudge_after <= now < appointment.ends_at
    told = Flag.NOTICE_GIVEN in assessment.flags or assessment.outcome is Outcome.CANCELLED
    return due and assessment.arrived_at is None and not told


def _why(assessment: Assessment) -> str:
    return assessment.findings[0].because if assessment.findings else ""
