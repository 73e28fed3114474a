"""Likeness: what one person's connection showed of another, who used their link or sat before the same device."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from plugin.core.appointment import Participant, Role
from plugin.core.event import Event
from plugin.core.identity import MatchedBy, phone_digits, plain_name, words_of


class Shown(msgspec.Struct, frozen=True, gc=False):
    """What a connection of somebody expected showed besides what says that it was theirs."""

    words: frozenset[str]
    email: str
    phone: str
    registrant_id: str
    customer_key: str
    some_clinician: bool
    """It came by the host's account, and nothing else says whose it was."""

    @classmethod
    def of(cls, owner: Participant, event: Event, by: MatchedBy) -> Shown:
        """What an event of theirs shows; the owner's own full name says nothing of anybody else."""
        own = plain_name(event.name) == plain_name(owner.name)
        words, email = frozenset() if own else words_of(event.name), event.email.casefold()
        named = own or bool(email and email == owner.email.strip().casefold())
        some_clinician = by is MatchedBy.ZOOM_USER and owner.role is Role.CLINICIAN and not named
        phone = phone_digits(event.phone)
        return cls(words, email, phone, event.registrant_id, event.customer_key, some_clinician)


class Sought:
    """Those who were not seen, ready to be found in what the connections of others showed."""

    def __init__(self, people: Iterable[Participant]):
        self._clinicians: list[str] = []
        self._by: dict[tuple[str, str | frozenset[str]], list[str]] = {}
        self._full_names: list[tuple[frozenset[str], str]] = []
        for person in people:
            code, name = person.participant_id, words_of(person.name)
            if person.role is Role.CLINICIAN:
                self._clinicians.append(code)
            if len(name) > 1:
                self._full_names.append((name, code))
            for key in (
                ("name", name), ("email", person.email.strip().casefold()), ("phone", phone_digits(person.phone)),
                ("registrant", person.registrant_id), ("key", person.customer_key),
            ):  # fmt: skip
                if key[1]:
                    self._by.setdefault(key, []).append(code)

    def may_be(self, shown: Shown) -> list[str]:
        """Whose full name, address, telephone or key it is, or of whom it may be the account, as of any clinician."""
        found = [*self._clinicians] if shown.some_clinician else []
        for key in (
            ("name", shown.words), ("email", shown.email), ("phone", shown.phone),
            ("registrant", shown.registrant_id), ("key", shown.customer_key),
        ):  # fmt: skip
            if key[1]:
                found += self._by.get(key, ())
        return found

    def named_beside(self, shown: Shown) -> list[str]:
        """Whose full name is among more: two people who sit before one device."""
        return [code for name, code in self._full_names if name < shown.words] if shown.words else []
