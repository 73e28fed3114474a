"""Whether an offer may go out without a person: only where the policy says so, and never many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ApprovalLimits:
    """What the policy allows; without causes nothing is approved automatically, which is how it is shipped."""

    automatic_causes: tuple[str, ...] = ()
    automatic_kinds: tuple[str, ...] = ("individual",)
    first_in: timedelta = timedelta(days=30)
    automatic_most: int = 10
    """The daily brake: when so many went out in 24 hours, the others need a person."""


@dataclass(frozen=True, slots=True)
class ApprovalCase:
    """What is known of a proposal: the kind of session, the verdict in the words of the replay contract (None: there
    is none), when the client was made an offer before, and how many went out automatically in the last 24 hours."""

    kind: str
    verdict: Mapping | None
    has_times: bool
    asked_for: bool
    offered_at: datetime | None
    automatic_today: int
    came_back: bool = False
    """It was approved before, and its letter did not go out."""


def automatic(case: ApprovalCase, limits: ApprovalLimits, now: datetime) -> tuple[bool, str]:
    """Whether this proposal goes out without a person, and why, or why not, in one sentence."""
    verdict = case.verdict or {}
    first = case.offered_at is None or now - case.offered_at >= limits.first_in
    days = round(limits.first_in / timedelta(days=1))
    for stands_against, because in (
        (not limits.automatic_causes, "The policy approves nothing automatically."),
        (case.kind not in limits.automatic_kinds, "For this kind of session a person decides."),
        (not verdict.get("final"), "The verdict is not final yet."),
        (verdict.get("cause") not in limits.automatic_causes, "For this cause a person decides."),
        (verdict.get("confidence") == "low", "The verdict is not certain."),
        (not case.has_times, "There are no times to offer."),
        (case.asked_for, "The client asked for something."),
        (case.came_back, "It was approved before, and its letter did not go out."),
        (not first, f"The client was made an offer within the last {days} days."),
        (
            case.automatic_today >= limits.automatic_most,
            f"The daily brake is on: {case.automatic_today} went out automatically in 24 hours.",
        ),
    ):
        if stands_against:
            return False, because
    return True, f"By policy: cause {verdict['cause']}, {case.kind} session, first offer in {days} days."
