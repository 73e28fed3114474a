"""Plays the part of Zoom: signs each delivery and sends it over HTTP at its time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import requests

from plugin.demo.scene import Cue
from plugin.ports.clock import Clock
from webhooks.signature import sign

TIMEOUT_SECONDS = (3, 10)
TRIES = 5
PAUSE_SECONDS = 0.02


class NotTaken(Exception):
    """The receiver takes no deliveries any more; the message is for the person at the terminal."""


@dataclass
class Player:
    """Sends deliveries to the receiver's address as Zoom does; `answers` counts the status codes.

    `pause` waits for some seconds.
    """

    address: str
    secret: str
    clock: Clock
    pause: Callable[[float], None]
    answers: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._http = requests.Session()
        self._http.trust_env = False

    def close(self) -> None:
        """Hang up: the receiver keeps a line open as long as it can."""
        self._http.close()

    def play(self, cues: Iterable[Cue]) -> Iterator[Cue | None]:
        """Send each delivery at its time; yields each after it was sent, None while waiting."""
        for cue in cues:
            yield from self.wait_until(cue.at)
            self.send(cue)
            yield cue

    def wait_until(self, moment: datetime) -> Iterator[None]:
        """Yield None now and then until the clock shows this moment."""
        while self.clock.now() < moment:
            yield None
            self.pause(PAUSE_SECONDS)

    def send(self, cue: Cue) -> requests.Response:
        """Send one delivery, signed now; on 5xx again, as Zoom does, only sooner; raises NotTaken."""
        for attempt in range(1, TRIES + 1):
            response = self._post(cue)
            if response is not None and response.status_code < 500:
                self.answers[response.status_code] += 1
                return response
            self.pause(0.2 * attempt)
        raise NotTaken(f"The receiver did not take a delivery after {TRIES} tries.")

    def _post(self, cue: Cue) -> requests.Response | None:
        timestamp = str(int(self.clock.now().timestamp()))
        secret = b"somebody else's secret" if cue.forged else self.secret.encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Zoom Marketplace/1.0a",
            "x-zm-request-id": cue.request_id,
            "x-zm-request-timestamp": timestamp,
            "x-zm-signature": sign(secret, timestamp, cue.body),
        }
        try:
            return self._http.post(self.address, data=cue.body, headers=headers, timeout=TIMEOUT_SECONDS)
        except requests.RequestException:
            return None
