"""A room: what is the same for everybody in one appointment.

What can be asked of it stands in `heard` (could it be heard?), `leading` (its clinicians) and `stranger` (who may be
somebody missing).
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from operator import itemgetter

import msgspec

from plugin.core.appointment import OF_THE_PROGRAM, Appointment, Participant
from plugin.core.attendance import Attendance
from plugin.core.beside import Beside
from plugin.core.common_drop import CommonDrop
from plugin.core.departure import Departure
from plugin.core.event import Event
from plugin.core.guest import Guest
from plugin.core.horizon import Horizon
from plugin.core.interval import Spans, intersect, union
from plugin.core.neighbour import AROUND_THEIRS
from plugin.core.platform import PlatformIncident
from plugin.core.policy import Policy, Thresholds
from plugin.core.surroundings import Surroundings
from plugin.core.timeline import Timeline

_BEGIN = itemgetter(0)
END_GUESSED = "the clinician's leave was not delivered, and others stayed on"


class Room(msgspec.Struct, frozen=True):
    """What is the same for everybody in one appointment; all spans and moments are aware UTC."""

    appointment: Appointment
    policy: Policy
    thresholds: Thresholds
    horizon: Horizon
    timeline: Timeline
    opens: datetime
    """From when on a sign of a person belongs to this session."""
    free_since: datetime
    """From when on whoever comes, known or not, has come to this session and to no other one in the meeting."""
    until: datetime
    """Up to when there is something to judge: the scheduled end, or now while the session runs."""
    late_after: datetime
    attendances: dict[str, Attendance]
    guests: tuple[Guest, ...]
    neighbours: tuple[Attendance, ...]
    """Those who are known to have come for another session of the meeting, or from one elsewhere."""
    astray: tuple[tuple[Participant, Attendance], ...]
    """Those whom a session in another meeting expects."""
    known_beside: tuple[tuple[Participant, Attendance], ...]
    """Those of them who came for another appointment of the meeting at the same time."""
    held: Spans
    held_for: timedelta
    held_minutes: float
    enough_held: timedelta
    """Who was present for so much of the held time has attended."""
    held_sure: bool
    """Whether a clinician was recognised by more than a name, and every beginning of their presence was delivered.

    A beginning that was not delivered shows that deliveries were lost, perhaps those of other people too.
    """
    held_by_another: bool
    """Whether the clinicians were seen under the name of one of another session only, who shares the host's account, or
    those of another appointment in this room led it for most of its time."""
    held_by_bots: bool
    """Whether only note-taking bots were there by the links of clinicians."""
    only_bots: frozenset[str]
    """Codes of those by whose link nothing but a note-taking bot came."""
    surroundings: Surroundings
    group_drops: tuple[CommonDrop, ...]
    host_drops: tuple[Departure, ...]
    """Drops of a clinician during the scheduled time."""
    clinicians: tuple[Attendance, ...]
    """Those who can hold the session: the roster's clinicians, a host of whom the roster has no row, and who led it in
    place of them."""
    unpeopled: Spans
    """When a run of the meeting was on of whose people nothing was delivered: anybody may have been in it."""
    beside: Beside
    clinician_lost: bool
    """Whether the end of a clinician's presence was never delivered, so that nobody knows how long it was held."""
    end_guessed: bool
    """Whether a clinician is taken to have stayed until the meeting ended, and others would have kept it on."""
    has: int
    """What every case in this room has in it (see `Has`)."""

    def host_drops_before(self) -> list[Departure]:
        """Drops of a clinician soon before the start, who was not back by then."""
        gone = [departure for one in self.clinicians for departure in one.departures if departure.abnormal]
        return [departure for departure in gone if self.kept_from_the_start(departure)]

    def kept_from_the_start(self, gone: Departure) -> bool:
        """Whether somebody went soon before the start, and was not back by then."""
        start = self.appointment.starts_at
        return self.opens <= gone.at < start and (gone.back_at is None or gone.back_at > start)

    def led_at(self, moment: datetime) -> bool:
        """Whether a clinician was in the meeting at a moment, be it before the start, or had been until just before."""
        spans = [span for one in self.clinicians for span in one.present]
        return any(begin < moment <= end + self.thresholds.end_tolerance for begin, end in spans)

    def everybody(self) -> list[Attendance]:
        """Those of the roster, guests, and who came for another session of the meeting."""
        return [*self.attendances.values(), *[guest.attendance for guest in self.guests], *self.neighbours]

    def clients_astray(self) -> list[Attendance]:
        """Those who are expected in another meeting, and not for the program."""
        return [one for person, one in self.astray if person.role not in OF_THE_PROGRAM]

    def sight_lost(self) -> bool:
        """Whether no end of somebody's presence was ever delivered: then more may not have been."""
        return any(one.lost_sight for one in self.everybody())

    def incidents(self) -> tuple[PlatformIncident, ...]:
        """The incidents of the platform that were on during the scheduled time."""
        return self.surroundings.incidents(self.appointment.starts_at, self.until, self.horizon.now)

    @property
    def told_of_incidents(self) -> tuple[int, ...]:
        """The deliveries that told of them."""
        return tuple(sorted({number for one in self.incidents() for number in one.told}))

    def kept_out(self) -> tuple[PlatformIncident, ...]:
        """Those that were on while people still arrive, and may have kept somebody out."""
        latest = self.appointment.starts_at + self.thresholds.no_show_after
        return tuple([one for one in self.incidents() if one.from_at <= latest])

    @property
    def scheduled(self) -> timedelta:
        """How long the session was to last."""
        return self.appointment.ends_at - self.appointment.starts_at

    @property
    def over(self) -> bool:
        """Whether the scheduled time is over."""
        return self.horizon.now >= self.appointment.ends_at

    @property
    def of_clinicians(self) -> tuple[int, ...]:
        """The deliveries that tell of the clinicians in this session: one may have held another before or after it."""
        told = {event.delivery for one in self.clinicians for event in one.told if self._is_of_it(one, event)}
        return tuple(sorted(told))

    def _is_of_it(self, one: Attendance, event: Event) -> bool:
        start, closes = self.appointment.starts_at, self.appointment.ends_at + AROUND_THEIRS
        place = bisect_right(one.present, event.at, key=_BEGIN)
        begin, until = one.present[place - 1] if place else (event.at, event.at)
        if event.at > until:
            begin = until = event.at
        return begin <= closes and (begin >= self.opens or until >= start)

    def somebody_there(self) -> bool:
        """Whether anybody of the roster was present or waiting during the scheduled time."""
        span = ((self.appointment.starts_at, self.until),)
        return any(intersect(span, union((*a.present, *a.waiting))) for a in self.attendances.values())
