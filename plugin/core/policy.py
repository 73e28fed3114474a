"""The program's own numbers: every threshold that a rule or a decision uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plugin.core.appointment import Appointment, Kind
from plugin.core.approval import ApprovalLimits
from plugin.core.feed import FeedLimits
from plugin.core.makeup import MakeupLimits
from plugin.core.message import MessageLimits


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The numbers for one kind of session; the comments in `config/policy.toml` say what each is for."""

    attended_fraction: float
    min_held_fraction: float
    min_presence: timedelta
    arrive_grace: timedelta
    nudge_after: timedelta
    no_show_after: timedelta
    drop_grace: timedelta
    incident_grace: timedelta
    early_window: timedelta
    final_after: timedelta
    end_tolerance: timedelta
    short_connection: timedelta
    short_connections: int
    quick_return: timedelta
    group_drop_people: int
    group_drop_window: timedelta
    quality_window: timedelta
    guest_presence: timedelta
    most_guest_events: int
    reschedule_lost_fraction: float
    reschedule: bool
    checkin_at: tuple[int, ...]
    checkin_within: timedelta


@dataclass(frozen=True, slots=True)
class ReportLimits:
    """When the provider is asked who was there, and how often again while its report is not ready."""

    ask: bool = True
    after: timedelta = timedelta(minutes=10)
    retry: timedelta = timedelta(minutes=15)
    tries: int = 6


@dataclass(frozen=True, slots=True)
class RetentionLimits:
    """How long raw deliveries are kept (nothing: for ever), and how often is looked what may go."""

    deliveries: timedelta = timedelta(days=400)
    every: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as loaded: `version` is stored with each verdict, so that it can be recomputed."""

    version: str
    thresholds: dict[Kind, Thresholds] = field(hash=False)
    ignored_names: tuple[str, ...] = ()
    offer_slots: int = 3
    offer_lead: timedelta = timedelta(hours=24)
    offer_horizon: timedelta = timedelta(days=14)
    offer_expires: timedelta = timedelta(days=7)
    offer_hold: timedelta = timedelta(hours=48)
    offer_look: timedelta = timedelta(minutes=30)
    calendar_look: timedelta = timedelta(minutes=15)
    calendar_stale: timedelta = timedelta(minutes=60)
    approval: ApprovalLimits = field(default_factory=ApprovalLimits)
    seats: Mapping[str, int] = field(default_factory=lambda: {"group": 8, "education": 8}, hash=False)
    """For how many clients there is room in a session of a kind, when somebody joins another group."""
    waking_from_hour: int = 8
    waking_until_hour: int = 21
    feed: FeedLimits = field(default_factory=FeedLimits)
    report: ReportLimits = field(default_factory=ReportLimits)
    message: MessageLimits = field(default_factory=MessageLimits)
    makeup: MakeupLimits = field(default_factory=MakeupLimits)
    retention: RetentionLimits = field(default_factory=RetentionLimits)
    text: str = field(default="", repr=False)
    """As it was written; kept with the verdicts, so that one can be recomputed when the file has long changed."""

    def counts_since(self, appointment: Appointment) -> datetime:
        """From when on a session that was missed before this one counts with it."""
        return appointment.starts_at - self.of(appointment.kind).checkin_within

    def of(self, kind: Kind) -> Thresholds:
        """The numbers for this kind of session."""
        return self.thresholds[kind]
