"""What is told of a connection itself: that its network was bad, or which device and network it runs on."""

from __future__ import annotations

from datetime import datetime

from plugin.core.event import Device, EventKind, Network
from webhooks.equipment import read_device, read_network
from webhooks.wire_body import Person
from webhooks.wire_moment import time_of
from webhooks.wire_text import text_of

NETWORK_WARNINGS = ("network bandwidth low", "internet connection unstable")
_QUALITY_WARNING = EventKind.QUALITY_WARNING


def of_the_connection(
    kind: EventKind, person: Person
) -> tuple[EventKind, datetime | None, Device | None, Network | None]:
    """What is told of a connection: a warning and when it came, or what it runs on; with neither it tells nothing."""
    if kind is _QUALITY_WARNING:
        at = _last_warning(person)
        return (kind if at else EventKind.OTHER), at, None, None
    device, network = _equipment(person)
    return (kind if device or network else EventKind.OTHER), None, device, network


def _last_warning(person: Person) -> datetime | None:
    latest = None
    for sample in person.qos or ():
        text = text_of(sample.details.network_notification) if sample.details else ""
        if text.casefold() in NETWORK_WARNINGS:
            at = time_of(sample.date_time)
            latest = max(filter(None, (latest, at)), default=None)
    return latest


def _equipment(person: Person) -> tuple[Device | None, Network | None]:
    """The device and the network told last."""
    device = network = None
    for one in person.data or ():
        device = read_device(text_of(one.device)) or device
        network = read_network(text_of(one.network_type)) or network
    return device, network
