"""The hour of one person without gaps: there, waiting, cut off or not seen, from its start until now or its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.interval import clip, subtract, union

BREATH = timedelta(seconds=20)
"""A hole as short as this is not worth a word to the person themselves."""


class Seen(StrEnum):
    """How somebody was seen."""

    PRESENT = "present"
    WAITING = "waiting"
    CUT_OFF = "cut-off"
    NOT_SEEN = "not-seen"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the hour."""

    seen: Seen
    from_at: datetime
    to_at: datetime


def hour(
    begin: datetime, end: datetime, stretches: Iterable[tuple[str, datetime, datetime]], broke_off: bool
) -> tuple[Part, ...]:
    """The parts from `begin` to `end` in order, touching each other; none when nothing was seen at all.

    `stretches` are (state, from, to) of the verdict. A hole after presence is a cut when the person `broke_off`.
    """
    known = tuple(stretches)
    present = union(clip(union((a, b) for s, a, b in known if s == Seen.PRESENT), begin, end), BREATH)
    waiting = subtract(clip(union((a, b) for s, a, b in known if s == Seen.WAITING), begin, end), present)
    if not (present or waiting):
        return ()
    seen = union((*present, *waiting))
    first_present = present[0][0] if present else end
    parts = [Part(Seen.PRESENT, a, b) for a, b in present] + [Part(Seen.WAITING, a, b) for a, b in waiting]
    for a, b in subtract(((begin, end),), seen):
        parts.append(Part(Seen.CUT_OFF if broke_off and a > first_present else Seen.NOT_SEEN, a, b))
    return tuple(sorted(parts, key=lambda part: part.from_at))
