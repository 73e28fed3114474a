"""What may stand in one cell of a roster, whether it comes from a file or through the API.

Every check returns the value as the core knows it, or raises ValueError with a sentence. The sentence never repeats
the value: with one comma too many a name stands in any column.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from plugin.core.message import Channel

LONGEST = 500
MOST_ROOM = 1000
"""As many clients as an appointment may have people (`plugin/api/appointment.py`)."""
FIRST_YEAR, LAST_YEAR = 2000, 2099
EXAMPLE = "2026-03-02T09:00:00-05:00"

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")

Word = TypeVar("Word", bound=StrEnum)


@lru_cache(maxsize=4096)
def moment(text: str) -> datetime:
    """A point in time, aware UTC, from ISO 8601 with an offset."""
    try:
        at = datetime.fromisoformat(text.upper())  # some write a small z
    except ValueError:
        raise ValueError(f"is not an ISO 8601 time with an offset, such as {EXAMPLE}") from None
    if at.tzinfo is None:
        raise ValueError(f"has no offset, so it could be any hour; write it like {EXAMPLE}")
    # What Zoom sends is believed within the same years; beyond them there is no room to reckon either.
    if not FIRST_YEAR < at.year < LAST_YEAR:
        raise ValueError(f"is outside the years {FIRST_YEAR + 1} to {LAST_YEAR - 1}")
    return at.astimezone(UTC)


@lru_cache(maxsize=1024)
def zone(text: str) -> str:
    """An IANA time zone by its name; blank stays blank."""
    if text:
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            raise ValueError("is not an IANA time zone, such as America/New_York") from None
    return text


@lru_cache(maxsize=4096)
def meeting_number(text: str) -> str:
    """Zoom's meeting number as digits; spaces and hyphens between them are how Zoom shows it."""
    digits = "".join(text.split()).replace("-", "")
    if digits.isascii() and digits.isdigit() and len(digits) <= 20:
        return digits
    if "e+" in text.lower():
        raise ValueError("was rounded by a spreadsheet (E+…); format the column as text and write the number again")
    raise ValueError("is not a Zoom meeting number, such as 812 3456 7890")


@lru_cache(maxsize=256)
def word(words: type[Word], text: str) -> Word:
    """One of the words that a column knows, upper and lower case aside."""
    try:
        return words(text.lower())
    except ValueError:
        raise ValueError(f"is not one of {', '.join(words)}") from None


def capacity(text: str) -> int | None:
    """How many clients there is room for; blank is None: the policy's room for that kind holds."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 4 and int(text) <= MOST_ROOM:
        return int(text)
    raise ValueError(f"is not a whole number of clients from 0 to {MOST_ROOM}, such as 8")


def language(text: str) -> str:
    """A language by its BCP 47 tag; blank stays blank."""
    if text and not LANGUAGE.fullmatch(text):
        raise ValueError("is not a language tag, such as en, es or es-MX")
    return text


def channel(text: str) -> str:
    """How somebody would rather be written to; blank stays blank."""
    return word(Channel, text).value if text else ""


def link(text: str) -> str:
    """A link into a meeting: https, without spaces; blank stays blank."""
    if text and not (text.startswith("https://") and len(text.split()) == 1 and '"' not in text and ";" not in text):
        raise ValueError("is not a link that begins with https://")
    return text


def plain(text: str) -> str:
    """Text that a person could have written: not too long, without control characters."""
    if len(text) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} characters")
    if not text.isprintable():
        for character in text:
            if "\ud800" <= character <= "\udfff":
                raise ValueError("is not UTF-8; save the file as CSV in UTF-8")
            if unicodedata.category(character) == "Cc":
                raise ValueError(f"holds a control character (U+{ord(character):04X})")
    return text


def code(text: str) -> str:
    """An id: as `plain`, and without invisible characters, with which two ids look the same and are not."""
    plain(text)
    if not text.isprintable():
        odd = next(character for character in text if not character.isprintable())
        raise ValueError(f"holds an invisible character (U+{ord(odd):04X}); write it again by hand")
    return text
