"""What the account said beside the meeting itself: proof that the feed was alive, people in other rooms, incidents."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from plugin.core.appointment import Appointment, Participant
from plugin.core.event import ARRIVING, GOING, SHOWING, Event, EventKind
from plugin.core.feed import FeedLimits
from plugin.core.hearing import Hearing
from plugin.core.identity import looks_like_phone, phone_digits, plain_name
from plugin.core.instance import LONGEST_MEETING
from plugin.core.interval import Span, Spans
from plugin.core.platform import IncidentHistory, PlatformIncident, known
from plugin.core.report import REPORTED
from plugin.core.schedule import AROUND, Expected, Schedule

_SETTLING = FeedLimits().settle
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
Registered = Callable[[str, str], Collection[str]]
"""Codes by meeting number and registrant id."""
Sessions = Callable[[str, datetime, datetime], Iterable[Appointment]]
"""The sessions of a meeting, by its number, that begin between two moments."""
_OWN = frozenset(
    {
        EventKind.JOIN_CLICKED, EventKind.TROUBLE_REPORTED, EventKind.PRESENCE_CLAIMED, EventKind.NOTICE_GIVEN,
        EventKind.TROUBLE_CONFIRMED, EventKind.PROVIDER_FAULT_FOUND, EventKind.ABSENCE_FOUND, EventKind.NO_FAULT_FOUND,
    }
)  # fmt: skip
HEARD = frozenset(EventKind) - _OWN - REPORTED - {EventKind.PLATFORM_INCIDENT, EventKind.FEED_STOPPED}
"""What proves that the feed was alive."""


class Surroundings:
    """Everything that the account's feed said, ready to be asked about one appointment; built once for many.

    `expected` are the roster's appointments around that time: who belongs into a meeting is in no wrong room there; an
    old link may lead to a meeting that the roster does not know any more. `alive_since` is the first moment from which
    the feed is proven alive (the earliest event, if not given). When `people` are given, only they are asked about, and
    what tells nothing of them is not kept. `blind` are known times in which the feed cannot be trusted; one without an
    end goes on. `registered` says whose a registrant id is that was shown in a meeting, `sessions` which sessions a
    meeting has. What still arrives for as long as `settling` after the app was removed is no sign of life.
    """

    def __init__(
        self,
        events: Iterable[Event] = (),
        expected: Iterable[Expected] = (),
        alive_since: datetime | None = None,
        people: Iterable[Participant] | None = None,
        blind: Iterable[tuple[datetime, datetime | None]] = (),
        registered: Registered = lambda _meeting_id, _registrant_id: (),
        sessions: Sessions = lambda _meeting_id, _begin, _end: (),
        settling: timedelta = _SETTLING,
    ):
        self.schedule = Schedule(expected)
        self._codes: dict[tuple[str, str], set[str]] | None = None
        if people is not None:
            self._codes = {}
            for person in people:
                for key in keys_of(person):
                    self._codes.setdefault(key, set()).add(person.participant_id)
        self._hearing = Hearing()
        self._seen: dict[tuple[str, str], list[Event]] = {}
        self._in_order = True
        self._incidents: list[Event] = []
        self._known: tuple[datetime, IncidentHistory] | None = None
        self._stops: list[Event] = []
        self._alive_since = alive_since
        self._blind = tuple(blind)
        self.silent: Spans = ()
        self._settling = settling
        self._registered, self._sessions = registered, sessions
        for event in events:
            self.note(event)

    def note(self, event: Event) -> None:
        """Take in one event of the account."""
        if event.kind in HEARD:
            self.hear([event.at.timestamp()], event.account_id)
        if self.heeds(event):
            self.keep(event)

    def hear(self, moments: Iterable[float], account_id: str = "") -> None:
        """Take in when an account was heard, in seconds since 1970; "": which one was not told."""
        self._hearing.add(moments, account_id)

    def settle(self) -> None:
        """Put in order what was heard, once for all who will ask: processes that are forked afterwards share it."""
        self._hearing.settle()
        if not self._in_order:
            for seen in self._seen.values():
                seen.sort(key=_IN_ORDER)
            self._in_order = True

    @property
    def heard(self) -> Sequence[float]:
        """When anything was heard, in seconds since 1970, sorted."""
        return self._hearing.all()

    def judged_by(self, settling: timedelta, silent: Spans) -> Surroundings:
        """The same surroundings as a policy's limits of the feed have them: `silent` are the times in which nothing was
        heard though meetings should have been."""
        other = copy(self)
        other._settling, other.silent = settling, silent
        return other

    def heeds(self, event: Event) -> bool:
        """Whether an event tells something beside that the account was heard, so that it must be kept."""
        if event.kind in SHOWING:  # what names no meeting may well be of this one
            return bool(event.meeting_id and self._sighted(event))
        if event.kind in TRIES:
            return self.schedule.is_far(event.appointment_id, event.at)
        return event.kind is EventKind.PLATFORM_INCIDENT or event.kind is EventKind.FEED_STOPPED

    def keep(self, event: Event) -> None:
        """Take in an event that is heeded."""
        if event.kind is EventKind.PLATFORM_INCIDENT:
            self._incidents.append(event)
            self._known = None
        elif event.kind is EventKind.FEED_STOPPED:
            self._stops.append(event)
        else:
            tried = event.kind in TRIES
            for key in [(TRIED, event.participant_id)] if tried else self._sighted(event):
                self._seen.setdefault(key, []).append(event)
                self._in_order = False

    def _sighted(self, event: Event) -> list[tuple[str, str]]:
        """By what it is to be kept that somebody came or went: by all that may say who, unless they are expected there;
        and by the host, when nothing but perhaps a name says who came into a meeting of theirs that is not in the
        roster then."""
        found = self._recognised(event)
        comes = event.kind in ARRIVING
        if comes and event.host_id and not is_identified(event) and not self.schedule.is_on(event.meeting_id, event.at):
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
        that of who is expected in two meetings at a time."""
        for code in codes:
            if there := self.schedule.of_person(code, event.meeting_id, event.at, came_at(event)):
                again = event.kind in ARRIVING and all(one.ends_at < event.at for one in there)
                return [(_AT_THEIRS, code)] if again or code in self.schedule.booked_twice else []
        return [("code", code) for code in codes]

    def _expects(self, code: str, event: Event) -> bool:
        """Whether somebody was expected where they came or went; who goes may have come when the meeting began."""
        return self.schedule.expects(code, event.meeting_id, event.at, came_at(event))

    @property
    def alive_since(self) -> datetime | None:
        """The first moment from which the feed is proven alive, None when nothing was heard."""
        heard = self.heard
        return self._alive_since or (datetime.fromtimestamp(heard[0], UTC) if heard else None)

    def heard_between(self, begin: datetime, end: datetime, account_id: str = "") -> bool:
        """Whether an account ("": any) was heard at all between two moments, both included."""
        return self._hearing.between(begin.timestamp(), end.timestamp(), account_id)

    def incidents(self, begin: datetime, end: datetime, now: datetime) -> tuple[PlatformIncident, ...]:
        """The incidents of the platform that touch this time, as they were known at a moment, by when they began."""
        if not self._incidents:
            return ()
        if self._known is None or self._known[0] != now:
            self._known = now, IncidentHistory(known(self._incidents, now))
        return self._known[1].touching(begin, end)

    def words_of_incidents(self, begin: datetime, end: datetime) -> list[Event]:
        """What was told of incidents of the platform that touch this time, or did as they were told before."""
        touching = {
            event.instance or event.delivery
            for event in self._incidents
            if event.at < end and (event.ended_at is None or event.ended_at > begin)
        }
        return [event for event in self._incidents if (event.instance or event.delivery) in touching]

    def blind(self, now: datetime, account_id: str = "") -> tuple[Span, ...]:
        """When an account's feed could not be trusted: blind times, and from a deauthorisation until it was heard."""
        if not self._stops and not self._blind:
            return ()
        spans = [(begin, max(begin, end or now)) for begin, end in self._blind]
        for stop in self._stops:
            # Of another account it says little, but nobody is called absent for that little.
            mine = account_id if stop.account_id in ("", account_id) else ""
            heard = self._hearing.after((stop.at + self._settling).timestamp(), mine)
            end = now if heard is None else datetime.fromtimestamp(heard, UTC)
            spans.append((stop.at, max(end, stop.at)))
        return tuple(spans)

    @property
    def somebody_elsewhere(self) -> bool:
        """Whether anybody was seen arriving where they are not expected."""
        return bool(self._seen)

    def sightings(
        self, person: Participant, meeting_id: str, since: datetime, begin: datetime, end: datetime, now: datetime
    ) -> tuple[Event, ...]:
        """Where else this person was between two moments, as far as it was known at a third one, in order of what
        happened: in meetings where nobody expects them.

        Told by their arrivals; who came before, from `since` on, and is not known to have gone by then, was there
        still. Of whom no arrival was heard, a leave says that they were there, also one soon afterwards.
        """
        if not self._seen:
            return ()
        found = {}
        code = person.participant_id
        for key in [("code", code), *keys_of(person)]:
            for event in self._seen_between(key, since, end + AROUND):
                known = event.received_at <= now and event.meeting_id != meeting_id
                if known and not self._expects(code, event):
                    found[event.delivery] = event
        return _there_between(sorted(found.values(), key=_IN_ORDER), begin, end)

    def surely(self, person: Participant, event: Event) -> bool:
        """Whether more than a name says that it was this person who was seen there."""
        if event.registrant_id and (registered := self._registered(event.meeting_id, event.registrant_id)):
            return person.participant_id in registered
        keys, mine = [key for key in keys_of(event) if key[0] != "name"], keys_of(person)
        of_all_rows = self._codes or {}  # another row of the roster may know them by another address
        return any(key in mine or person.participant_id in of_all_rows.get(key, ()) for key in keys)

    def at_another_of_theirs(self, person: Participant, appointment: Appointment, now: datetime) -> Event | None:
        """The arrival of a person at a session of theirs in another meeting that takes up half of this one or more, or
        that was over when they came there in the time of this one, as by the link that they had used before."""
        code, start, end = person.participant_id, appointment.starts_at, appointment.ends_at
        reach = self.schedule.longest + AROUND
        for event in self._seen_between((_AT_THEIRS, code), start - reach, end + reach):
            if event.meeting_id == appointment.meeting_id or event.received_at > now:
                continue
            for one in self.schedule.of_person(code, event.meeting_id, event.at, came_at(event)):
                over = event.kind in ARRIVING and one.ends_at < event.at and start <= event.at <= end
                if over or 2 * (min(one.ends_at, end) - max(one.starts_at, start)) >= end - start:
                    return event
        return None

    def beside(self, appointment: Appointment) -> list[Appointment]:
        """The other sessions of its meeting that are on within an hour of it."""
        opens, closes = appointment.starts_at - AROUND, appointment.ends_at + AROUND
        return [
            one
            for one in self._sessions(appointment.meeting_id, opens - self.schedule.longest, closes)
            if one.starts_at < closes and one.ends_at > opens and one.appointment_id != appointment.appointment_id
        ]

    def strangers(self, host_ids: Iterable[str], meeting_id: str, begin: datetime, end: datetime) -> list[Event]:
        """Who came between two moments into other meetings of these hosts without anything that identifies them, in
        order; into meetings in which nobody was expected then."""
        found = [event for host_id in host_ids for event in self._seen_between((AT_HOST, host_id), begin, end)]
        return sorted([event for event in found if event.meeting_id != meeting_id], key=_IN_ORDER)

    def tries_by_other_links(self, code: str, appointment_id: str, begin: datetime, end: datetime) -> list[Event]:
        """When somebody, between two moments, opened the link of another session of theirs that was over, or not to
        begin soon, or told of trouble behind it; in order."""
        tried = self._seen_between((TRIED, code), begin, end)
        return [event for event in tried if event.appointment_id != appointment_id]

    def _seen_between(self, key: tuple[str, str], begin: datetime, end: datetime) -> Sequence[Event]:
        """Where somebody was seen between two moments, both included, in order."""
        seen = self._seen.get(key)
        if not seen:
            return ()
        self.settle()
        first = bisect_left(seen, begin, key=_AT)
        return seen[first : bisect_right(seen, end, lo=first, key=_AT)]


