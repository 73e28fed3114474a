"""The tables, the same on SQLite and PostgreSQL; columns that end in `_sealed` hold values of the vault."""

from plugin.storage.tables.access import api_token, audit, staff
from plugin.storage.tables.base import Id, Moment, metadata, oldest_program
from plugin.storage.tables.booking import booking, booking_step
from plugin.storage.tables.correspondence import address, bounce_count, contact, dispatch, grant_, message
from plugin.storage.tables.inbox import blind_interval, delivery, feed_sign
from plugin.storage.tables.makeup import makeup, makeup_item
from plugin.storage.tables.outbox import action, lane, remote, work, worker
from plugin.storage.tables.platform import platform_incident
from plugin.storage.tables.rescheduling import booked_slot, calendar, calendar_busy, offer, seat
from plugin.storage.tables.roster import appointment, bookable_hours, participant
from plugin.storage.tables.support import affected, task, ticket, ticket_note
from plugin.storage.tables.verdict import assessment, override, policy

__all__ = [
    "Id",
    "Moment",
    "action",
    "address",
    "affected",
    "api_token",
    "appointment",
    "assessment",
    "audit",
    "blind_interval",
    "bookable_hours",
    "booked_slot",
    "booking",
    "booking_step",
    "bounce_count",
    "calendar",
    "calendar_busy",
    "contact",
    "delivery",
    "dispatch",
    "feed_sign",
    "grant_",
    "lane",
    "makeup",
    "makeup_item",
    "message",
    "metadata",
    "offer",
    "oldest_program",
    "override",
    "participant",
    "platform_incident",
    "policy",
    "remote",
    "seat",
    "staff",
    "task",
    "ticket",
    "ticket_note",
    "work",
    "worker",
]
