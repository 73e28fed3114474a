"""What a rule is and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from plugin.core.assessment import Cause, Confidence, Finding, Flag
from plugin.core.case import Case
from plugin.core.departure import Departure
from plugin.core.facet import Has
from plugin.core.interval import Spans


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a rule found: whether it hit, why in a sentence, the deliveries, and the lost time it explains."""

    hit: bool
    because: str
    events: tuple[int, ...] = ()
    explains: Spans = ()
    strength: Confidence = Confidence.HIGH


class Rule(msgspec.Struct, frozen=True):
    """A named rule: what it looks at, the flag it sets, and the cause of the time it explains.

    `otherwise` is what is recorded when a case has nothing of what the rule looks at, so that it need not be asked, and
    when the rule answers None, as it has nothing else to say.
    """

    name: str
    ask: Callable[[Case], Answer | None]
    looks_at: int
    otherwise: str
    flag: Flag | None = None
    cause: Cause | None = None

    @property
    def sentence(self) -> str:
        """What staff read: the first line of the rule's docstring."""
        return (self.ask.__doc__ or "").strip().splitlines()[0]

    def miss(self) -> Finding:
        """The finding when there is nothing to look at."""
        return Finding(self.name, False, self.otherwise)


def rule(
    name: str, looks_at: Has, otherwise: str, *, flag: Flag | None = None, cause: Cause | None = None
) -> Callable[[Callable[[Case], Answer | None]], Rule]:
    """Make a rule of a function that looks at a case; its place in the module is its place in the table."""
    return lambda ask: Rule(name, ask, int(looks_at), otherwise, flag, cause)


def deliveries_of(departures: Iterable[Departure]) -> tuple[int, ...]:
    """The deliveries that some departures rest on."""
    return tuple(sorted({number for d in departures for number in d.events}))
