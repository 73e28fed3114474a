"""The rounds: load, a blow at a moment nobody chose, up again; and at the end everything must have come to its rest."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.torture import inspection
from tests.torture.house import House, until
from tests.torture.story import Session, noise
from tests.torture.zoom import Zoom

SESSIONS_EACH = 3
NOISE_EACH = 25
LATEST_BLOW_SECONDS = 0.9


@dataclass
class Torture:
    """One house under load, and what was done to it."""

    house: House
    lot: random.Random
    zoom: Zoom = field(init=False)
    sessions: list[Session] = field(default_factory=list)
    rounds: int = 0
    given: int = 0
    keep_open: bool = True
    next_victims: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.zoom = Zoom(self.house.port, keep_open=self.keep_open)

    def load(self) -> None:
        """A few sessions whose last deadline comes within seconds, told at once, and deliveries that say nothing."""
        now = datetime.now(UTC)
        first = len(self.sessions)
        new = [Session(first + n, now + timedelta(seconds=2 + 3 * self.lot.random())) for n in range(SESSIONS_EACH)]
        for session in new:
            self.house.book(session)
        self.sessions += new
        for session in new:
            for request_id, body in session.deliveries():
                self.zoom.give(request_id, body)
        self.make_noise()

    def make_noise(self) -> None:
        """Deliveries from which nothing follows."""
        for _ in range(NOISE_EACH):
            self.given += 1
            self.zoom.give(*noise("n", self.given, datetime.now(UTC)))

    def wait_for_the_moment(self) -> None:
        """Load, and wait as long as the lot says."""
        self.rounds += 1
        self.load()
        time.sleep(self.lot.uniform(0.0, LATEST_BLOW_SECONDS))

    def rest(self, seconds: float = 90) -> None:
        """Nobody strikes any more: everything is delivered, judged for good and carried out."""
        db = self.house.database()
        try:
            until(lambda: not self.zoom.unanswered(), self.house.said, seconds)
            until(lambda: inspection.settled(db, self.sessions), self.house.said, seconds)
        finally:
            db.close()

    def complaints(self, folder: Path) -> list[str]:
        """Every promise that was not kept."""
        db = self.house.database()
        try:
            house = self.house
            return inspection.complaints(db, self.zoom, self.sessions, house.desk, house.post, folder)
        finally:
            db.close()

    def close(self) -> None:
        """The end of it."""
        self.zoom.close()
