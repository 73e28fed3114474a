"""The parts that every use case gets, built once at the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from config.settings import Settings
from plugin.core.policy import Policy
from plugin.ports.calendars import Calendars
from plugin.ports.clock import Clock
from plugin.ports.delivery_log import DeliveryLog
from plugin.ports.helpdesk import Helpdesk
from plugin.ports.mail import Mailer
from plugin.ports.meeting import MeetingProvider
from plugin.ports.queue import WorkQueue
from plugin.ports.report import MeetingReports
from plugin.ports.text import TextSender
from plugin.storage.database import Database


@dataclass(frozen=True)
class Rejoin:
    """One running Rejoin: what is configured, where things are kept, who does due work, and whom it talks to."""

    settings: Settings
    policy: Policy
    db: Database
    queue: WorkQueue
    clock: Clock
    helpdesk: Helpdesk
    mailer: Mailer
    meetings: MeetingProvider
    delivery_log: DeliveryLog | None = None
    reports: MeetingReports | None = None
    texts: TextSender | None = None
    calendars: Calendars | None = None
