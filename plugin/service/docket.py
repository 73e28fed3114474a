"""What is judged in one sitting: appointments, their deliveries and what the account said, in one consistent view."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Row

from plugin.core import support
from plugin.core.action import Action
from plugin.core.appointment import Appointment, Role
from plugin.core.assessment import Assessment
from plugin.core.decision import decide
from plugin.core.event import Event
from plugin.core.furnishing import room_of
from plugin.core.judgement import judge_in
from plugin.core.override import overruled
from plugin.core.program_day import seen_in_its_day
from plugin.core.room import Room
from plugin.core.schedule import ROW
from plugin.core.surroundings import Surroundings
from plugin.service import incidents
from plugin.service.memory import Memory
from plugin.service.neighbourhood import Neighbourhood
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import assessment as verdicts
from plugin.storage import delivery, retention, sighting
from plugin.storage import override as overrides
from plugin.storage.appointment import REACH
from plugin.storage.database import Transaction
from plugin.storage.delivery import Received
from plugin.storage.sighting import Horizon


@dataclass(frozen=True)
class Judgement:
    """What one look at an appointment found, before anything is written."""

    appointment: Appointment
    assessments: tuple[Assessment, ...]
    actions: tuple[Action, ...]
    rows: Sequence[Row]
    decisions: Sequence[Row]
    at: datetime
    final_at: datetime
    """From when on it is final, as far as that was known."""
    again_at: datetime | None
    """When something comes to count that stands there already: the clock of another machine is a little ahead."""
    seen: Horizon
    """How far the look saw what was read."""
    earlier_no_shows: Mapping[str, int]
    """How many of each person count before it; who has none is not in it."""
    about: Mapping[int, frozenset[str]]
    """Whose alone a delivery is: whom a piece of Rejoin's own evidence names, and whose verdict rests on one of another
    meeting. All others are everybody's."""


@dataclass(frozen=True)
class Sitting:
    """What was found of those looked at together, by id; `left` are those that must wait for the next sitting."""

    found: Mapping[str, Judgement]
    left: frozenset[str]


class _Tickets(NamedTuple):
    """The appointments that share the meeting of one, and what was done so far about them and it."""

    others: list[Appointment]
    done: list[Row]


