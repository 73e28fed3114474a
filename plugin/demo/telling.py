"""What the terminal shows: the morning while it runs, and afterwards what was decided and why."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from sqlalchemy import Row

from plugin.demo.morning import Morning
from plugin.demo.scene import Cue
from plugin.ports.clock import Clock
from plugin.storage import action, board
from plugin.storage.board import Booking, Person
from plugin.storage.database import Database

REFRESH_SECONDS = 0.4
COLOURS = {
    "attended": "green", "partial": "yellow", "missed": "red", "not-held": "magenta", "excused": "cyan",
    "cancelled": "dim", "undetermined": "blue",
}  # fmt: skip
DONE = {
    "ticket": "opened", "message": "sent", "checkin": "task opened", "review": "task opened",
    "reschedule": "sent to the client", "makeup": "sent to the client", "ticket-note": "written",
    "booking": "made", "invitation": "sent", "cancellation": "sent", "clinician-notice": "told", "correction": "sent",
    "moving": "moved", "calling-off": "taken out", "link": "sent",
}  # fmt: skip
STATES = {
    "held": "waits for a coordinator", "queued": "on its way", "withdrawn": "withdrawn, the verdict changed",
    "declined": "declined", "dead": "failed", "skipped": "left out",
}  # fmt: skip


@dataclass
class Telling:
    """Shows the morning as a live table, or as plain lines where there is no terminal."""

    console: Console
    morning: Morning
    zone: ZoneInfo
    clock: Clock
    db: Database
    _notes: deque[Text] = field(default_factory=lambda: deque(maxlen=6))
    _sent: int = 0
    _live: Live | None = None
    _shown_at: float = 0.0

    def follow(self, steps: Iterable[Cue | None]) -> None:
        """Show every step of the player until the steps end."""
        if not self.console.is_terminal:
            for cue in steps:
                self._take(cue)
            return
        with Live(self._picture(), console=self.console, auto_refresh=False, transient=True) as live:
            self._live = live
            for cue in steps:
                self._take(cue)
                if time.monotonic() - self._shown_at >= REFRESH_SECONDS:
                    live.update(self._picture(), refresh=True)
                    self._shown_at = time.monotonic()
            self._live = None

    def report(self) -> None:
        """Print what was decided about every client and relative, why, and what follows."""
        for booking in self._bookings():
            story = next(s.story for s in self.morning.sessions if s.code == booking.appointment_id)
            begins = booking.starts_at.astimezone(self.zone)
            self.console.print()
            self._say(f"[bold]{booking.appointment_id}[/] {begins:%H:%M} {booking.kind}: {escape(story)}")
            with self.db.read() as tx:
                actions = action.of_appointment(tx, booking.appointment_id)
            for person in booking.people:
                if person.verdict is None:
                    continue
                if person.role != "clinician" or person.verdict.result["outcome"] != "attended":
                    self._tell(person, [a for a in actions if a.participant_id == person.participant_id])

    def is_settled(self) -> bool:
        """Whether every verdict is final and everything that may be done without a person is done."""
        with self.db.read() as tx:
            if action.in_state(tx, action.QUEUED):
                return False
        verdicts = [person.verdict for booking in self._bookings() for person in booking.people]
        return all(verdict is not None and verdict.result["final"] for verdict in verdicts)

    def _take(self, cue: Cue | None) -> None:
        if cue is None:
            return
        self._sent += 1
        if not cue.note:
            return
        if self._live is not None:
            self._notes.append(Text(f"{cue.at.astimezone(self.zone):%H:%M}  {cue.note}"))
        else:
            self._say(f"{cue.at.astimezone(self.zone):%H:%M}  {escape(cue.note)}")

    def _tell(self, person: Person, actions: list[Row]) -> None:
        result = person.verdict.result
        colour = COLOURS.get(result["outcome"], "white")
        cause = "" if result["cause"] in ("none", "unknown") else f", {result['cause']}"
        final = "" if result["final"] else ", provisional"
        said = f"{result['outcome']}{cause}"
        self._say(
            f"   {person.participant_id:5} [{colour}]{said:22}[/] [dim]{result['confidence']} confidence{final}[/]"
        )
        first, *others = result["findings"]
        told = [first["because"]]
        told += [f["because"] for f in others if f["hit"] and f["because"] not in told][:2]
        for sentence in told:
            self._say(f"         {escape(sentence)}")
        for row in actions:
            self._say(f"         [bold]→[/] {_what_follows(row)}")

    def _say(self, line: str) -> None:
        # A line stays a line, whatever the width: it may be searched, or read by a machine.
        self.console.print(line, soft_wrap=True, highlight=False)

    def _bookings(self) -> list[Booking]:
        begin, end = self.morning.opens_at, self.morning.opens_at + timedelta(hours=12)
        with self.db.read() as tx:
            return [
                booking
                for booking in board.bookings_between(tx, begin, end, names=False)
                if booking.appointment_id in {session.code for session in self.morning.sessions}
            ]

    def _picture(self) -> Group:
        now = self.clock.now()
        whole = (self.morning.final_at - self.morning.opens_at).total_seconds()
        done = min(max((now - self.morning.opens_at).total_seconds(), 0), whole)
        head = Table.grid(padding=(0, 2))
        shown = min(now, self.morning.final_at).astimezone(self.zone)
        head.add_row(
            Text(f"{shown:%A %H:%M}", style="bold"),
            ProgressBar(total=whole, completed=done, width=40),
            f"{self._sent} of {len(self.morning.cues)} deliveries",
        )
        table = Table(box=None, padding=(0, 1), header_style="dim")
        for column in ("Session", "", "What happens", "Verdict so far", "What follows"):
            table.add_column(column, no_wrap=True, overflow="ellipsis")
        for booking in self._bookings():
            table.add_row(*self._row(booking, now))
        return Group(head, Text(), table, Text(), *self._notes)

    def _row(self, booking: Booking, now: datetime) -> tuple[str, str, str, Text, str]:
        story = next(s.story for s in self.morning.sessions if s.code == booking.appointment_id)
        begins = booking.starts_at.astimezone(self.zone)
        verdicts = _verdicts(booking)
        with self.db.read() as tx:
            rows = [a for a in action.of_appointment(tx, booking.appointment_id) if a.state != action.WITHDRAWN]
        follows = ", ".join(dict.fromkeys(row.kind + (" (held)" if row.state == action.HELD else "") for row in rows))
        when = f"{begins:%H:%M}" + (" ●" if booking.starts_at <= now < booking.ends_at else "")
        return booking.appointment_id, when, story, verdicts, follows


def _what_follows(row: Row) -> str:
    what = row.kind + (f" ({row.purpose})" if row.purpose else "")
    what += f" for {len(row.participants)} people" if row.incident else ""
    return f"{what}: {DONE[row.kind] if row.state == action.DONE else STATES[row.state]}"


def _verdicts(booking: Booking) -> Text:
    """The verdicts on clients and relatives, of a group how many of each; a question mark: not final."""
    people = [person for person in booking.people if person.verdict is not None and person.role != "clinician"]
    said = Counter((p.verdict.result["outcome"], p.verdict.result["final"]) for p in people)
    told = Text()
    for (outcome, final), number in said.items():
        many = f"{number} " if len(people) > 1 else ""
        told.append(f"{many}{outcome}{'' if final else '?'}  ", style=COLOURS.get(outcome, "white"))
    return told
