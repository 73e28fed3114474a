"""A body in which a single field has a shape that it should not have: that field is nothing, the rest is read.

A delivery that is passed over because somebody's telephone number came as a list would make an absence of a presence.
"""

from __future__ import annotations

import re

import msgspec

from webhooks.wire_body import Body

MOST_FIELDS = 40
"""More wrong fields than a body has that are read; it ends the search in what is made to be slow to read."""
_WHO = "payload.object.participant"
_FRAME = frozenset({"", "event", "payload", "payload.object"})
"""Without these it is no event of a meeting."""
_BOM = b"\xef\xbb\xbf"
_ZERO = b"\\u0000"
_ZEROS = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def storable(body: bytes) -> bytes:
    """The same JSON without a byte order mark, and with "?" for the character zero.

    PostgreSQL keeps no zero in a text: a single one would stop the reader of the inbox, and so every judgement.
    """
    text = body.removeprefix(_BOM)
    return _ZEROS.sub(rb"\1?", text) if _ZERO in text else text


def _broken_field(error: msgspec.ValidationError) -> str:
    """Which field cannot be read, such as payload.account_id; "" when without it this is no event of a meeting."""
    _, found, where = str(error).rpartition(" - at ")
    where = where.strip("`").partition("[")[0].removeprefix("$").removeprefix(".")
    return where if found and where not in _FRAME else ""


def mended(told: object) -> tuple[Body, bool]:
    """A body from what its JSON says, without the fields that cannot be read; whole numbers written as 1.0 are read.

    Also whether whom it tells of was among them: then it tells of somebody, as when that is missing. Raises
    msgspec.ValidationError when it is no body even so.
    """
    nobody = False
    for _ in range(MOST_FIELDS):
        try:
            return msgspec.convert(told, Body), nobody
        except msgspec.ValidationError as error:
            field = _broken_field(error)
            if not field or not _mend(told, field.split(".")):
                raise
            nobody = nobody or field == _WHO
    return msgspec.convert(told, Body), nobody


def _mend(told: object, path: list[str]) -> bool:
    """Take out what stands at a path, or write it as a whole number if it is one."""
    for name in path[:-1]:
        told = told.get(name) if isinstance(told, dict) else None
    if not isinstance(told, dict) or path[-1] not in told:
        return False
    value = told[path[-1]]
    if isinstance(value, float) and value.is_integer():
        told[path[-1]] = int(value)
    else:
        del told[path[-1]]
    return True
