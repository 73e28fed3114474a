"""While the session runs: who is cut off right now, and from when on somebody is back for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from plugin.core.assessment import Assessment, Flag, Presence, Stretch


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
