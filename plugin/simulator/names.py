"""Invented people: given and family names to be put together, nicknames, bots, and ids in Zoom's shapes."""

from __future__ import annotations

import base64
import uuid
from random import Random

GIVEN = (
    "Ada", "Bela", "Caro", "Dario", "Edda", "Farid", "Greta", "Hanno", "Imke", "Joris", "Kaya", "Levin", "Mila", "Nuri",
    "Orla", "Pavel", "Quinn", "Runa", "Sami", "Tove", "Ulla", "Vito", "Wanda", "Xenia", "Yara", "Zoltán", "Éloïse",
    "Jörn",
)  # fmt: skip
_PLACES = (
    "Ash", "Birk", "Cor", "Dun", "El", "Fen", "Gar", "Hol", "Iver", "Jess", "Kest", "Lark", "Mar", "North", "Oak",
    "Pen", "Quill", "Raven", "Stan", "Thorn", "Under", "Vesp", "Wex", "Yar", "Zell", "Łow", "O'T", "Ñan",
)  # fmt: skip
_ENDS = (
    "down", "vale", "wick", "mere", "stow", "brook", "row", "lis", "moor", "op", "rel", "kin", "lowe", "gate", "hurst",
    "rose", "ley", "sby", "more", "bury", "hill", "er", "combe",
)  # fmt: skip
NICKNAMES = ("iPhone", "sunflower22", "me", "Galaxy Tab", "J.", "laptop of Mum", "🙂")
BOTS = ("Otter.ai", "Fireflies.ai Notetaker", "Read.ai meeting notes", "Fathom Notetaker", "tl;dv recorder")
UNLISTED_BOTS = ("Scribbly", "Minutes for you")
STRANGERS = ("interpreter 41", "Aunt Rosa", "visiting supervisor", "tablet kitchen")


def full_name(number: int) -> str:
    """A name for a number: the same for the same number, and some eighteen thousand numbers share none."""
    rest, given = divmod(number, len(GIVEN))
    end, place = divmod(rest, len(_PLACES))
    return f"{GIVEN[given]} {_PLACES[(place + 5 * given) % len(_PLACES)]}{_ENDS[(end + given) % len(_ENDS)]}"


def email(name: str, number: int) -> str:
    """An address that cannot exist."""
    plain = "".join(c for c in name.lower() if c.isascii() and c.isalpha())
    return f"{plain}{number}@example.org"


def phone(number: int) -> str:
    """A telephone number out of those kept for fiction."""
    return f"+1{212 + number % 700}555{100 + number // 700 % 100:04d}"


def zoom_id(rng: Random) -> str:
    """A Zoom user or registrant id: 22 letters and digits."""
    return base64.urlsafe_b64encode(rng.randbytes(16)).decode().rstrip("=")


def instance_uuid(rng: Random) -> str:
    """A meeting instance's uuid: 16 bytes in base64, slashes and plus signs included."""
    return base64.b64encode(rng.randbytes(16)).decode()


def stay_uuid(rng: Random) -> str:
    """A participant_uuid: an uppercase UUID."""
    return str(uuid.UUID(bytes=rng.randbytes(16), version=4)).upper()


def request_id(rng: Random) -> str:
    """An x-zm-request-id as Zoom writes it."""
    text = rng.randbytes(16).hex()
    return "_".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
