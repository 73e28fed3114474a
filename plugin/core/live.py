"""While the session runs: who is cut off right now, and from when on somebody is back for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from plugin.core.appointment import Appointment
from plugin.core.assessment import Assessment, Flag, Outcome, Presence, Stretch


class Out(msgspec.Struct, frozen=True):
    """Who is out of a session: `away` are those not in it, `cut_off` those of them whom a drop keeps out.

    While it runs, `there_since` is the moment from which on somebody seen counts as there; once it is over it is None,
    and everybody is away.
    """

    away: tuple[Assessment, ...]
    cut_off: tuple[Assessment, ...] = ()
    there_since: datetime | None = None

    @classmethod
    def of(cls, appointment: Appointment, assessments: Iterable[Assessment], grace: timedelta, now: datetime) -> Out:
        """Who of these people is out of it at this moment; nobody is cut off from what was called off for them."""
        assessments = tuple(assessments)
        if now >= appointment.ends_at:
            return cls(assessments)
        since = now - grace
        expected = [a for a in assessments if a.outcome is not Outcome.CANCELLED]
        cut_off = tuple([a for a in expected if is_cut_off(a, now, grace)])
        away = tuple([a for a in assessments if a in cut_off or not is_there(a, since)])
        return cls(away, cut_off, since)


def is_there(assessment: Assessment, since: datetime) -> bool:
    """Whether somebody was in the session or waiting within the grace: they may be just coming back."""
    return any(s.to_at > since for s in assessment.stretches)


def is_cut_off(assessment: Assessment, now: datetime, grace: timedelta) -> bool:
    """Whether they dropped out for as long as the grace and are not back, or not yet back for as long as the grace."""
    # Who came back only to wait is in as little as who did not come back, once they wait no more.
    waited = any(stretch.state is Presence.WAITING for stretch in assessment.stretches[-1:])
    if Flag.DROPPED in assessment.flags or (waited and Flag.INTERRUPTED in assessment.flags):
        return not is_there(assessment, now - grace)
    returned = returned_at(assessment, grace)
    if returned is None:
        return False
    # Who went again so soon was not back for good.
    return now < returned + grace or _present(assessment)[-1].to_at < returned + grace


def returned_at(assessment: Assessment, grace: timedelta) -> datetime | None:
    """When they came back from their last drop, if that drop was as long as the grace; None otherwise."""
    present = _present(assessment)
    if Flag.INTERRUPTED not in assessment.flags or len(present) < 2:
        return None
    before, back = present[-2:]
    return back.from_at if back.from_at - before.to_at >= grace else None


def _present(assessment: Assessment) -> list[Stretch]:
    return [s for s in assessment.stretches if s.state is Presence.PRESENT]
