"""Likeness: what one person's connection showed of another, who used their link or sat before the same device."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from plugin.core.appointment import Participant, Role
from plugin.core.event import Event
from plugin.core.identity import MatchedBy, phone_digits, plain_email, plain_name, plain_words, words_of

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
    beside_own: frozenset[str]
    """The words of its name that are not the owner's, where it shows the owner's given name among them."""

    @classmethod
    def of(cls, owner: Participant, event: Event, by: MatchedBy) -> Shown:
        """What an event of theirs shows; the owner's own full name says nothing of anybody else."""
        own = bool(event.name) and plain_name(event.name) == plain_name(owner.name)
        words, theirs = frozenset() if own else words_of(event.name), _keys_of(owner)
        others, shared = [], []
        for key in _keys_of(event):
            (shared if key in theirs else others).append(key)
        if words:
            others.append(("name", words))
            mine = words_of(owner.name)
            if not words <= mine | {word[0] for word in mine}:
                others.append(("short-name", words))
        by_the_account = by is _ZOOM_USER and owner.role is _CLINICIAN
        some_clinician = by_the_account and not own and all(table != "email" for table, _ in shared)
        beside_own = words - words_of(owner.name) if _given_name(owner.name) & words else frozenset()
        return cls(words, tuple(others), tuple(shared), some_clinician, beside_own)


class Sought:
    """Those who were not seen, ready to be found in what the connections of others showed."""

    def __init__(self, people: Iterable[Participant]):
        self._clinicians: dict[str, Participant] = {}
        self._by: dict[_Key, list[str]] = {}
        self._full_names: list[tuple[frozenset[str], str]] = []
        self._given_names: list[tuple[frozenset[str], str]] = []
        for person in people:
            code, name = person.participant_id, words_of(person.name)
            if person.role is _CLINICIAN:
                self._clinicians[code] = person
            if len(name) > 1:
                self._full_names.append((name, code))
            if given := _given_name(person.name):
                self._given_names.append((given, code))
            names = [("name", name)] if name else []
            names += [("short-name", short) for short in _short_names(person.name)]
            for key in [*names, *_keys_of(person)]:
                self._by.setdefault(key, []).append(code)

    def shown_in(self, shown: Shown) -> list[str]:
        """Whose name, full or short, address, telephone or key it is, and not the owner's."""
        return self._whose(shown.of_others)

    def may_be(self, shown: Shown) -> list[str]:
        """Whose it is, be it the owner's too, or of whom it may be the account, as of any clinician."""
        found = [*self._clinicians] if shown.some_clinician else []
        return found + self._whose(shown.of_others) + self._whose(shown.shared)

    def _whose(self, keys: Iterable[_Key]) -> list[str]:
        found = []
        for key in keys:
            found += self._by.get(key, ())
        return found

    def may_have_used_the_account(self, owner: Participant) -> list[str]:
        """Which clinicians a connection may be of that shows no more than the host's account, and was taken for this
        owner's: any of them, but those who have keys that would say so, where the owner has none."""
        known = _has_a_key(owner)
        return [code for code, one in self._clinicians.items() if known or not _has_a_key(one)]

    def named_beside(self, shown: Shown) -> list[str]:
        """Whose full name is among more, or whose given name beside the owner's: two who sit before one device."""
        found = [code for name, code in self._full_names if name < shown.words] if shown.words else []
        return found + [code for given, code in self._given_names if given & shown.beside_own]


def _given_name(name: str) -> frozenset[str]:
    """The first word of a name, or of what follows the comma in "Family, Given"; an initial says too little."""
    before, _, after = plain_words(name).partition(",")
    return frozenset([word for first in (after or before).split()[:1] for word in words_of(first) if len(word) > 1])


def _short_names(name: str) -> list[frozenset[str]]:
    """What people show who do not want to show their full name: the given one, or that and an initial."""
    given = _given_name(name)
    return [given, *[given | {word[0]} for word in words_of(name) - given]] if given else []


def _has_a_key(one: Participant) -> bool:
    return bool(one.registrant_id or one.customer_key or one.email)


def _keys_of(one: Participant | Event) -> list[_Key]:
    keys = []
    if one.email and (email := plain_email(one.email)):
        keys.append(("email", email))
    if one.phone and (phone := phone_digits(one.phone)):
        keys.append(("phone", phone))
    if one.registrant_id:
        keys.append(("registrant", one.registrant_id))
    if one.customer_key:
        keys.append(("key", one.customer_key))
    return keys
