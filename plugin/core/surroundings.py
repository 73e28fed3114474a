"""What the account said beside the meeting itself: proof that the feed was alive, people in other rooms, incidents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from plugin.core.appointment import Appointment, Participant, Status
from plugin.core.event import Event, EventKind
from plugin.core.feed import FeedLimits
from plugin.core.hearing import Hearing
from plugin.core.interval import Span, Spans
from plugin.core.platform import IncidentHistory, PlatformIncident, known
from plugin.core.report import REPORTED
from plugin.core.schedule import AROUND, Expected, Schedule
from plugin.core.sighting import Registered, Sightings

_SETTLING = FeedLimits().settle
Sessions = Callable[[str, datetime, datetime], Iterable[Appointment]]
"""The sessions of a meeting, by its number, that begin between two moments; those called off are among them."""
Anywhere = Callable[[datetime, datetime], Iterable[Appointment]]
"""The sessions of all meetings that stand and are on at any time between two moments."""
_OF_THE_ACCOUNT = frozenset({EventKind.PLATFORM_INCIDENT, EventKind.FEED_STOPPED})
_OWN = frozenset(
    {
        EventKind.JOIN_CLICKED, EventKind.TROUBLE_REPORTED, EventKind.PRESENCE_CLAIMED, EventKind.NOTICE_GIVEN,
        EventKind.TROUBLE_CONFIRMED, EventKind.PROVIDER_FAULT_FOUND, EventKind.ABSENCE_FOUND, EventKind.NO_FAULT_FOUND,
    }
)  # fmt: skip
HEARD = frozenset(EventKind) - _OWN - REPORTED - _OF_THE_ACCOUNT
"""What proves that the feed was alive."""


class Surroundings:
    """Everything that the account's feed said, ready to be asked about one appointment; built once for many.

    `expected` are the roster's appointments around that time: who belongs into a meeting is in no wrong room there; an
    old link may lead to a meeting that the roster does not know any more. `alive_since` is the first moment from which
    the feed is proven alive (the earliest event, if not given). When `people` are given, only they are asked about, and
    what tells nothing of them is not kept. `blind` are known times in which the feed cannot be trusted; one without an
    end goes on. `registered` says whose a registrant id is that was shown in a meeting, `sessions` which sessions a
    meeting has, `anywhere` which any has. What still arrives for as long as `settling` after the app was removed is no
    sign of life.
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
        anywhere: Anywhere = lambda _begin, _end: (),
        settling: timedelta = _SETTLING,
    ):
        self.schedule = Schedule(expected)
        self.sightings = Sightings(self.schedule, people, registered)
        self._hearing = Hearing()
        self._incidents: list[Event] = []
        self._known: tuple[datetime, IncidentHistory] | None = None
        self._stops: list[Event] = []
        self._alive_since = alive_since
        self._blind = tuple(blind)
        self.silent: Spans = ()
        self._settling = settling
        self._sessions, self._anywhere = sessions, anywhere
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
        self.sightings.settle()

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
        return event.kind in _OF_THE_ACCOUNT or self.sightings.heeds(event)

    def keep(self, event: Event) -> None:
        """Take in an event that is heeded."""
        if event.kind is EventKind.PLATFORM_INCIDENT:
            self._incidents.append(event)
            self._known = None
        elif event.kind is EventKind.FEED_STOPPED:
            self._stops.append(event)
        else:
            self.sightings.keep(event)

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
            if stop.account_id and account_id and stop.account_id != account_id:
                continue  # of another account it says nothing
            # Where no account is named, it may be any.
            mine = account_id if stop.account_id in ("", account_id) else ""
            heard = self._hearing.after((stop.at + self._settling).timestamp(), mine)
            end = now if heard is None else datetime.fromtimestamp(heard, UTC)
            spans.append((stop.at, max(end, stop.at)))
        return tuple(spans)

    def at_the_same_time(self, appointment: Appointment) -> list[Appointment]:
        """The other appointments of its meeting from its start to its end: a group may have one for each member.

        Who came for a shorter one, and stayed, is no longer there for that.
        """
        return [one for one in self._sharing(appointment) if one.status is Status.BOOKED]

    def called_off_beside(self, appointment: Appointment) -> list[Appointment]:
        """Those of its meeting from its start to its end that were called off: somebody may come all the same."""
        return [one for one in self._sharing(appointment) if one.status is Status.CANCELLED]

    def _sharing(self, appointment: Appointment) -> list[Appointment]:
        start, end = appointment.starts_at, appointment.ends_at
        found = self._sessions(appointment.meeting_id, start, start)
        here = appointment.appointment_id
        return [one for one in found if (one.starts_at, one.ends_at) == (start, end) and one.appointment_id != here]

    def beside(self, appointment: Appointment) -> list[Appointment]:
        """The other sessions of its meeting that are on within an hour of it."""
        opens, closes = appointment.starts_at - AROUND, appointment.ends_at + AROUND
        return [
            one
            for one in self._sessions(appointment.meeting_id, opens - self.schedule.longest, closes)
            if one.starts_at < closes
            and one.ends_at > opens
            and one.appointment_id != appointment.appointment_id
            and one.status is Status.BOOKED
        ]

    def elsewhere(self, appointment: Appointment) -> list[Appointment]:
        """The sessions of other meetings that are on within an hour of it, by their starts."""
        found = self._anywhere(appointment.starts_at - AROUND, appointment.ends_at + AROUND)
        others = [one for one in found if one.meeting_id != appointment.meeting_id]
        return sorted(others, key=attrgetter("starts_at", "appointment_id"))
