"""When must an appointment be looked at again? Only the moments at which time alone may change a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment, Flag, Outcome, Presence
from plugin.core.attempt import JOINING
from plugin.core.interval import Span, clip, intersect, length, union
from plugin.core.live import returned_at
from plugin.core.policy import Policy

_SECOND = timedelta(seconds=1)


def deadlines(appointment: Appointment, policy: Policy) -> tuple[datetime, ...]:
    """The fixed moments: arrival nudge, no-show time, scheduled end, and finality if no instance ran longer."""
    numbers = policy.of(appointment.kind)
    return tuple(
        sorted(
            {
                appointment.starts_at + numbers.nudge_after,
                appointment.starts_at + numbers.no_show_after,
                appointment.ends_at,
                appointment.ends_at + numbers.final_after,
            }
        )
    )


def next_look(
    appointment: Appointment, assessments: Iterable[Assessment], policy: Policy, now: datetime,
    final_at: datetime | None = None,
) -> datetime | None:  # fmt: skip
    """The next moment to judge again by time alone, strictly after `now`; None when everything is final.

    `final_at` is from when on it is final, as far as that is known by now.
    """
    assessments = tuple(assessments)
    numbers = policy.of(appointment.kind)
    moments = [at for at in deadlines(appointment, policy) if at > now]
    held = clip(union(_present(assessments, Role.CLINICIAN)), appointment.starts_at, min(now, appointment.ends_at))
    going_on = bool(held) and held[-1][1] == now < appointment.ends_at
    for assessment in assessments:
        # A drop becomes a ticket once it has lasted; whoever is still there dropped nowhere.
        if assessment.left_at and now < appointment.ends_at:
            moments += [at for at in (assessment.left_at + numbers.drop_grace,) if at > now]
        # Who left while it goes on had most of it until then: the longer they are away, the less that is.
        most = numbers.attended_fraction
        left_at = assessment.left_at
        if most and going_on and assessment.outcome is Outcome.ATTENDED and left_at and left_at <= now:
            less = length(intersect(held, union(_present([assessment])))) / most - length(held)
            moments.append(now + max(less + _SECOND, numbers.drop_grace))
        # Who stopped waiting may be on the way inside, and who is not by then is not.
        waits = [s.to_at + numbers.drop_grace for s in assessment.stretches if s.state is Presence.WAITING]
        if waits and now < appointment.ends_at:
            moments += [at for at in waits if now < at < now + numbers.drop_grace]
        # Who opened the link may be joining, and who is not there by then is kept out.
        joining = Flag.TRIED_TO_JOIN in assessment.flags and assessment.findings[0].rule == "too-early"
        if joining and appointment.starts_at + numbers.no_show_after <= now < appointment.ends_at:
            moments.append(now + JOINING)
        # … and whoever is back stays back, before the ticket goes.
        returned = returned_at(assessment, numbers.drop_grace)
        if returned and now < appointment.ends_at:
            moments += [at for at in (returned + numbers.drop_grace,) if at > now]
        # Nobody is missing yet when a late clinician comes.
        if assessment.role is Role.CLINICIAN and now < appointment.ends_at:
            came = [s.from_at + numbers.arrive_grace for s in assessment.stretches if s.state is Presence.PRESENT]
            moments += [at for at in came if at > max(now, appointment.starts_at + numbers.no_show_after)]
    if final_at is not None and final_at > now and not all(a.final for a in assessments):
        # A run that is not over may go on for hours, and whatever is heard of it brings a look of its own.
        moments.append(final_at)
    return min(moments, default=None)


def _present(assessments: Iterable[Assessment], role: Role | None = None) -> list[Span]:
    """When they were in the meeting, those of one role, or all."""
    mine = [one for one in assessments if role is None or one.role is role]
    return [(s.from_at, s.to_at) for one in mine for s in one.stretches if s.state is Presence.PRESENT]
