"""Who is in a meeting for another session of it, or strayed into it from one elsewhere: known there, they are nobody
unidentified here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from plugin.core.appointment import OF_THE_PROGRAM, Appointment, Participant
from plugin.core.attendance import Attendance
from plugin.core.event import Event
from plugin.core.identity import MatchedBy, Roll, is_identified
from plugin.core.interval import Span, union
from plugin.core.waiting import WAITING

AROUND_THEIRS = timedelta(minutes=15)
"""Who comes so long before their own session, or stays so long after it, is there for that one. Longer than that, and
somebody else may sit before the device or use the account that says who they are."""
EARLY_TO_WAIT = timedelta(minutes=30)
"""Who comes in for their own session, or is known by their own link, may have waited outside from so long before it."""
_BY_THEIR_LINK = frozenset({MatchedBy.REGISTRANT, MatchedBy.CUSTOMER_KEY})


class Neighbours:
    """The other sessions about the time of one of them, ready to say whose guest somebody is.

    With `elsewhere` those are in other meetings: who is there for the program looks in on a session at any time.
    """

    def __init__(
        self,
        appointment: Appointment,
        sessions: Iterable[Appointment],
        registered: Sequence[Event],
        *,
        elsewhere: bool = False,
    ):
        self._here = {person.participant_id for person in appointment.participants}
        self._sessions: Sequence[tuple[Appointment, Roll]] = [(one, Roll(one, (), registered)) for one in sessions]
        self._at_any_time = OF_THE_PROGRAM if elsewhere else frozenset()

    def whom(self, guest: Attendance) -> Participant | None:
        """Whom of another session a guest is known to be, by more than a name, who was there for it, or by mistake.

        They may have been there for several of them, by turns. Who is expected here as well may be known there by
        another key: that one is no guest of others. When they were there is what was told of it: a beginning or an end
        that got lost would make theirs the whole of a run that served several sessions.
        """
        if not self._sessions or not any(map(is_identified, guest.told)):
            return None
        moments = [event.at for event in guest.told]
        first, went = min(moments), max(moments)
        inside = min([event.at for event in guest.told if event.kind not in WAITING], default=None)
        by_turns: dict[str, list[Span]] = {}
        for session, roll in self._sessions:
            start, end = session.starts_at - AROUND_THEIRS, session.ends_at + AROUND_THEIRS
            waited = session.starts_at - EARLY_TO_WAIT <= first and (inside is None or start <= inside)
            in_time = went <= end and (start <= first or waited)
            touched = start <= went and first <= end
            if not in_time and not touched and not self._at_any_time:
                continue
            match = roll.recognise(guest.told)
            if match.person is None or match.by is MatchedBy.NAME:
                continue
            if in_time and first < start and inside is None and match.by not in _BY_THEIR_LINK:
                continue  # who never came in may have waited for this session, by the account of their household
            code = match.person.participant_id
            by_turns.setdefault(code, []).append((start, end))
            if in_time or match.person.role in self._at_any_time or _was_in_time(guest, by_turns[code]):
                return None if code in self._here else match.person
        return None


def _was_in_time(guest: Attendance, sessions: list[Span]) -> bool:
    """Whether somebody who came for several sessions was there for one or another of them whenever they were there."""
    if len(sessions) < 2:
        return False
    times = union(sessions)
    told = [(p.begin, p.end) for p in guest.pieces if p.is_told]
    told += [(event.at, event.at) for event in guest.told]
    return all(any(start <= begin and end <= until for start, until in times) for begin, end in told)
