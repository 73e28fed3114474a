"""However much lies behind a clinic, a replay takes as long for each session as it did for the first.

Counted are the lines of code that run, so no clock is asked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from config.policy import load_policy
from plugin.core.appointment import Appointment
from plugin.core.assessment import Assessment
from plugin.core.judgement import judge_missing
from plugin.core.result import Result
from plugin.recording import read_recording
from plugin.replay import Replay
from plugin.replay_ladder import Ladder
from plugin.roster import read_roster
from tests import work_done

POLICY = load_policy()
FIRST = datetime(2026, 3, 2, 15, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
FEW, MANY = 60, 240
HEADER = "appointment_id,kind,starts_at,ends_at,meeting_id,participant_id,role,registrant_id\n"


@dataclass(frozen=True)
class Clinic:
    """Sessions one after the other, each with a clinician, somebody who came, and somebody who did not."""

    every: timedelta = 12 * HOUR
    numbers: int = 1
    side_by_side: bool = False
    """Each hour has two sessions, and the same people are expected in both."""
    silent: bool = False
    """Of every second session nothing is heard."""
    told: str = ""
    """Something that is told beside each session."""


CLINICS = {
    "one meeting number for all": Clinic(),
    "one meeting number, hour after hour": Clinic(every=2 * HOUR),
    "many meeting numbers": Clinic(numbers=1000),
    "the same people in two sessions at a time": Clinic(side_by_side=True, numbers=2),
    "sessions of which nothing is heard": Clinic(silent=True),
    "a wrong room each time": Clinic(told="wrong room"),
    "links opened": Clinic(told="link"),
    "incidents of the platform": Clinic(told="incident"),
}


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _delivery(event: str, at: datetime, payload: dict) -> bytes:
    body = {"event": event, "event_ts": int(at.timestamp() * 1000), "payload": payload}
    return json.dumps({"received_at": _iso(at + timedelta(seconds=2)), "body": body}).encode()


def _of_meeting(event: str, at: datetime, number: str, run: str, who: dict | None = None) -> bytes:
    told = {"id": number, "uuid": run, "start_time": _iso(at)} if who is None else {"id": number, "uuid": run}
    return _delivery(event, at, {"account_id": "acct", "object": told | ({"participant": who} if who else {})})


def _visit(who: str, place: int, came: datetime, went: datetime, number: str, run: str) -> Iterator[bytes]:
    person = {"registrant_id": f"reg-{who}", "user_id": str(place), "participant_uuid": f"{run}-{who}"}
    joined, left = {"join_time": _iso(came)}, {"leave_time": _iso(went), "leave_reason": "left the meeting."}
    yield _of_meeting("meeting.participant_joined", came, number, run, person | joined)
    yield _of_meeting("meeting.participant_left", went, number, run, person | left)


def _beside(clinic: Clinic, number: int, starts_at: datetime) -> Iterator[bytes]:
    missing = {"appointment_id": f"A{number:05}", "participant_id": "C-2"}
    if clinic.told == "wrong room":
        yield from _visit("C-2", 7, starts_at, starts_at + 9 * MINUTE, "99", f"elsewhere-{number}")
    elif clinic.told == "link":
        yield _delivery("rejoin.join_clicked", starts_at, missing)
    elif clinic.told == "incident":
        ends = {"started_at": _iso(starts_at), "ended_at": _iso(starts_at + 9 * MINUTE)}
        yield _delivery("rejoin.platform_incident", starts_at, ends)


def _recorded(clinic: Clinic, sessions: int) -> tuple[bytes, list[bytes]]:
    """A roster and its deliveries."""
    rows, lines = [], []
    for number in range(sessions):
        turn = number // 2 if clinic.side_by_side else number
        starts_at = FIRST + turn * clinic.every
        ends_at, meeting, run = starts_at + HOUR, str(80_000_000_000 + number % clinic.numbers), f"run-{number}"
        for who, role in (("T-1", "clinician"), ("C-1", "client"), ("C-2", "client")):
            key = f"reg-{who}" if who != "C-2" or clinic.told == "wrong room" else ""
            rows.append(f"A{number:05},group,{_iso(starts_at)},{_iso(ends_at)},{meeting},{who},{role},{key}\n")
        if not (clinic.silent and number % 2):
            for place, who in enumerate(("T-1", "C-1")):
                lines += _visit(who, place, starts_at - MINUTE, ends_at, meeting, run)
        lines += _beside(clinic, number, starts_at)
    return (HEADER + "".join(rows)).encode(), lines


def _replay(clinic: Clinic, sessions: int) -> Callable[[], list[Result]]:
    """What judges and decides about everybody."""
    roster, lines = _recorded(clinic, sessions)
    appointments = read_roster(roster).appointments
    return lambda: list(Replay(appointments, read_recording(lines, appointments), POLICY).results())


def _lines_run(clinic: Clinic, sessions: int) -> int:
    """How many lines of code run until everybody is judged and decided."""
    results, count = work_done.lines_run(_replay(clinic, sessions))
    assert len(results) == 3 * sessions
    return count


@pytest.mark.parametrize("name", CLINICS)
def test_four_times_the_history_is_four_times_the_work(name: str) -> None:
    clinic = CLINICS[name]
    _replay(clinic, FEW)()  # what is worked out once and kept is not counted
    assert _lines_run(clinic, MANY) < 5 * _lines_run(clinic, FEW)


class _Judged:
    """Judges sessions of a clinic for a ladder, and notes which."""

    def __init__(self, clinic: Clinic, sessions: int):
        roster, lines = _recorded(clinic, sessions)
        self.appointments = sorted(read_roster(roster).appointments, key=lambda one: one.appointment_id)
        self._replay = Replay(self.appointments, read_recording(lines, self.appointments), POLICY)
        self.judged: list[str] = []

    def assess(self, appointment: Appointment) -> tuple[Assessment, ...]:
        self.judged.append(appointment.appointment_id)
        return self._replay._assess(appointment)

    def earlier(self, ladder: Ladder, number: int) -> dict[str, int]:
        return ladder.earlier(number, self.assess(self.appointments[number]))


def test_the_history_of_who_is_missing_is_judged_once_by_all_processes_together() -> None:
    """The last session is judged in another process first, and needs all the others; then this one needs none."""
    clinic = _Judged(Clinic(), 30)
    ladder = Ladder(clinic.appointments, clinic.assess, 100, POLICY.counts_since)
    if (child := os.fork()) == 0:
        missing = clinic.earlier(ladder, 29)
        os._exit(0 if missing == {"C-2": 29} and len(clinic.judged) == 30 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert clinic.earlier(ladder, 29) == {"C-2": 29}
    assert len(clinic.judged) == 1


def test_in_order_of_time_no_session_is_judged_for_a_later_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The later a session, the earlier its id: in the order of the roster each would be asked for before its turn."""
    roster, lines = _recorded(Clinic(), 30)
    roster = re.sub(rb"\bA(\d{5})", lambda number: b"A%05d" % (99_999 - int(number[1])), roster)
    appointments, asked = read_roster(roster).appointments, []
    monkeypatch.setattr(
        "plugin.replay.judge_missing", lambda one, *more: asked.append(one) or judge_missing(one, *more)
    )
    replay = Replay(appointments, read_recording(lines, appointments), POLICY)
    for number in replay.in_order_of_time():
        replay.write(number, bytearray())
    assert asked == []
    list(Replay(appointments, read_recording(lines, appointments), POLICY).results())
    assert len(asked) > 4


@pytest.mark.parametrize(("highest", "judged"), [(5, 6), (29, 30), (30, 30)])
def test_no_more_is_judged_than_leads_to_the_highest_rung(highest: int, judged: int) -> None:
    clinic = _Judged(Clinic(), 30)
    ladder = Ladder(clinic.appointments, clinic.assess, highest, POLICY.counts_since)
    assert clinic.earlier(ladder, 29) == {"C-2": min(29, highest)}
    assert len(clinic.judged) == judged


def test_appointments_that_begin_together_do_not_count_for_one_another() -> None:
    clinic = _Judged(Clinic(side_by_side=True, numbers=2), 6)
    ladder = Ladder(clinic.appointments, clinic.assess, 5, POLICY.counts_since)
    counts = [clinic.earlier(ladder, number) for number in reversed(range(6))]
    assert counts == [{"C-2": n} for n in (4, 4, 2, 2, 0, 0)]
