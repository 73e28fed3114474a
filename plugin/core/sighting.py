"""Sightings: who came where nobody expects them, or tried to, by all that may say who it was."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from operator import attrgetter

from plugin.core.appointment import Appointment, Participant
from plugin.core.event import ARRIVING, GOING, SHOWING, Event, EventKind
from plugin.core.identity import is_identified, looks_like_phone, phone_digits, plain_email, plain_name
from plugin.core.interval import Span, Spans, union
from plugin.core.schedule import AROUND, EARLY, OVERTIME, Expected, Schedule, came_at, takes_up_half

_AT, _IN_ORDER = attrgetter("at"), attrgetter("at", "delivery")
_AT_THEIRS = "theirs"
"""Marks an arrival at a session of somebody who has another one at the same time."""
AT_HOST = "host"
"""Marks an arrival in a meeting of a host."""
TRIED = "tried"
"""Marks what somebody did behind the link of another session."""
TRIES = frozenset({EventKind.JOIN_CLICKED, EventKind.TROUBLE_REPORTED})
"""What somebody does behind their link who wants to come."""
WITHOUT_PREFIX = 10
"""Digits of a phone number that are compared across meetings; whoever writes it may leave out the country."""
_TROUBLE = EventKind.TROUBLE_REPORTED
Registered = Callable[[str, str], Collection[str]]
"""Codes by meeting number and registrant id."""


class Sightings:
    """Who was seen where, in any meeting of the account, ready to be asked about one appointment.

    Who belongs into a meeting, by the `schedule`, is in no wrong room there. When `people` are given, only they are
    asked about, and what tells nothing of them is not kept. `registered` says whose a registrant id is that was shown
    in a meeting. Whoever asks is told what was received by `now`.
    """

    def __init__(self, schedule: Schedule, people: Iterable[Participant] | None, registered: Registered):
        self._schedule, self._registered = schedule, registered
        self._codes: dict[tuple[str, str], set[str]] | None = None
        if people is not None:
            self._codes = {}
            for person in people:
                for key in keys_of(person):
                    self._codes.setdefault(key, set()).add(person.participant_id)
        self._seen: dict[tuple[str, str], list[Event]] = {}
        self._in_order = True

    def heeds(self, event: Event) -> bool:
        """Whether an event shows somebody where they are not expected, so that it must be kept."""
        if event.kind in SHOWING:  # what names no meeting may well be of this one
            return bool(event.meeting_id and self._sighted(event))
        if event.kind not in TRIES:
            return False
        # Trouble with the session that is on may last into the next one, and who could not come may try no more.
        if event.kind is _TROUBLE or self._schedule.is_far(event.appointment_id, event.at):
            return True
        code, schedule = event.participant_id, self._schedule
        return code in schedule.at_once or schedule.is_followed(event.appointment_id, code)

    def keep(self, event: Event) -> None:
        """Take in an event that is heeded."""
        for key in [(TRIED, event.participant_id)] if event.kind in TRIES else self._sighted(event):
            self._seen.setdefault(key, []).append(event)
            self._in_order = False

    def settle(self) -> None:
        """Put in order what was kept."""
        if not self._in_order:
            for seen in self._seen.values():
                seen.sort(key=_IN_ORDER)
            self._in_order = True

    @property
    def anybody(self) -> bool:
        """Whether anybody was seen where they are not expected."""
        return bool(self._seen)

    def _sighted(self, event: Event) -> list[tuple[str, str]]:
        """By what it is to be kept that somebody came or went: by all that may say who, unless they are expected there;
        and by the host, when nothing but perhaps a name says who came into a meeting of theirs that is not in the
        roster then."""
        found = self._recognised(event)
        nameless = event.kind in ARRIVING and event.host_id and not is_identified(event)
        if nameless and not self._schedule.is_on(event.meeting_id, event.at):
            found.append((AT_HOST, event.host_id))
        return found

    def _recognised(self, event: Event) -> list[tuple[str, str]]:
        if event.registrant_id and (registered := self._registered(event.meeting_id, event.registrant_id)):
            return self._elsewhere(registered, event)
        found: list[tuple[str, str]] = []
        for key in keys_of(event):  # the surest first
            if self._codes is None:
                found.append(key)
            elif codes := self._codes.get(key):
                elsewhere = self._elsewhere(codes, event)
                if not elsewhere or elsewhere[0][0] == _AT_THEIRS:
                    return found + elsewhere
                found += elsewhere
        return found

    def _elsewhere(self, codes: Collection[str], event: Event) -> list[tuple[str, str]]:
        """The keys of these people for an arrival; when one of them is expected there, and so it is theirs, none, but
        that of who is expected in two meetings at a time, or came there when their session was not on."""
        for code in codes:
            if there := self._schedule.of_person(code, event):
                off = all([_is_off(one, event) for one in there])
                return [(_AT_THEIRS, code)] if off or code in self._schedule.booked_twice else []
        return [("code", code) for code in codes]

    def of(
        self, person: Participant, meeting_id: str, since: datetime, begin: datetime, end: datetime, now: datetime
    ) -> tuple[Event, ...]:
        """Where else than in a meeting this person was between two moments, in order of what happened: in meetings
        where nobody expects them.

        Told by their arrivals; who came before, from `since` on, and is not known to have gone by then, was there
        still. Of whom no arrival was heard, a leave says that they were there, also one soon afterwards.
        """
        return _there_between(self._told_of(person, meeting_id, since, end, now), begin, end)

    def runs_of(
        self, person: Participant, meeting_id: str, since: datetime, end: datetime, now: datetime
    ) -> dict[str, Spans]:
        """From when to when this person was in each run of such meetings, let in; until the `end`, when they are not
        known to have gone."""
        stays: dict[tuple[str, str], list[Event]] = {}
        for event in self._told_of(person, meeting_id, since, end, now):
            if event.kind in (EventKind.JOINED, EventKind.LEFT):
                stays.setdefault((event.instance, event.stay), []).append(event)
        runs: dict[str, list[Span]] = {}
        for (run, _), told in stays.items():
            went = told[-1].at if told[-1].kind in GOING else end
            runs.setdefault(run, []).append((came_at(told[0]), went))
        return {run: union(spans) for run, spans in runs.items()}

    def _told_of(
        self, person: Participant, meeting_id: str, since: datetime, end: datetime, now: datetime
    ) -> list[Event]:
        """What shows a person in other meetings in which nobody expects them, in order of what happened."""
        if not self._seen:
            return []
        found = {}
        code = person.participant_id
        for key in [("code", code), *keys_of(person)]:
            for event in self._between(key, since, end + AROUND, now):
                if event.meeting_id != meeting_id and not self._schedule.of_person(code, event):
                    found[event.delivery] = event
        return sorted(found.values(), key=_IN_ORDER)

    def surely(self, person: Participant, event: Event) -> bool:
        """Whether more than a name says that it was this person who was seen there."""
        if event.registrant_id and (registered := self._registered(event.meeting_id, event.registrant_id)):
            return person.participant_id in registered
        keys, mine = [key for key in keys_of(event) if key[0] != "name"], keys_of(person)
        of_all_rows = self._codes or {}  # another row of the roster may know them by another address
        return any(key in mine or person.participant_id in of_all_rows.get(key, ()) for key in keys)

    def at_another_of_theirs(self, person: Participant, appointment: Appointment, now: datetime) -> Event | None:
        """What shows a person at another session of theirs, in another meeting: at one that takes up half of this one
        or more; or, in the time of this one or soon before, at one that was over or far from beginning, as by a wrong
        link."""
        code, start, end = person.participant_id, appointment.starts_at, appointment.ends_at
        reach = self._schedule.longest + AROUND
        for event in self._between((_AT_THEIRS, code), start - reach, end + reach, now):
            if event.meeting_id == appointment.meeting_id:
                continue
            there = self._schedule.of_person(code, event)
            # Who is booked twice is kept wherever they come, also early for the next of several in one meeting.
            off = all([_is_off(one, event) for one in there])
            for one in there:
                # Who comes back to one that is hardly over comes for that one, and not early for this.
                since = start if one.ends_at < event.at <= one.ends_at + OVERTIME else start - EARLY
                if off and since <= event.at <= end:
                    return event
                if takes_up_half(one, appointment):
                    return event
        return None

    def strangers(
        self, host_ids: Iterable[str], meeting_id: str, begin: datetime, end: datetime, now: datetime
    ) -> list[Event]:
        """Who came between two moments into other meetings of these hosts without anything that identifies them, in
        order; into meetings in which nobody was expected then."""
        found = [event for host_id in host_ids for event in self._between((AT_HOST, host_id), begin, end, now)]
        return sorted([event for event in found if event.meeting_id != meeting_id], key=_IN_ORDER)

    def tries_by_other_links(
        self, code: str, appointment_id: str, begin: datetime, end: datetime, now: datetime
    ) -> list[Event]:
        """When somebody, between two moments, opened the link of another session of theirs that was over, or not to
        begin soon, that others follow in a row or that they had at the same time, or told of trouble behind any; in
        order."""
        tried = self._between((TRIED, code), begin, end, now)
        return [event for event in tried if event.appointment_id != appointment_id]

    def _between(self, key: tuple[str, str], begin: datetime, end: datetime, now: datetime) -> Sequence[Event]:
        """Where somebody was seen between two moments, both included, in order."""
        seen = self._seen.get(key)
        if not seen:
            return ()
        self.settle()
        first = bisect_left(seen, begin, key=_AT)
        last = bisect_right(seen, end, lo=first, key=_AT)
        return [event for event in seen[first:last] if event.received_at <= now]


def only_one(codes: Collection[str]) -> Collection[str]:
    """Whose registrant id it is that somebody showed in a meeting for which nobody registered under it: the one
    person's who has it in any other, and nobody's when several have."""
    return codes if len(codes) == 1 else ()


def _is_off(one: Expected, event: Event) -> bool:
    """Whether somebody came into the meeting of a session of theirs when it was over, or long before it."""
    return event.kind in ARRIVING and (one.ends_at < event.at or event.at < one.starts_at - EARLY)


def _there_between(told: Sequence[Event], begin: datetime, end: datetime) -> tuple[Event, ...]:
    """Of what was told of one person in other meetings, in order, what shows them there at some time between two
    moments: arrivals, and the goings of those whose arrival was not told."""
    gone: dict[tuple[str, str], list[datetime]] = {}
    for event in told:
        if event.kind in GOING:
            gone.setdefault((event.instance, event.stay), []).append(event.at)
    came = {(event.instance, event.stay) for event in told if event.kind in ARRIVING}
    there = []
    for event in told:
        key = (event.instance, event.stay)
        if event.kind in GOING:
            was_there = event.at >= begin and key not in came
        else:
            was_there = event.at >= begin or not any(event.at < at < begin for at in gone.get(key, ()))
        if was_there and came_at(event) <= end:
            there.append(event)
    return tuple(there)


def keys_of(who: Participant | Event) -> list[tuple[str, str]]:
    """By what a person of the roster, or whoever came, may be known elsewhere; the surest first."""
    keys = []
    if who.customer_key:
        keys.append(("customer-key", who.customer_key))
    if who.email:
        keys.append(("email", plain_email(who.email)))
    # Before the host is there a caller is told by the name alone, which is their number.
    phone = who.phone or (who.name if looks_like_phone(who.name) else "")
    if phone and (digits := phone_digits(phone)):
        keys.append(("phone", digits[-WITHOUT_PREFIX:]))
    if who.name and (plain := plain_name(who.name)):
        keys.append(("name", plain))
    return keys
