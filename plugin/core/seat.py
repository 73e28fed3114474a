"""A seat in another group: sessions of the roster that a client can join in place of the one that they missed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from plugin.core.interval import Span
from plugin.core.slot import Slot, Wish, awake, why


@dataclass(frozen=True, slots=True)
class Room:
    """One group session with seats, aware UTC: `free` of `size` can be given to one more client.

    `module` is what it is about, by the program's code; `members` are its clients by code. `others` is how many other
    clients were offered a seat in it and may still pick one, without those for whom one is kept.
    """

    appointment_id: str
    starts_at: datetime
    ends_at: datetime
    module: str
    size: int
    free: int
    members: frozenset[str]
    others: int = 0

    @property
    def rivals(self) -> int:
        """How many other clients may pick the seat that would be this one: with two seats, one rival is none."""
        return max(0, self.others - self.free + 1)


def free_seats(rooms: Iterable[Room], client: str, busy: Iterable[Span], wish: Wish) -> tuple[Slot, ...]:
    """A seat in each of these sessions that fits the client, in order of time, each with what speaks for it.

    It begins within the wish's window and lies in the client's day; they are not in it already and have nothing else.
    """
    taken, found = tuple(busy), []
    for room in sorted(rooms, key=lambda one: (one.starts_at, one.appointment_id)):
        within = wish.earliest <= room.starts_at <= wish.latest and awake(room.starts_at, room.ends_at, wish)
        clashes = any(begin < room.ends_at and end > room.starts_at for begin, end in taken)
        if room.free > 0 and within and not clashes and client not in room.members:
            found.append(Slot(room.starts_at, room.ends_at, _because(room, wish), room.appointment_id))
    return tuple(found)


def _because(room: Room, wish: Wish) -> str:
    about = f"Another session of module {room.module}" if room.module else "Another session of the same kind"
    seats = "1 seat" if room.free == 1 else f"{room.free} seats"
    return f"{about}, {seats} of {room.size} free. {why(room.starts_at, wish, 'A seat')}"
