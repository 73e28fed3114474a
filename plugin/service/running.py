"""The work of one process: reading, judging, acting and watching the feed until it is told to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from plugin.ports.queue import Claim, WorkKind
from plugin.service.acting import Actor, Performer
from plugin.service.calendar_watch import CalendarWatch
from plugin.service.desk_watch import DeskWatch
from plugin.service.judging import Judge
from plugin.service.offer_watch import OfferWatch
from plugin.service.pruning import Pruner
from plugin.service.reading import read_inbox
from plugin.service.rejoin import Rejoin
from plugin.service.reporting import Reporter
from plugin.service.watching import Watch

log = structlog.get_logger(__name__)

# A small portion, so that the receiver never waits long for the only writer of an SQLite file.
READ_AT_ONCE = 100


class Work:
    """Runs the queue of one process, in a thread of its own or in the caller's."""

    def __init__(
        self, rejoin: Rejoin, performers: Mapping[str, Performer], give_way: Callable[[], None] = lambda: None
    ):
        self.rejoin = rejoin
        self._give_way = give_way
        self._watch = Watch(rejoin)
        self._desk = DeskWatch(rejoin)
        self._pruner = Pruner(rejoin)
        self._judge = Judge(rejoin)
        self._by_kind = {
            WorkKind.ACT: Actor(rejoin, performers).perform,
            WorkKind.WATCH: self._watch.perform,
            WorkKind.REPORT: Reporter(rejoin).perform,
            WorkKind.DESK: self._desk.perform,
            WorkKind.OFFER: OfferWatch(rejoin).perform,
            WorkKind.PRUNE: self._pruner.perform,
            WorkKind.CALENDAR: CalendarWatch(rejoin).perform,
        }
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def run(self) -> None:
        """Work in this thread until `stop` is called from another one or from a signal."""
        self._begin_watching()
        self.rejoin.queue.run(self.read, self.perform, self._stop)

    def _begin_watching(self) -> None:
        try:
            self._watch.begin()
            self._desk.begin()
            self._pruner.begin()
        except SQLAlchemyError as error:
            # The database is away or busy: the work must begin all the same; the row of an earlier start stands.
            log.error("watch-not-begun", error=type(error).__name__)

    def start(self) -> None:
        """Work in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="rejoin-work", daemon=True)
        self._thread.start()

    def stop(self, patience_seconds: float = 25.0) -> None:
        """Read the inbox to its end, finish what is claimed, and end; calling it again is harmless."""
        self._stop.set()
        self.rejoin.queue.wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(patience_seconds)

    def read(self) -> int:
        """Read one portion of the inbox, after those who are just delivering."""
        self._give_way()
        return read_inbox(self.rejoin, READ_AT_ONCE)

    def perform(self, claims: Sequence[Claim]) -> None:
        """Do what was claimed; appointments are judged together, everything else is done by itself."""
        if claims[0].kind is WorkKind.JUDGE:
            self._judge.perform(claims)
            return
        for claim in claims:
            self._by_kind[claim.kind](claim)
