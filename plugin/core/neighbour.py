"""Who is in a meeting for another session of it: known there, they are nobody unidentified here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from plugin.core.appointment import Appointment
from plugin.core.identity import MatchedBy, Roll, is_identified
from plugin.core.presence import Attendance

AROUND_THEIRS = timedelta(minutes=15)
"""Who comes so long before their own session, or stays so long after it, is there for that one. Longer than that, and
somebody else may sit before the device or use the account that says who they are."""


class Neighbours:
    """The other sessions of a meeting, about the time of one of them, ready to say whose guest somebody is."""

    def __init__(self, appointment: Appointment, sessions: Iterable[Appointment]):
        self._here = {person.participant_id for person in appointment.participants}
        self._sessions: Sequence[tuple[Appointment, Roll]] = [(one, Roll(one)) for one in sessions]

    def expect(self, guest: Attendance) -> bool:
        """Whether a guest is known to be somebody of another session, by more than a name, and was there for it.

        Who is expected here as well may be known there by another key: that one is no guest of others. When they were
        there is what was told of it: a beginning or an end that got lost would make theirs the whole of a run that
        served several sessions.
        """
        if not self._sessions or not any(map(is_identified, guest.told)):
            return False
        moments = [event.at for event in guest.told]
        came, went = min(moments), max(moments)
        for session, roll in self._sessions:
            if session.starts_at - AROUND_THEIRS <= came and went <= session.ends_at + AROUND_THEIRS:
                match = roll.recognise(guest.told)
                if match.person is not None and match.by is not MatchedBy.NAME:
                    return match.person.participant_id not in self._here
        return False
