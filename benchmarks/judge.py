"""Judging one appointment: twelve people and about two hundred events, the best and the median of many runs."""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.decision import decide
from plugin.core.event import Event
from plugin.core.judgement import judge
from plugin.core.surroundings import Surroundings
from webhooks.wire import read_event

STARTS = datetime(2026, 3, 2, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PEOPLE = 12
BROKEN = "got disconnected from the meeting. Reason : Network connection error."
TO_BREAKOUT = "left the meeting. Reason : left the meeting to join breakout room"
PLAIN = "left the meeting. Reason : left the meeting"
LIMIT_MS = 2.0


def run(console: Console, rounds: int = 300) -> bool:
    """Print a row for a calm group and one in which everybody drops out all the time; whether the calm one is in time.

    Each run folds, judges and decides from events in memory, as the live service does after each delivery.
    """
    table = Table(title=f"judging a group of {PEOPLE}")
    for column in ("what", "events", "best ms", "median ms"):
        table.add_column(column, justify="left" if column == "what" else "right")
    medians = []
    groups = {"breakouts, a waiting room, four drops": _calm(), "everybody drops out eight times": _rough()}
    for what, bodies in groups.items():
        events = [read_event(json.dumps(body).encode(), n, STARTS) for n, body in enumerate(bodies, 1)]
        times = _timed(events, rounds)
        medians.append(statistics.median(times))
        table.add_row(what, str(len(events)), f"{min(times):.2f}", f"{medians[-1]:.2f}")
    console.print(table)
    return medians[0] < LIMIT_MS


def _timed(events: list[Event], rounds: int) -> list[float]:
    policy, group = load_policy(None), _group()
    surroundings, now = Surroundings(events), STARTS + timedelta(hours=4)
    times = []
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        before = time.perf_counter()
        decide(group, judge(group, events, surroundings, policy, now), policy, now)
        times.append((time.perf_counter() - before) * 1000)
    gc.enable()
    return times


def _group() -> Appointment:
    clients = [Participant(f"C-{n}", Role.CLIENT, registrant_id=f"reg-{n}") for n in range(PEOPLE)]
    people = (*clients, Participant("S-1", Role.CLINICIAN, registrant_id=f"reg-{PEOPLE}"))
    return Appointment("A1", Kind.GROUP, STARTS, STARTS + timedelta(hours=1), "81000000001", people)


def _calm() -> Iterator[dict]:
    """In by the waiting room, out to breakout rooms and back, four drops of half a minute, out at the end."""
    for n in range(PEOPLE + 1):
        came = STARTS + timedelta(seconds=n * 5 - 60)
        if n < PEOPLE:
            yield _person(n, 0, "joined_waiting_room", date_time=came - MINUTE)
            yield _person(n, 0, "admitted", date_time=came)
        yield _person(n, 0, "joined", join_time=came)
        for line, minute in enumerate((12, 20, 28, 36, 44, 52)):
            why = BROKEN if n < 4 and not line else TO_BREAKOUT
            gap = timedelta(seconds=30) if why is BROKEN else timedelta(0)
            moved = STARTS + MINUTE * minute
            stay = "b" if n < 4 else "a"
            yield _person(n, line, "left", leave_time=moved, leave_reason=why, stay="a" if not line else stay)
            yield _person(n, line + 1, "joined", join_time=moved + gap, stay=stay)
        yield _person(n, 6, "left", leave_time=STARTS + 59 * MINUTE, leave_reason=PLAIN, stay="b" if n < 4 else "a")
    yield body_of("ended", {"end_time": iso(STARTS + 60 * MINUTE)})


def _rough() -> Iterator[dict]:
    """Everybody is cut off every seven minutes and back a minute later under a new connection."""
    for n in range(PEOPLE + 1):
        for line in range(8):
            at = STARTS + MINUTE * 7 * line
            yield _person(n, line, "joined", join_time=at, stay=str(line))
            yield _person(n, line, "left", leave_time=at + 6 * MINUTE, leave_reason=BROKEN, stay=str(line))
    yield body_of("ended", {"end_time": iso(STARTS + 60 * MINUTE)})


def _person(n: int, line: int, what: str, stay: str = "a", leave_reason: str = "", **when: datetime) -> dict:
    told = {name: iso(at) for name, at in when.items()}
    told |= {"user_id": str(16_778_240 + n * 100 + line), "participant_uuid": f"{n}-{stay}"}
    told |= {"registrant_id": f"reg-{n}"}
    return body_of(f"participant_{what}", {"participant": told | {"leave_reason": leave_reason}})


def body_of(event: str, more: dict) -> dict:
    """The body of one of Zoom's events in the meeting that is judged here."""
    thing = {"id": "81000000001", "uuid": "u1==", "host_id": "host", "start_time": iso(STARTS - MINUTE)} | more
    return {"event": f"meeting.{event}", "event_ts": 1, "payload": {"account_id": "account", "object": thing}}


def iso(at: datetime) -> str:
    """A moment as Zoom writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
