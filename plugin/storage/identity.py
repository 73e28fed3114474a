"""What makes two deliveries the same one: Zoom's id of the request, or the raw body.

Both keys begin with the moment that the body tells, so what arrives at about the same time stands together in the
unique indexes. Keys in no order would have each delivery write two pages of its own, on the disk as well: twice the
processor time, and most of the log. Zoom's repetitions have the same body, so they tell the same moment.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

# In a text of the body the quotation mark would stand behind a backslash; and whatever is found only orders.
_MOMENT = re.compile(rb'"event_ts"\s*:\s*([0-9]{1,18})')


class Identity(NamedTuple):
    """The two keys of a delivery, as they are stored; the first one is missing when Zoom gave no id."""

    request_id: str | None
    body_hash: bytes


def identify(body: bytes, request_id: str | None) -> Identity:
    """The keys of this delivery: `event_ts.request id`, and event_ts in eight bytes before the SHA-256 of the body.

    A body that tells no moment counts as of moment 0.
    """
    told = _MOMENT.search(body)
    moment = int(told[1]) if told else 0
    key = None if request_id is None else f"{moment}.{request_id}"
    return Identity(key, moment.to_bytes(8, "big") + hashlib.sha256(body).digest())


def request_id_of(stored: str) -> str:
    """Zoom's own id of the request in a stored key."""
    return stored.partition(".")[2]
