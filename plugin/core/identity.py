"""Who a connection belongs to: the replay contract's order of identities, one key after the other."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from enum import IntEnum, auto
from functools import lru_cache
from operator import attrgetter

import msgspec

from plugin.core.appointment import Appointment, Participant, Role
from plugin.core.event import Event

SHORTEST_PHONE = 8
"""Digits that two phone numbers must share from the right to be the same, whatever the prefix."""


class MatchedBy(IntEnum):
    """What a person was recognised by, the surest first."""

    REGISTRANT = auto()
    CUSTOMER_KEY = auto()
    ZOOM_USER = auto()
    EMAIL = auto()
    PHONE = auto()
    NAME = auto()
    NOTHING = auto()


class Match(msgspec.Struct, frozen=True, gc=False):
    """Who it is, by what, and who shares the name when that was the trouble.

    None is nobody of the roster; known by the Zoom user id, it is the host, of whom the roster has no row.
    """

    person: Participant | None
    by: MatchedBy = MatchedBy.NOTHING
    candidates: tuple[str, ...] = ()


THE_HOST = " host"
"""Stands for whoever is signed in as the host, and for those who may be; no code begins with a space."""
_STRANGER = Match(None)
_BY_ID = attrgetter("appointment_id")
_REGISTRANT, _ZOOM_USER, _NAME = MatchedBy.REGISTRANT, MatchedBy.ZOOM_USER, MatchedBy.NAME


_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart into a letter and an accent."""


_SIGNS = str.maketrans(dict.fromkeys("’‘ʼ‛`´ʻ", "'") | dict.fromkeys("‐‑‒–—−", "-"))
"""Apostrophes and hyphens as telephones type them, and as the roster has them."""


@lru_cache(maxsize=16384)
def plain_words(name: str) -> str:
    """The words of a name, one space between them: case, accents, invisible characters and kinds of signs aside."""
    letters = unicodedata.normalize("NFKD", name.translate(_SIGNS)).casefold()
    kept = "".join(c for c in letters if c.isspace() or unicodedata.category(c) not in ("Mn", "Cf", "Cc"))
    return " ".join(kept.translate(_STROKES).split())


@lru_cache(maxsize=16384)
def plain_name(name: str) -> str:
    """A name as it is compared: case, accents, spacing and invisible characters aside."""
    return plain_words(name).replace(" ", "")


def plain_email(email: str) -> str:
    """An e-mail address as it is compared: case and spaces around it aside."""
    return email.strip().casefold()


@lru_cache(maxsize=16384)
def phone_digits(phone: str) -> str:
    """A phone number as it is compared: its ASCII digits without leading zeros, "" when there are too few.

    An extension (555 0100 x12) is not part of what Zoom shows.
    """
    digits = "".join(c for c in phone.casefold().partition("x")[0] if c in "0123456789").lstrip("0")
    return digits if len(digits) >= SHORTEST_PHONE else ""


@lru_cache(maxsize=16384)
def looks_like_phone(name: str) -> bool:
    """Whether a display name is a telephone number, as Zoom shows people who dial in."""
    return all(c in "0123456789+-() .*x" for c in name) and bool(phone_digits(name))


@lru_cache(maxsize=16384)
def words_of(name: str) -> frozenset[str]:
    """The words of a name, whatever stands between them."""
    return frozenset("".join(c if c.isalnum() else " " for c in plain_words(name)).split())


def is_identified(event: Event) -> bool:
    """Whether anything but a name says who somebody is."""
    return bool(event.registrant_id or event.customer_key or event.zoom_user_id or event.email or event.phone)


