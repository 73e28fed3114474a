"""Guests: whoever is in a meeting and is not recognised by any key of the roster."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from plugin.core.assessment import MOST_CITED
from plugin.core.attendance import Attendance
from plugin.core.event import Event
from plugin.core.identity import plain_name, plain_words
from plugin.core.policy import Policy


class Guest(msgspec.Struct, frozen=True):
    """Somebody in the meeting whom no key of the roster recognises."""

    attendance: Attendance
    candidates: tuple[str, ...]
    """Codes of the people who share the name that the guest shows."""

    @property
    def name(self) -> str:
        """The name that they showed first, as it is compared; "" when they showed none."""
        return next((plain_name(event.name) for event in self.attendance.told if event.name), "")


def of_guests(guests: Iterable[Guest]) -> tuple[int, ...]:
    """The deliveries that tell of some guests; of very many the first."""
    return tuple(sorted({number for guest in guests for number in guest.attendance.events})[:MOST_CITED])


def is_bot(events: Iterable[Event], policy: Policy) -> bool:
    """Whether somebody shows nothing but names that the policy says to ignore, as note-taking bots have."""
    names = {event.name for event in events if event.name}
    return bool(names) and all(is_of_a_bot(name, policy.ignored_names) for name in names)


@lru_cache(maxsize=16384)
def is_of_a_bot(name: str, ignored: tuple[str, ...]) -> bool:
    """Whether a name is one of those that are ignored, or has one in it."""
    plain = plain_words(name)
    return any(plain_words(bot) in plain for bot in ignored)
