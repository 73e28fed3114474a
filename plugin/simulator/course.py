"""What really happened to one person in one session: connections, waits, why they were away, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass, field

PLAIN = "left the meeting. Reason : left the meeting"
TO_BREAKOUT = "left the meeting. Reason : left the meeting to join breakout room"
FROM_BREAKOUT = "left the meeting. Reason : left the meeting leave breakout room to join main meeting"
CLIENT_CLOSE = "got disconnected from the meeting. Reason : Client Close."
FAILOVER = "left the meeting. Reason : left the meeting with Unknown Failover Reason"
NETWORK = "got disconnected from the meeting. Reason : Network connection error."
HOST_ENDED = "left the meeting. Reason : Host ended the meeting."
REMOVED = "left the meeting. Reason : Removed by host."
REASONS = {"client_close": CLIENT_CLOSE, "failover": FAILOVER, "network": NETWORK, "plain": PLAIN}
"""What Zoom says of a connection that broke, by the name of the weight."""

TECHNICAL, PROVIDER, ABSENCE = "technical", "provider", "absence"

Mark = tuple[str, int]
"""One delivery or line of evidence of a person: what it is, and the number of the connection, wait or line."""


@dataclass(frozen=True, slots=True)
class Face:
    """How a connection shows who it is, as Zoom sends it; "" is nothing."""

    name: str = ""
    email: str = ""
    zoom_id: str = ""
    registrant_id: str = ""
    customer_key: str = ""
    phone: str = ""


@dataclass(slots=True)
class Hop:
    """A change of the connection's number within one stay, in one second: a rename, a breakout room, or nothing."""

    at: int
    reason: str = PLAIN
    name: str | None = None
    breakout: str = ""
    """`in` or `out` when it leads into a breakout room or back."""


@dataclass(slots=True)
class Connection:
    """Somebody is in the meeting, as Zoom holds it, from `begin` to `end`; `broke` when it was not their choice."""

    begin: int
    end: int
    face: Face
    reason: str = PLAIN
    broke: bool = False
    unheard: bool = False
    """No left of it was ever sent."""
    warned_at: int | None = None
    hops: list[Hop] = field(default_factory=list)
    bound_to: int | None = None
    """The number of the connection whose sound this one is."""
    admitted_by: int | None = None
    """The number of the wait that it ended."""
    elsewhere: bool = False
    """In another meeting than the right one."""


@dataclass(slots=True)
class Wait:
    """Somebody waits: in the waiting room, or for the host (`told` is false for a browser, which shows nothing)."""

    begin: int
    end: int
    kind: str  # room, host, put-back
    face: Face
    admitted: bool
    told: bool = True
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A line of Rejoin's own evidence about the person."""

    what: str
    at: int


@dataclass(slots=True)
class Course:
    """One person's way through one session.

    `why` says for what reason they are away from a moment on (as long as they are away). `shows` are the traces of
    technical trouble: each a set of marks which, if all of them arrived, show it.
    """

    code: str
    connections: list[Connection] = field(default_factory=list)
    waits: list[Wait] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    why: list[tuple[int, str]] = field(default_factory=list)
    shows: list[frozenset[Mark]] = field(default_factory=list)
    story: set[str] = field(default_factory=set)
    network: str = "good"

    def away(self, since: int, why: str) -> None:
        """From a moment on, this is why they are not there."""
        self.why.append((since, why))

    def tell(self, what: str, at: int, shows: bool = False) -> None:
        """They open their link, report trouble, give notice."""
        self.told.append(Told(what, at))
        if shows:
            self.shows.append(frozenset({("told", len(self.told) - 1)}))

    def present(self) -> list[tuple[int, int]]:
        """When they were in the right meeting: a union, in order."""
        return union([(c.begin, c.end) for c in self.connections if not c.elsewhere])


def union(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans put together where they touch or overlap, in order; empty ones fall away."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(span for span in spans if span[1] > span[0]):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def clip(spans: list[tuple[int, int]], begin: int, end: int) -> list[tuple[int, int]]:
    """What of the spans lies between two moments."""
    return [(max(a, begin), min(b, end)) for a, b in spans if min(b, end) > max(a, begin)]


def without(spans: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of the spans is not taken; both in order."""
    rest = []
    for begin, end in spans:
        for a, b in taken:
            if b <= begin or a >= end:
                continue
            if a > begin:
                rest.append((begin, a))
            begin = max(begin, b)
        if begin < end:
            rest.append((begin, end))
    return rest


def length(spans: list[tuple[int, int]]) -> int:
    """Seconds in all."""
    return sum(b - a for a, b in spans)
