"""What is told of a connection itself: how well it works, or which device and network it runs on."""

from __future__ import annotations

from datetime import datetime

from plugin.core.event import Device, EventKind, Network
from webhooks.equipment import read_device, read_network
from webhooks.wire_body import Person, Sample
from webhooks.wire_moment import time_of
from webhooks.wire_text import text_of

NETWORK_WARNINGS = ("network bandwidth low", "internet connection unstable")
_QUALITY_WARNING, _QUALITY_MEASURED = EventKind.QUALITY_WARNING, EventKind.QUALITY_MEASURED


def of_the_connection(
    kind: EventKind, person: Person
) -> tuple[EventKind, datetime | None, Device | None, Network | None]:
    """What is told of a connection: a warning, or that it was measured, and when; or what it runs on.

    When nothing says when, that is None; with nothing of all this it tells no more than that somebody was noticed, and
    of nobody at all only that the feed is alive.
    """
    if kind is _QUALITY_WARNING:
        return _of_the_quality(person)
    device, network = _equipment(person)
    return (kind if device or network else EventKind.NOTICED), None, device, network


def _of_the_quality(person: Person) -> tuple[EventKind, datetime | None, None, None]:
    if not (person.qos and _is_of_somebody(person)):
        return EventKind.OTHER, None, None, None
    warnings = [sample for sample in person.qos if _warns(sample)]
    told = [at for sample in warnings or person.qos if (at := time_of(sample.date_time))]
    return (_QUALITY_WARNING if warnings else _QUALITY_MEASURED), max(told, default=None), None, None


def _is_of_somebody(person: Person) -> bool:
    return any(
        map(text_of, (person.user_id, person.participant_id, person.participant_user_id, person.id, person.email))
    )


def _warns(sample: Sample) -> bool:
    text = text_of(sample.details.network_notification) if sample.details else ""
    return text.casefold() in NETWORK_WARNINGS


def _equipment(person: Person) -> tuple[Device | None, Network | None]:
    """The device and the network told last."""
    device = network = None
    for one in person.data or ():
        device = read_device(text_of(one.device)) or device
        network = read_network(text_of(one.network_type)) or network
    return device, network