class Docket:
    """Looks at appointments in the stored rows; remembers only what it has read from them.

    Each question is asked once for all of a sitting, since what a judgement costs is the way to the database and back.
    """

    def __init__(self, rejoin: Rejoin, earlier_no_shows: Callable = verdicts.earlier_no_shows):
        self.rejoin, self._earlier_no_shows = rejoin, earlier_no_shows
        self._memory = Memory()
        self._neighbourhood = Neighbourhood(self._memory)

    def look(self, appointment_id: str, now: datetime) -> Judgement | None:
        """Judge one appointment from what had arrived by `now`, writing nothing.

        None when there is no such appointment, or its deliveries were pruned: its verdicts stand for good.
        """
        return self.sit([appointment_id], now).found.get(appointment_id)

    def sit(self, appointment_ids: Sequence[str], now: datetime) -> Sitting:
        """Look at the first of these, and at as many more as can be judged beside it, in one view of the rows."""
        with self.rejoin.db.read() as tx:
            there = appointments.load_these(tx, list(appointment_ids))
            pruned = retention.pruned(tx, there)
            standing = [there[one] for one in appointment_ids if one in there and one not in pruned]
            together = _together(standing)
            found = self._look(tx, together, now) if together else {}
        return Sitting(found, frozenset(one.appointment_id for one in standing) - found.keys())

    def _look(self, tx: Transaction, together: Sequence[Appointment], now: datetime) -> dict[str, Judgement]:
        seen = sighting.horizon(tx)
        received, events, rooms = self._rooms(tx, together, now, self._memory.events)
        surroundings = rooms[together[0].appointment_id].surroundings
        told = {one.appointment_id: surroundings.words_of_incidents(one.starts_at, one.ends_at) for one in together}
        numbers = sorted({event.delivery for some in told.values() for event in some})
        words = {row.id: row for row in delivery.these(tx, numbers)}
        earlier = self._earlier_no_shows(tx, together, self.rejoin.policy.counts_since)
        decisions = overrides.of_appointments(tx, received)
        assessed = {
            one.appointment_id: self._assessed(tx, one, rooms[one.appointment_id], decisions[one.appointment_id], now)
            for one in together
        }
        tickets = self._tickets(tx, together, surroundings)
        found = {}
        for one in together:
            number = one.appointment_id
            assessments = assessed[number]
            follows = self._follows(tx, one, tickets[number], assessed, earlier[number], now)
            rows, next_at = received[number]
            read = [*rows, *(words[event.delivery] for event in told[number] if event.delivery in words)]
            elsewhere = _cited_of_elsewhere(assessments, {row.id for row in read})
            read += delivery.these(tx, sorted(elsewhere))
            mine = [events[row.id] for row in rows]
            about = {event.delivery: frozenset({event.participant_id}) for event in mine if event.participant_id}
            about |= elsewhere
            final_at = rooms[number].horizon.final_at
            again_at = min([at for at in (next_at, *_moments(decisions[number])) if at and at > now], default=None)
            found[number] = Judgement(
                one, assessments, follows, read, decisions[number], now, final_at, again_at, seen, earlier[number],
                about,
            )  # fmt: skip
        return found

    def _rooms(
        self,
        tx: Transaction,
        together: Sequence[Appointment],
        now: datetime,
        events_of: Callable[[Transaction, Sequence[Row]], list[Event]],
    ) -> tuple[dict[str, Received], dict[int, Event], dict[str, Room]]:
        """The deliveries of each appointment, by its id, what they say, by their own, and its room."""
        received = delivery.of_appointments(tx, together, now)
        events = events_of(tx, [row for some in received.values() for row in some.rows])
        by_number = {event.delivery: event for event in events}
        accounts = {event.account_id for event in events} - {""}
        policy = self.rejoin.policy
        surroundings = self._neighbourhood.around(tx, together, policy, now, accounts)
        rooms = {}
        for one in together:
            mine = [by_number[row.id] for row in received[one.appointment_id].rows if row.id in by_number]
            rooms[one.appointment_id] = room_of(one, mine, surroundings, policy, now)
        return received, by_number, rooms

    def _assessed(
        self, tx: Transaction, one: Appointment, room: Room, decisions: Sequence[Row], now: datetime
    ) -> tuple[Assessment, ...]:
        assessments = self._in_its_day(tx, one, judge_in(room), now)
        return overruled(assessments, overrides.standing_of(decisions, now)) if decisions else assessments

    def _in_its_day(
        self, tx: Transaction, appointment: Appointment, assessments: tuple[Assessment, ...], now: datetime
    ) -> tuple[Assessment, ...]:
        """The verdicts in the light of the sessions that those who are absent had before it that day."""
        start = appointment.starts_at

        def sessions_of(codes: Sequence[str]) -> dict[str, list[Row]]:
            found: dict[str, list[Row]] = {}
            for row in appointments.sessions_of(tx, codes, start - ROW, start):
                if row.role == Role.CLIENT:  # what somebody was to another one's family session tells nothing of theirs
                    found.setdefault(row.participant_id, []).append(row)
            return found

        def by_itself(session: Row) -> tuple[Assessment, ...]:
            there = appointments.load_these(tx, [session.appointment_id])
            *_, rooms = self._rooms(tx, list(there.values()), now, self._memory.readable)
            return judge_in(rooms[session.appointment_id])

        early = self.rejoin.policy.of(appointment.kind).early_window
        return seen_in_its_day(appointment, assessments, sessions_of, by_itself, early)

    def _tickets(
        self, tx: Transaction, together: Sequence[Appointment], surroundings: Surroundings
    ) -> dict[str, _Tickets]:
        """What was done about each of these and about those that share its meeting."""
        others = {one.appointment_id: surroundings.at_the_same_time(one) for one in together}
        wanted = {*others, *(other.appointment_id for some in others.values() for other in some)}
        done = outbox.of_appointments(tx, wanted)
        return {
            number: _Tickets(some, [*done[number], *(row for other in some for row in done[other.appointment_id])])
            for number, some in others.items()
        }

    def _follows(
        self,
        tx: Transaction,
        one: Appointment,
        tickets: _Tickets,
        assessed: Mapping[str, tuple[Assessment, ...]],
        earlier: Mapping[str, int],
        now: datetime,
    ) -> tuple[Action, ...]:
        """What follows for one; who else of its meeting has trouble is looked at when somebody of it has."""
        others, policy = tickets.others, self.rejoin.policy
        joint = incidents.people(tx, tickets.done, now)
        meeting = (incidents.key_of(tickets.done, now) or support.shared_key(one, others)) if others else ""
        mine = assessed[one.appointment_id]
        follows = decide(one, mine, policy, now, earlier, joint, meeting)
        if not (others and support.may_be_shared(follows)):
            return follows
        known = [other for other in others if other.appointment_id in assessed]
        beside = [found for other in known for found in assessed[other.appointment_id]]
        beside += self._beside(tx, [other for other in others if other not in known], now)
        return decide(one, mine, policy, now, earlier, joint, meeting, beside)

    def _beside(self, tx: Transaction, these: Sequence[Appointment], now: datetime) -> list[Assessment]:
        """Everybody of these, which are not judged in this sitting."""
        if not these:
            return []
        received, _, rooms = self._rooms(tx, these, now, self._memory.readable)
        decisions = overrides.of_appointments(tx, received)
        return [
            found
            for one in these
            for found in self._assessed(tx, one, rooms[one.appointment_id], decisions[one.appointment_id], now)
        ]


def _moments(decisions: Iterable[Row]) -> Iterator[datetime | None]:
    """When decisions began to stand, and ended."""
    for row in decisions:
        yield from (row.set_at, row.undone_at)


def _cited_of_elsewhere(assessments: Iterable[Assessment], known: set[int]) -> dict[int, frozenset[str]]:
    """The deliveries of other meetings that a verdict rests on, each with whose: somebody came into a wrong room."""
    found: dict[int, frozenset[str]] = {}
    for one in assessments:
        cited = {number for finding in one.findings if finding.hit for number in finding.events}
        for number in cited - known:
            found[number] = found.get(number, frozenset()) | {one.participant_id}
    return found


def _together(standing: Iterable[Appointment]) -> list[Appointment]:
    """The first of these and those that can be judged beside it: near it in time, and none of the same client.

    A client's verdict may change what follows from a later one of theirs, which must then see it written.
    """
    found: list[Appointment] = []
    clients: set[str] = set()
    for one in standing:
        mine = {person.participant_id for person in one.participants if person.role is Role.CLIENT}
        if found and (clients & mine or abs(one.starts_at - found[0].starts_at) > REACH):
            continue
        found.append(one)
        clients |= mine
    return found
