"""The words of a verdict (the replay contract's outcome, cause, flags, confidence) and the verdict itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from plugin.core.appointment import Role

MOST_CITED = 100
"""So many deliveries of other people a finding names; nobody reads more of them."""


class Outcome(StrEnum):
    """Did the person get the session?"""

    ATTENDED = "attended"
    PARTIAL = "partial"
    MISSED = "missed"
    NOT_HELD = "not-held"
    EXCUSED = "excused"
    CANCELLED = "cancelled"
    UNDETERMINED = "undetermined"


class Cause(StrEnum):
    """Whose or what's doing is the time that was lost?"""

    NONE = "none"
    TECHNICAL = "technical"
    ABSENCE = "absence"
    PROVIDER = "provider"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """`high`: positive evidence, nothing against it; `medium`: could be read otherwise; `low`: a person should look."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_MISSED, _ABSENCE = Outcome.MISSED, Cause.ABSENCE
WORSE = {Confidence.HIGH: 0, Confidence.MEDIUM: 1, Confidence.LOW: 2}


def weaker(left: Confidence, right: Confidence) -> Confidence:
    """The one of two that says less."""
    return max(left, right, key=WORSE.__getitem__)


class Flag(StrEnum):
    """What is worth knowing beside the outcome."""

    LATE = "late"
    LEFT_EARLY = "left-early"
    INTERRUPTED = "interrupted"
    DROPPED = "dropped"
    WAITED = "waited"
    NEVER_ADMITTED = "never-admitted"
    REMOVED_BY_HOST = "removed-by-host"
    TRIED_TO_JOIN = "tried-to-join"
    WRONG_MEETING = "wrong-meeting"
    HOST_DROPPED = "host-dropped"
    GROUP_DROP = "group-drop"
    PLATFORM_INCIDENT = "platform-incident"
    TROUBLE_REPORTED = "trouble-reported"
    NOTICE_GIVEN = "notice-given"
    UNIDENTIFIED_GUEST = "unidentified-guest"
    MATCHED_BY_NAME = "matched-by-name"
    AMBIGUOUS_NAME = "ambiguous-name"
    FEED_GAP = "feed-gap"
    INFERRED_END = "inferred-end"
    INFERRED_START = "inferred-start"
    JOINED_BY_PHONE = "joined-by-phone"


class Presence(StrEnum):
    """Where a person was during an interval."""

    PRESENT = "present"
    WAITING = "waiting"


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """An interval of one person's presence, aware UTC; `inferred` when one end was not delivered."""

    state: Presence
    from_at: datetime = msgspec.field(name="from")
    to_at: datetime = msgspec.field(name="to")
    inferred: bool = False


class Finding(msgspec.Struct, frozen=True, gc=False):
    """A rule that was asked: its name, whether it hit, why, and the numbers of the deliveries it rests on."""

    rule: str
    hit: bool
    because: str
    events: tuple[int, ...] = ()


class Assessment(msgspec.Struct, frozen=True, gc=False):
    """The verdict on one expected participant of one appointment, with the replay contract's names when it is written.

    Minutes are clipped to the scheduled time, one decimal. `final` is false while a late delivery or report may
    still change it. `arrived_at`, `joined_at`, `left_at` are aware UTC or None.
    """

    appointment_id: str
    participant_id: str
    role: Role
    outcome: Outcome
    cause: Cause
    flags: tuple[Flag, ...]
    confidence: Confidence
    final: bool
    held_minutes: float
    attended_minutes: float
    waited_minutes: float
    lost_minutes: float
    arrived_at: datetime | None
    joined_at: datetime | None
    left_at: datetime | None
    stretches: tuple[Stretch, ...] = msgspec.field(name="intervals")
    findings: tuple[Finding, ...]
    lost_fraction: float = 0.0
    """Fraction of the held time that was lost for a technical cause, of the exact times and not the rounded minutes."""

    @property
    def is_no_show(self) -> bool:
        """A no-show is `missed` with cause `absence`; nothing else is."""
        return self.outcome is _MISSED and self.cause is _ABSENCE
