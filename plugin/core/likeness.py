"""Likeness: what one person's connection showed of another, who used their link or sat before the same device."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from plugin.core.appointment import Participant, Role
from plugin.core.event import Event
from plugin.core.identity import MatchedBy, phone_digits, plain_email, plain_name, words_of

_Key = tuple[str, str | frozenset[str]]
_ZOOM_USER, _CLINICIAN = MatchedBy.ZOOM_USER, Role.CLINICIAN


class Shown(msgspec.Struct, frozen=True, gc=False):
    """What a connection of somebody expected showed besides what says that it was theirs."""

    words: frozenset[str]
    """The words of its name; none when it is the owner's own full name."""
    of_others: tuple[_Key, ...]
    """The keys and the name that are not the owner's: whoever has them showed themselves there."""
    shared: tuple[_Key, ...]
    """The keys that are the owner's, and may be somebody else's too."""
    some_clinician: bool
    """It came by the host's account, and nothing else says whose it was."""

    @classmethod
    def of(cls, owner: Participant, event: Event, by: MatchedBy) -> Shown:
        """What an event of theirs shows; the owner's own full name says nothing of anybody else."""
        own = bool(event.name) and plain_name(event.name) == plain_name(owner.name)
        words, keys, theirs = frozenset() if own else words_of(event.name), _keys_of(event), _keys_of(owner)
        shared = tuple([key for key in keys if key in theirs])
        by_the_account = by is _ZOOM_USER and owner.role is _CLINICIAN
        some_clinician = by_the_account and not own and all(table != "email" for table, _ in shared)
        others = [key for key in keys if key not in theirs]
        return cls(words, (*others, ("name", words)) if words else tuple(others), shared, some_clinician)


class Sought:
    """Those who were not seen, ready to be found in what the connections of others showed."""

    def __init__(self, people: Iterable[Participant]):
        self._clinicians: dict[str, Participant] = {}
        self._by: dict[_Key, list[str]] = {}
        self._full_names: list[tuple[frozenset[str], str]] = []
        for person in people:
            code, name = person.participant_id, words_of(person.name)
            if person.role is Role.CLINICIAN:
                self._clinicians[code] = person
            if len(name) > 1:
                self._full_names.append((name, code))
            for key in [*([("name", name)] if name else ()), *_keys_of(person)]:
                self._by.setdefault(key, []).append(code)

    def shown_in(self, shown: Shown) -> list[str]:
        """Whose full name, address, telephone or key it is, and not the owner's."""
        return [code for key in shown.of_others for code in self._by.get(key, ())]

    def may_be(self, shown: Shown) -> list[str]:
        """Whose it is, be it the owner's too, or of whom it may be the account, as of any clinician."""
        found = [*self._clinicians] if shown.some_clinician else []
        return found + [code for key in (*shown.of_others, *shown.shared) for code in self._by.get(key, ())]

    def may_have_used_the_account(self, owner: Participant) -> list[str]:
        """Which clinicians a connection may be of that shows no more than the host's account, and was taken for this
        owner's: any of them, but those who have keys that would say so, where the owner has none."""
        known = _has_a_key(owner)
        return [code for code, one in self._clinicians.items() if known or not _has_a_key(one)]

    def named_beside(self, shown: Shown) -> list[str]:
        """Whose full name is among more: two people who sit before one device."""
        return [code for name, code in self._full_names if name < shown.words] if shown.words else []


def _has_a_key(one: Participant) -> bool:
    return bool(one.registrant_id or one.customer_key or one.email)


def _keys_of(one: Participant | Event) -> list[_Key]:
    keys = [("email", plain_email(one.email)), ("phone", phone_digits(one.phone))] if one.email or one.phone else []
    keys += [("registrant", one.registrant_id), ("key", one.customer_key)]
    return [key for key in keys if key[1]]
