"""What happened, in Rejoin's own words: one event read from one delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from operator import attrgetter

import msgspec


class EventKind(StrEnum):
    """What an event says; the mapping from Zoom's names stands in `webhooks/wire_kind.py`."""

    MEETING_STARTED = "meeting-started"
    MEETING_ENDED = "meeting-ended"
    MEETING_DELETED = "meeting-deleted"
    MEETING_RECOVERED = "meeting-recovered"
    """What was deleted stands again."""
    MEETING_CHANGED = "meeting-changed"
    JOINED = "joined"
    LEFT = "left"
    WAITING_BEGAN = "waiting-began"
    WAITING_ENDED = "waiting-ended"
    ADMITTED = "admitted"
    PUT_BACK = "put-back"
    WAITED_FOR_HOST = "waited-for-host"
    STOPPED_WAITING_FOR_HOST = "stopped-waiting-for-host"
    CAME_BEFORE_HOST = "came-before-host"
    BOUND = "bound"
    QUALITY_WARNING = "quality-warning"
    QUALITY_MEASURED = "quality-measured"
    """The quality of a connection was measured, and nothing was wrong with it: whoever has it is in the meeting."""
    FEED_STOPPED = "feed-stopped"
    JOIN_CLICKED = "join-clicked"
    TROUBLE_REPORTED = "trouble-reported"
    PRESENCE_CLAIMED = "presence-claimed"
    NOTICE_GIVEN = "notice-given"
    PLATFORM_INCIDENT = "platform-incident"
    TROUBLE_CONFIRMED = "trouble-confirmed"
    """Tech support resolved a ticket of this person and confirmed the trouble; the next three are the like."""
    PROVIDER_FAULT_FOUND = "provider-fault-found"
    ABSENCE_FOUND = "absence-found"
    NO_FAULT_FOUND = "no-fault-found"
    PRESENCE_REPORTED = "presence-reported"
    """A row of Zoom's report: `at` is when they came, `ended_at` when they went."""
    WAIT_REPORTED = "wait-reported"
    REPORT_COMPLETED = "report-completed"
    """The report of an instance is whole; `at` is the end of the instance."""
    FLOOD_BEGAN = "flood-began"
    """So much was told of strangers in this appointment's meeting that more of it is stored and not read."""
    EQUIPMENT_TOLD = "equipment-told"
    """What a connection runs on: a kind of device, a kind of network. It says nothing about presence."""
    NOTICED = "noticed"
    """Something else was told of somebody: their role changed, they gave feedback, they tried their device."""
    REGISTERED = "registered"
    """Somebody registered for the meeting, or was approved: whose e-mail a registrant id belongs to."""
    UNREGISTERED = "unregistered"
    """Somebody's registration for the meeting was cancelled or denied: their own link opens nothing any more."""
    OTHER = "other"
    """A known event of the account that says nothing about presence; it still proves that the feed was alive."""


OF_THE_RUN = frozenset({EventKind.MEETING_STARTED, EventKind.MEETING_ENDED})
"""What tells that a run of a meeting itself began or ended."""
ARRIVING = frozenset({EventKind.JOINED, EventKind.WAITING_BEGAN, EventKind.WAITED_FOR_HOST, EventKind.CAME_BEFORE_HOST})
"""What somebody who comes is first heard by."""
GOING = frozenset(
    {
        EventKind.LEFT, EventKind.WAITING_ENDED, EventKind.ADMITTED, EventKind.PUT_BACK,
        EventKind.STOPPED_WAITING_FOR_HOST,
    }
)  # fmt: skip
"""What shows that somebody had come before, whether that was heard or not."""
SHOWING = ARRIVING | GOING
"""What shows that somebody is, or was, in a meeting or before its door."""
OF_QUALITY = frozenset({EventKind.QUALITY_WARNING, EventKind.QUALITY_MEASURED})
"""What is told of how well a connection works."""
INSIDE = OF_QUALITY | {EventKind.BOUND}
"""What is told only of who is in the meeting already."""


class Device(StrEnum):
    """What kind of thing somebody joined with; never its name or number."""

    WINDOWS = "windows"
    MAC = "mac"
    LINUX = "linux"
    IOS = "ios"
    ANDROID = "android"
    BROWSER = "browser"
    TELEPHONE = "telephone"
    ROOM_SYSTEM = "room-system"


class Network(StrEnum):
    """What kind of network somebody was on; never its name or address."""

    WIRED = "wired"
    WIFI = "wifi"
    CELLULAR = "cellular"
    DIAL_UP = "dial-up"
    OTHER = "other"


class LeaveReason(StrEnum):
    """Why a connection ended, as far as the reason text tells."""

    ROOM_SWITCH = "room-switch"
    MEETING_OVER = "meeting-over"
    REMOVED = "removed"
    TIME_LIMIT = "time-limit"
    NO_HOST = "no-host"
    """The meeting ended for people because its host did not join."""
    CONNECTION_LOST = "connection-lost"
    """A network error or a failover: the connection broke."""
    CLIENT_CLOSED = "client-closed"
    """The app was closed, killed or lost; also sent to people in breakout rooms when the host ends the meeting."""
    PLAIN = "plain"
    UNKNOWN = "unknown"


NOT_CHOSEN = frozenset(
    {
        LeaveReason.REMOVED, LeaveReason.UNKNOWN,
        LeaveReason.MEETING_OVER, LeaveReason.TIME_LIMIT, LeaveReason.NO_HOST,
    }
)  # fmt: skip
"""Who goes for such a reason was made to go, or nobody knows."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened; aware UTC, and "" for whatever the delivery did not say.

    `at` is when it happened (the object's own time, not when it was sent or arrived); `delivery` is the number by
    which a person finds the delivery again (a line of the replay file, an id of the inbox). One *connection* is
    (`instance`, `connection`); a *stay* survives room switches and renames. Of an incident of the platform `instance`
    is the name: a later word under the same name corrects an earlier one.
    """

    kind: EventKind
    at: datetime
    delivery: int
    received_at: datetime
    account_id: str = ""
    meeting_id: str = ""
    instance: str = ""
    instance_started_at: datetime | None = None
    ended_at: datetime | None = None
    host_id: str = ""
    connection: str = ""
    stay: str = ""
    bound_connection: str = ""
    """What it belongs to: of a bind the other leg, of a breakout room the connection to the meeting."""
    bound_stay: str = ""
    registrant_id: str = ""
    customer_key: str = ""
    zoom_user_id: str = ""
    email: str = ""
    phone: str = ""
    name: str = ""
    reason: LeaveReason | None = None
    appointment_id: str = ""
    participant_id: str = ""
    occurrences: tuple[datetime, ...] = ()
    """Scheduled starts that it is about; of a change those that hold now."""
    moved_from: tuple[datetime, ...] = ()
    """Of a change the scheduled starts that held before."""
    device: Device | None = None
    network: Network | None = None


AT = attrgetter("at")
IN_ORDER = attrgetter("at", "kind", "delivery")
"""The order of events that does not depend on how they arrived."""


def numbers_of(events: Sequence[Event]) -> tuple[int, ...]:
    """The deliveries of some events, each once and in order."""
    if len(events) == 1:
        return (events[0].delivery,)
    if len(events) == 2 and events[0].delivery < events[1].delivery:
        return (events[0].delivery, events[1].delivery)
    return tuple(sorted({e.delivery for e in events}))
