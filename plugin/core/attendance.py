"""Everything known of one person in an appointment's meeting: where they were when, and how each stay ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

import msgspec

from plugin.core.assessment import Presence, Stretch
from plugin.core.departure import Departure
from plugin.core.event import Event
from plugin.core.interval import Span, Spans, subtract, union, within
from plugin.core.piece import Piece
from plugin.core.visit import SWITCH

_SHOWN_AS = attrgetter("from_at", "to_at", "state")
_NONE = frozenset()
_PRESENT, _WAITING = Presence.PRESENT, Presence.WAITING


class Attendance(msgspec.Struct, frozen=True, gc=False):
    """Everything known about one person (or one unidentified guest) in the appointment's meeting."""

    present: Spans
    inside: Spans
    """The same with what was too short to be measured: joined and left in the same second."""
    waiting: Spans
    guessed: frozenset[datetime]
    """The ends of waits of which no end was told."""
    pieces: tuple[Piece, ...]
    departures: tuple[Departure, ...]
    signs: tuple[datetime, ...]
    """Every moment at which the person showed, sorted."""
    stays: tuple[Span, ...]
    """From and to of every stay, room switches joined."""
    named: frozenset[int]
    """The deliveries of those visits of which a name alone says whose they are."""
    by_phone: bool
    waiting_now: bool
    admitted: bool
    """Whether it was told that they were let in, or sent back."""
    refused: tuple[Event, ...]
    """The ends of a wait at which the host removed them."""
    open_now: bool
    """In the meeting at the moment of judgement."""
    lost_sight: bool
    """Whether the end of their presence was never delivered in any form."""
    inferred: bool
    """Whether one end of a piece was not delivered."""
    start_unknown: bool
    """Whether the beginning of a piece was not delivered."""
    events: tuple[int, ...]
    told: Sequence[Event]
    """The events of these deliveries, in order of what happened."""

    def surely_known(self, begin: datetime, end: datetime) -> bool:
        """Whether it was more than a name that said who this was, of what they showed while they were there between two
        moments; without it they may have been known in another session of the meeting only."""
        if not self.named:
            return True
        there = [(a, b) for a, b in self.present if a <= end and b >= begin]
        shown = [event for event in self.told if any(a <= event.at <= b for a, b in there)]
        return any(event.delivery not in self.named for event in shown)

    def start_unknown_between(self, begin: datetime, end: datetime) -> bool:
        """Whether the beginning was not delivered of a piece of which some is between two moments."""
        return self.start_unknown and any(p.inferred_start and p.begin <= end and p.end >= begin for p in self.pieces)

    def inferred_between(self, begin: datetime, end: datetime) -> bool:
        """Whether one end was not delivered of such a piece."""
        return self.inferred and any(not p.is_told and p.begin <= end and p.end >= begin for p in self.pieces)

    def was_seen(self, begin: datetime, end: datetime) -> bool:
        """Whether anything shows that they were there, or waited, at any time between two moments."""
        for a, b in (*self.present, *self.waiting):
            if a <= end and b >= begin:
                return True
        return any([begin <= at <= end for at in self.signs])

    def accounts_for(self, event: Event) -> bool:
        """Whether something else that was told of them is of when they are known to have been there, or of a connection
        that is known: much of that is told as they go, or after it."""
        if within(union((*self.present, *self.waiting)), event.at):
            return True
        mine = {(one.instance, key) for one in self.told for key in (one.connection, one.stay) if key}
        return (event.instance, event.connection or event.stay) in mine

    def stretches(self) -> tuple[Stretch, ...]:
        """Presence and waiting as they are shown to people."""
        if self.inferred:
            told = [(p.begin, p.end) for p in self.pieces if p.is_told]
            known = union(told, SWITCH)
            shown = [Stretch(_PRESENT, a, b, bool(subtract(((a, b),), known))) for a, b in self.present]
        else:
            shown = [Stretch(_PRESENT, a, b) for a, b in self.present]
        if self.waiting:
            shown += [Stretch(_WAITING, a, b, b in self.guessed) for a, b in self.waiting]
            shown.sort(key=_SHOWN_AS)
        return tuple(shown)


NOBODY = Attendance(
    present=(), inside=(), waiting=(), guessed=_NONE, pieces=(), departures=(), signs=(), stays=(),
    named=_NONE, by_phone=False, waiting_now=False, admitted=False, refused=(),
    open_now=False, lost_sight=False, inferred=False, start_unknown=False, events=(), told=(),
)  # fmt: skip