class Roll:
    """The expected people of one appointment, ready to be recognised, and those of the ones `beside` it.

    Those are of the same meeting at the same time, as where each member of a group has an appointment of their own.
    What two of all these people share recognises nobody. `registered` are the registrations for the meeting: a
    registrant id that the roster does not have is theirs under whose e-mail it was registered.
    """

    def __init__(
        self, appointment: Appointment, beside: Iterable[Appointment] = (), registered: Iterable[Event] = ()
    ):  # fmt: skip
        self._host_id = appointment.host_id
        self._clinicians = appointment.of_role(Role.CLINICIAN)
        # A coordinator may open the room, and a case manager may hold it.
        self._hosts = self._clinicians + appointment.of_role(Role.STAFF)
        rows = _everybody(appointment, beside)
        self._registrant = _own([(r.registrant_id, p) for r, p in rows if r.registrant_id], MatchedBy.REGISTRANT)
        self._customer_key = _own([(r.customer_key, p) for r, p in rows if r.customer_key], MatchedBy.CUSTOMER_KEY)
        self._email = _own([(plain_email(r.email), p) for r, p in rows if r.email], MatchedBy.EMAIL)
        theirs = [(e.registrant_id, self._email.get(plain_email(e.email))) for e in registered if e.registrant_id]
        self._registered = _own([(number, match.person) for number, match in theirs if match], MatchedBy.EMAIL)
        self._phones = [(digits, p) for r, p in rows if (digits := phone_digits(r.phone))]
        self._names: dict[str, list[Participant]] = {}
        for row, person in rows:
            if plain := plain_name(row.name):
                named = self._names.setdefault(plain, [])
                if person not in named:
                    named.append(person)

    def knows(self, event: Event) -> bool:
        """Whether an event says by itself whose it is, of those expected or the host."""
        return self._recognise(event).by is not MatchedBy.NOTHING

    def has_link(self, event: Event) -> bool:
        """Whether an event shows the personal link of somebody expected."""
        return event.registrant_id in self._registrant or event.registrant_id in self._registered

    def recognise(self, events: Iterable[Event]) -> Match:
        """Who one stay belongs to, from everything that its events say; the surest key wins, then the earliest."""
        best = _STRANGER
        named: set[str] = set()
        for event in events:
            match = self._recognise(event)
            if match.by is _REGISTRANT:  # nothing is surer
                return match
            if match.person is not None:
                named.add(match.person.participant_id)
            if match.by < best.by or (match.candidates and best.by is MatchedBy.NOTHING and not best.candidates):
                best = match
        if best.by is _NAME and len(named) > 1:
            # One who shows the names of two is one of them, and nobody knows which.
            return Match(None, MatchedBy.NOTHING, tuple(sorted(named)))
        return best

    def owner(self, event: Event) -> str:
        """The code of whom an event surely tells of, who is no host; `THE_HOST` of a host, "" when no sure key says."""
        match = self._recognise(event)
        if match.by > MatchedBy.EMAIL:
            return ""
        if match.by is _ZOOM_USER or match.person in self._hosts:
            return THE_HOST
        return match.person.participant_id

    def _recognise(self, event: Event) -> Match:
        if event.registrant_id and (match := self._registrant.get(event.registrant_id)):
            return match
        if event.customer_key and (match := self._customer_key.get(event.customer_key)):
            return match
        if event.zoom_user_id and event.zoom_user_id == (self._host_id or event.host_id):
            return Match(self._host(event), _ZOOM_USER)
        if event.registrant_id and (match := self._registered.get(event.registrant_id)):
            return match
        if event.email and (match := self._email.get(plain_email(event.email))):
            return match
        if (person := self._by_phone(event)) is not None:
            return Match(person, MatchedBy.PHONE)
        named = self._names.get(plain_name(event.name), ()) if event.name else ()
        if len(named) == 1:
            return Match(named[0], _NAME)
        return Match(None, MatchedBy.NOTHING, tuple(p.participant_id for p in named))

    def _host(self, event: Event) -> Participant | None:
        # With several of them the host's account alone does not say which one it is: their address or name may, or that
        # no other key could ever say it of one of the clinicians.
        shown = plain_email(event.email)
        for one in self._hosts:
            if shown and plain_email(one.email) == shown:
                return one
        for one in self._hosts:
            if event.name and plain_name(one.name) == plain_name(event.name):
                return one
        for clinician in self._clinicians:
            if not (clinician.registrant_id or clinician.customer_key or clinician.email):
                return clinician
        return self._clinicians[0] if self._clinicians else None

    def _by_phone(self, event: Event) -> Participant | None:
        told = event.phone or (event.name if looks_like_phone(event.name) else "")
        digits = phone_digits(told) if told and self._phones else ""
        if not digits:
            return None
        found = {p.participant_id: p for d, p in self._phones if d.endswith(digits) or digits.endswith(d)}
        return next(iter(found.values())) if len(found) == 1 else None


def _everybody(appointment: Appointment, beside: Iterable[Appointment]) -> list[tuple[Participant, Participant]]:
    """The rows of the roster, and who it is of each: somebody of several appointments has a row in each, and may be
    known by something else in every one."""
    rows = [(person, person) for person in appointment.participants]
    if beside:
        found = {person.participant_id: person for person in appointment.participants}
        for one in sorted(beside, key=_BY_ID):
            rows += [(row, found.setdefault(row.participant_id, row)) for row in one.participants]
    return rows


def _own(keys: list[tuple[str, Participant]], by: MatchedBy) -> dict[str, Match]:
    """What each key says; one that two people share recognises nobody."""
    found = {key: Match(person, by) for key, person in keys}
    if len(found) < len(keys):
        times = Counter(key for key, _ in {(key, person.participant_id) for key, person in keys})
        found = {key: match for key, match in found.items() if times[key] == 1}
    return found
