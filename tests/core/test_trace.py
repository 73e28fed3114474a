"""What a ticket knows of how somebody was there: only what had arrived by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.event import Device, Event, EventKind, LeaveReason
from plugin.core.trace import traces

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
APPOINTMENT = Appointment(
    "A1", Kind.INDIVIDUAL, TEN, TEN + 50 * MINUTE, "9", (Participant("C1", Role.CLIENT, registrant_id="r-1"),)
)


@pytest.mark.parametrize(("received", "device"), [(1, Device.IOS), (2, Device.IOS), (3, None)])
def test_device_is_told_once_it_was_heard_of(received, device):
    told = {"meeting_id": "9", "instance": "u", "connection": "7"}
    arrived = TEN + received * MINUTE
    events = (
        Event(EventKind.JOINED, TEN, 1, TEN, stay="s", registrant_id="r-1", **told),
        Event(EventKind.EQUIPMENT_TOLD, TEN + MINUTE, 2, arrived, device=Device.IOS, **told),
    )
    assert traces(APPOINTMENT, events, load_policy(), TEN + 2 * MINUTE)["C1"].device is device


@pytest.mark.parametrize(("seconds", "short"), [(59, 1), (60, 0), (61, 0)])
def test_short_connections_are_counted(seconds, short):
    told = {"meeting_id": "9", "instance": "u", "connection": "7", "stay": "s", "registrant_id": "r-1"}
    gone = TEN + timedelta(seconds=seconds)
    events = (
        Event(EventKind.JOINED, TEN, 1, TEN, **told),
        Event(EventKind.LEFT, gone, 2, gone, reason=LeaveReason.PLAIN, **told),
    )
    trace = traces(APPOINTMENT, events, load_policy(), TEN + 5 * MINUTE)["C1"]
    assert (trace.connections, trace.short) == (1, short)


@pytest.mark.parametrize(("host_came", "waits"), [(False, True), (True, False)])
def test_who_waited_for_the_host_waits_no_more_once_the_meeting_runs(host_came, waits):
    """As the verdict has it: nobody waits for a host who is there."""
    told = {"meeting_id": "9", "instance": "u"}
    came = TEN + 3 * MINUTE
    events = [Event(EventKind.WAITED_FOR_HOST, TEN, 1, TEN, registrant_id="r-1", **told)]
    if host_came:
        events.append(Event(EventKind.MEETING_STARTED, came, 2, came, instance_started_at=came, **told))
        events.append(Event(EventKind.JOINED, came, 3, came, connection="1", stay="h", name="Dana", **told))
    assert traces(APPOINTMENT, events, load_policy(), came + 5 * MINUTE)["C1"].waiting_now is waits
