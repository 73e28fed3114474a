"""What Zoom calls devices and networks, in our words; whatever else it tells of them is left where it is.

Source: Zoom, Quality of Service Subscription, `meeting.participant_data` and `meeting.participant_data_summary`.
"""

from __future__ import annotations

from plugin.core.event import Device, Network

# A part of Zoom's text, case aside -> our word; the first that fits.
_DEVICES = (
    ("web", Device.BROWSER),
    ("chrome", Device.BROWSER),
    ("win", Device.WINDOWS),
    ("mac", Device.MAC),
    ("ipad", Device.IOS),
    ("iphone", Device.IOS),
    ("ios", Device.IOS),
    ("android", Device.ANDROID),
    ("linux", Device.LINUX),
    ("phone", Device.TELEPHONE),
    ("h.323", Device.ROOM_SYSTEM),
    ("h323", Device.ROOM_SYSTEM),
    ("sip", Device.ROOM_SYSTEM),
    ("room", Device.ROOM_SYSTEM),
)
_NETWORKS = {
    "wired": Network.WIRED,
    "wifi": Network.WIFI,
    "wi-fi": Network.WIFI,
    "cellular": Network.CELLULAR,
    "ppp": Network.DIAL_UP,
    "others": Network.OTHER,
}


def read_device(text: str) -> Device | None:
    """The kind of device, None when the text says none that we know."""
    told = text.casefold()
    return next((device for part, device in _DEVICES if part in told), None)


def read_network(text: str) -> Network | None:
    """The kind of network, None when the text says none that we know."""
    return _NETWORKS.get(text.casefold())