def only_one(codes: Collection[str]) -> Collection[str]:
    """Whose registrant id it is that somebody showed in a meeting for which nobody registered under it: the one
    person's who has it in any other, and nobody's when several have."""
    return codes if len(codes) == 1 else ()


def came_at(event: Event) -> datetime:
    """When somebody came who came or went: who goes may have come when the meeting began, as far as that is known."""
    began = event.instance_started_at
    if event.kind not in GOING or began is None:
        return event.at
    return min(event.at, max(began, event.at - LONGEST_MEETING))


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


def is_identified(event: Event) -> bool:
    """Whether anything but a name says who came."""
    return bool(event.registrant_id or event.customer_key or event.zoom_user_id or event.email or event.phone)


def keys_of(who: Participant | Event) -> list[tuple[str, str]]:
    """By what a person of the roster, or whoever came, may be known elsewhere; the surest first."""
    keys = []
    if who.customer_key:
        keys.append(("customer-key", who.customer_key))
    if who.email:
        keys.append(("email", who.email.casefold()))
    # Before the host is there a caller is told by the name alone, which is their number.
    phone = who.phone or (who.name if looks_like_phone(who.name) else "")
    if phone and (digits := phone_digits(phone)):
        keys.append(("phone", digits[-WITHOUT_PREFIX:]))
    if who.name and (plain := plain_name(who.name)):
        keys.append(("name", plain))
    return keys
