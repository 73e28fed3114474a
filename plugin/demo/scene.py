"""What Zoom sends about one session while it goes as the story says."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plugin.demo import delivery
from plugin.demo.cast import Session
from plugin.demo.delivery import Connection, Guest, Room

USUAL_DELAY = timedelta(seconds=2)
END_DELAY = timedelta(seconds=18)


@dataclass(frozen=True, slots=True)
class Cue:
    """One delivery: when it reaches us, its bytes, Zoom's request id (the same for a repetition), what it shows."""

    at: datetime
    body: bytes
    request_id: str
    note: str = ""
    forged: bool = False


@dataclass
class Scene:
    """Collects the deliveries of one session as a story tells them; times are HH:MM or HH:MM:SS of that day."""

    session: Session
    cues: list[Cue] = field(default_factory=list)
    _lines: dict[Guest, Connection] = field(default_factory=dict)
    _connections: int = 0
    _deliveries: int = 0
    _room: Room | None = None

    @property
    def room(self) -> Room:
        """The running meeting."""
        if self._room is None:
            raise ValueError(f"{self.session.code} has no meeting yet: the story must start it first")
        return self._room

    def start(self, clock: str, arrives: str = "", note: str = "") -> None:
        """The meeting begins; a second time begins another instance of it."""
        at = self.session.moment(clock)
        self._room = self._room_from(at)
        self.send(delivery.started(self.room), at, arrives, note)

    def join(self, guest: Guest, clock: str, arrives: str = "", note: str = "") -> None:
        """Somebody comes in on a new connection."""
        at = self.session.moment(clock)
        self._lines[guest] = line = self._new_connection()
        self.send(delivery.joined(self.room, guest, line, at), at, arrives, note)

    def leave(self, guest: Guest, clock: str, reason: str = delivery.PLAIN, arrives: str = "", note: str = "") -> None:
        """Somebody's newest connection ends."""
        at = self.session.moment(clock)
        self.send(delivery.left(self.room, guest, self._lines.pop(guest), at, reason), at, arrives, note)

    def switch(self, guest: Guest, clock: str, note: str = "") -> None:
        """Somebody is put on another connection in the same second; the new one is delivered first."""
        at = self.session.moment(clock)
        old = self._lines[guest]
        self._lines[guest] = new = self._new_connection(old)
        self.send(delivery.joined(self.room, guest, new, at), at, note=note)
        self.send(delivery.left(self.room, guest, old, at), at + timedelta(seconds=1))

    def warn(self, guest: Guest, clock: str, note: str = "") -> None:
        """Zoom warns that somebody's line is unstable."""
        at = self.session.moment(clock)
        self.send(delivery.unstable(self.room, guest, self._lines[guest], at), at, note=note)

    def wait(self, guest: Guest, clock: str, note: str = "") -> None:
        """Somebody comes into the waiting room."""
        at = self.session.moment(clock)
        self._lines[guest] = line = self._new_connection()
        self.send(delivery.waiting_began(self.room, guest, line, at), at, note=note)

    def stop_waiting(self, guest: Guest, clock: str, note: str = "") -> None:
        """Somebody gives up in the waiting room."""
        at = self.session.moment(clock)
        self.send(delivery.waiting_ended(self.room, guest, self._lines.pop(guest), at), at, note=note)

    def wait_for_host(self, guest: Guest, clock: str, until: str, note: str = "", end_note: str = "") -> None:
        """Somebody waits for a host who has not begun the meeting; no meeting, no connection, no end."""
        begin, end = self.session.moment(clock), self.session.moment(until)
        room = self._room_from(begin)
        self.send(delivery.waited_for_host(room, guest, begin), begin, note=note)
        self.send(delivery.stopped_waiting_for_host(room, guest, end), end, note=end_note)

    def end(self, clock: str, reason: str = delivery.PLAIN, note: str = "") -> None:
        """The host ends the meeting: everybody's connection ends with it, and `ended` comes last."""
        at = self.session.moment(clock)
        for number, (guest, line) in enumerate(self._lines.items()):
            self.send(delivery.left(self.room, guest, line, at, reason), at + timedelta(seconds=number))
        self._lines.clear()
        self.send(delivery.ended(self.room, at), at + END_DELAY - USUAL_DELAY, note=note)

    def send(self, what: dict, at: datetime, arrives: str = "", note: str = "") -> Cue:
        """Put a delivery on its way: it reaches us two seconds later, or when `arrives` says."""
        reaches_us = self.session.moment(arrives) if arrives else at + USUAL_DELAY
        self._deliveries += 1
        number = uuid.uuid5(delivery.NAMESPACE, f"{self.session.code}/{self.session.starts_at}/{self._deliveries}").hex
        request_id = "_".join((number[:8], number[8:12], number[12:16], number[16:20], number[20:]))
        told = f"{self.session.code}  {note}" if note else ""
        cue = Cue(reaches_us, delivery.as_body(what), request_id, told)
        self.cues.append(cue)
        return cue

    def repeat(self, cue: Cue, clock: str, note: str) -> None:
        """Zoom sends the same delivery again: the same id and bytes, signed anew."""
        self.cues.append(Cue(self.session.moment(clock), cue.body, cue.request_id, f"{self.session.code}  {note}"))

    def _room_from(self, at: datetime) -> Room:
        session = self.session
        instance = delivery.meeting_uuid(f"{session.code}/{at.isoformat()}")
        return Room(session.meeting_id, instance, session.clinician.zoom_user_id, at, session.minutes)

    def _new_connection(self, stay_of: Connection | None = None) -> Connection:
        self._connections += 1
        return delivery.connection(f"{self.session.code}/{self.session.starts_at}", self._connections, stay_of)
