"""With what a person of tech support resolves a ticket, and what that says about the verdict behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec


class Resolution(StrEnum):
    """What was found; each is evidence, which a rule weighs (`plugin/core/rules/support.py`)."""

    CONFIRMED_TECHNICAL = "confirmed-technical"
    RESOLVED_BY_CLIENT = "resolved-by-client"
    PROVIDER_FAULT = "provider-fault"
    WAS_ABSENCE = "was-absence"
    NO_FAULT_FOUND = "no-fault-found"


WORDS: Mapping[Resolution, str] = {
    Resolution.CONFIRMED_TECHNICAL: "Technical trouble, confirmed",
    Resolution.RESOLVED_BY_CLIENT: "Technical trouble that they solved themselves",
    Resolution.PROVIDER_FAULT: "It was on the program's side",
    Resolution.WAS_ABSENCE: "It was absence after all",
    Resolution.NO_FAULT_FOUND: "No fault was found",
}
"""What staff choose from."""
EVENTS: Mapping[Resolution, str] = {
    Resolution.CONFIRMED_TECHNICAL: "rejoin.trouble_confirmed",
    Resolution.RESOLVED_BY_CLIENT: "rejoin.trouble_confirmed",
    Resolution.PROVIDER_FAULT: "rejoin.provider_fault_found",
    Resolution.WAS_ABSENCE: "rejoin.absence_found",
    Resolution.NO_FAULT_FOUND: "rejoin.no_fault_found",
}
"""What each is as evidence; the newest one about a person counts."""
CONFIRMS = frozenset({Resolution.CONFIRMED_TECHNICAL, Resolution.RESOLVED_BY_CLIENT})
"""The rule that opened the ticket was right."""
OF_ONE = frozenset({Resolution.WAS_ABSENCE})
"""It can be said of one person, and not of everybody in an incident at once."""


def said(words: Iterable[str]) -> Resolution | None:
    """What people at another desk chose, as one of ours: its code or its words, however they are spelled there.

    None when nothing of it is one, or when it says two different things.
    """
    known = {_plain(name): code for code in Resolution for name in (code.value, WORDS[code])}
    found = {known[_plain(word)] for word in words if _plain(word) in known}
    return found.pop() if len(found) == 1 else None


def _plain(word: str) -> str:
    return "".join(character for character in word.casefold() if character.isalnum())


class HitRate(msgspec.Struct, frozen=True):
    """Of the tickets that a rule opened and people resolved with a code: how many confirmed it."""

    rule: str
    resolved: int
    confirmed: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.confirmed / self.resolved


def hit_rates(counted: Iterable[tuple[str, str, int]]) -> tuple[HitRate, ...]:
    """From how often each rule's tickets were resolved with each code; the rules by name."""
    resolved: dict[str, int] = {}
    confirmed: dict[str, int] = {}
    for rule, code, times in counted:
        resolved[rule] = resolved.get(rule, 0) + times
        confirmed[rule] = confirmed.get(rule, 0) + (times if code in CONFIRMS else 0)
    return tuple(HitRate(rule, resolved[rule], confirmed[rule]) for rule in sorted(resolved))
