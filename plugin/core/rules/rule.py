"""What a rule is and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from plugin.core.assessment import Cause, Confidence, Flag
from plugin.core.case import Case
from plugin.core.interval import Spans
from plugin.core.presence import Departure


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule found: whether it hit, why in a sentence, the deliveries, and the lost time it explains."""

    hit: bool
    because: str
    events: tuple[int, ...] = ()
    explains: Spans = ()
    strength: Confidence = Confidence.HIGH


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule with the flag it sets and the cause of the time it explains."""

    name: str
    ask: Callable[[Case], Answer]
    flag: Flag | None = None
    cause: Cause | None = None

    @property
    def sentence(self) -> str:
        """What staff read: the first line of the rule's docstring."""
        return (self.ask.__doc__ or "").strip().splitlines()[0]


def deliveries_of(departures: Iterable[Departure]) -> tuple[int, ...]:
    """The deliveries that some departures rest on."""
    return tuple(sorted({number for d in departures for number in d.events}))
