"""What Zoom tells of devices and networks: kinds in our words, and nothing that names a thing or a place."""

from __future__ import annotations

import json

import pytest

from plugin.core.event import Device, EventKind, Network
from webhooks.equipment import read_device, read_network
from webhooks.wire import read_event


def told(*data: dict, name: str = "meeting.participant_data"):
    person = {"participant_id": "16778240", "email": "zoe@example.org", "data": list(data)}
    thing = {"uuid": "u1==", "participant": person}
    body = {"event": name, "event_ts": 1795615200000, "payload": {"account_id": "A", "object": thing}}
    return read_event(json.dumps(body).encode(), delivery=1)


@pytest.mark.parametrize(
    ("text", "device"),
    [("WIN", Device.WINDOWS), ("Windows", Device.WINDOWS), ("MAC", Device.MAC), ("iPad", Device.IOS),
     ("iPhone", Device.IOS), ("Android", Device.ANDROID), ("Web", Device.BROWSER), ("Linux", Device.LINUX),
     ("Phone", Device.TELEPHONE), ("H.323/SIP", Device.ROOM_SYSTEM), ("Zoom Rooms", Device.ROOM_SYSTEM), ("", None),
     ("Zoe's toaster", None)],
)  # fmt: skip
def test_device_is_one_of_our_words_or_none(text, device):
    assert read_device(text) is device


@pytest.mark.parametrize(
    ("text", "network"),
    [("Wired", Network.WIRED), ("Wifi", Network.WIFI), ("Cellular", Network.CELLULAR), ("PPP", Network.DIAL_UP),
     ("Others", Network.OTHER), ("", None), ("home of Zoe", None)],
)  # fmt: skip
def test_network_is_one_of_our_words_or_none(text, network):
    assert read_network(text) is network


def test_event_keeps_the_kinds_told_last_and_nothing_else():
    event = told(
        {"device": "WIN", "network_type": "Wired", "pc_name": "Zoe's PC", "location": "Springfield"},
        {"network_type": "Wifi", "mac_addr": "00:00:5E:00:53:00"},
    )
    assert (event.kind, event.device, event.network) == (EventKind.EQUIPMENT_TOLD, Device.WINDOWS, Network.WIFI)
    assert (event.instance, event.connection) == ("u1==", "16778240")
    assert not [word for word in ("Zoe's", "Springfield", "5E") if word in repr(event)]


def test_event_that_tells_no_kind_tells_that_somebody_was_noticed():
    assert told({"device": "toaster"}).kind is EventKind.NOTICED
    assert told().kind is EventKind.NOTICED
