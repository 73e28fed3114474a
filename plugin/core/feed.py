"""The feed: what is known of it at one moment, and the times in which it could not be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class BlindCause(StrEnum):
    """Why we may have heard nothing."""

    SILENCE = "silence"  # nothing heard for scheduled meetings
    SIGNATURE = "signature"  # what comes cannot be proven, time after time
    CLOCK = "clock"  # our clock and Zoom's are too far apart
    VALIDATION = "validation"  # Zoom's validation of our address failed too often: it stops sending
    DEAUTHORIZED = "deauthorized"  # the app was removed from the account


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """The numbers by which the feed is judged; the comments in `config/policy.toml` say what each is for."""

    check: timedelta = timedelta(seconds=60)
    silence: timedelta = timedelta(minutes=10)
    silence_meetings: int = 2
    signature_failures: int = 5
    signature_span: timedelta = timedelta(minutes=5)
    skew: timedelta = timedelta(seconds=120)
    skew_deliveries: int = 3
    skew_window: timedelta = timedelta(minutes=10)
    validations_warn: int = 2
    validations_failed: int = 6
    validation_due: timedelta = timedelta(hours=84)
    settle: timedelta = timedelta(seconds=60)
    retry_reach: timedelta = timedelta(minutes=85)
    retry_gap: timedelta = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Expectation:
    """A scheduled meeting of which something should be heard; `heard_at` is when the first of it arrived, if it did."""

    starts_at: datetime
    ends_at: datetime
    heard_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """Failures in a row, with nothing good in between; all None and 0 when there was none."""

    times: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Skew:
    """How far our clock is ahead of the times that Zoom signed (negative: behind), and what that rests on.

    Of several deliveries the smallest distance counts: a late one can only make it look larger.
    """

    ahead: timedelta
    deliveries: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class FeedSigns:
    """What is known of the feed at one moment. Times are those of arrival here; only proven deliveries count as heard.

    `resumed_at` says for each interval that stands open when something was heard first after it began. `woke` is set
    when nobody looked for a while: when something was heard last before that, and first after it. So are `away`, if
    nothing arrived for long enough after the last look (until when, None if nothing has yet), and `missed`: what began
    and ended meanwhile, or was over before anybody looked.
    """

    last_heard_at: datetime | None = None
    expected: tuple[Expectation, ...] = ()
    forged: Failures = Failures()
    refused_validations: Failures = Failures()
    validated_at: datetime | None = None
    skew: Skew | None = None
    deauthorized_at: datetime | None = None
    heard_after_deauthorization_at: datetime | None = None
    resumed_at: Mapping[BlindCause, datetime] = field(default_factory=dict)
    woke: tuple[datetime | None, datetime] | None = None
    away: tuple[datetime, datetime | None] | None = None
    missed: Mapping[BlindCause, tuple[datetime, datetime]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BlindInterval:
    """A time in which we may have missed something; `to_at` is None while it goes on. `why` is for people."""

    cause: BlindCause
    from_at: datetime
    to_at: datetime | None
    why: str
