"""Whatever a meeting is flooded with, the work of judging it grows with the flood and not with its square.

Counted are the lines of code that run, so no clock is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from config.policy import load_policy
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.assessment import Assessment
from plugin.core.decision import decide
from plugin.core.event import Event, EventKind, LeaveReason
from plugin.core.judgement import judge
from plugin.core.surroundings import Surroundings
from tests import work_done

POLICY = load_policy()
THREE = datetime(2026, 3, 2, 15, tzinfo=UTC)
FOUR = THREE + timedelta(hours=1)
LATER = THREE + timedelta(hours=4)
CLIENTS = 4
FEW, MANY = 150, 600
LOST = LeaveReason.CONNECTION_LOST
APPOINTMENT = Appointment(
    "A-1", Kind.GROUP, THREE, FOUR, "80112345678",
    participants=(
        Participant("T-1", Role.CLINICIAN, registrant_id="reg-t"),
        *(Participant(f"C-{n}", Role.CLIENT, registrant_id=f"reg-{n}", name=f"Client {n}") for n in range(CLIENTS)),
    ),
)  # fmt: skip

Shape = Callable[[int, float], Event]
"""One event of a flood: its number, and how far in the hour it lies, from 0 to 1."""


def heard(kind: EventKind, number: int, at: datetime, **more) -> Event:
    told = {"meeting_id": "80112345678", "instance": "u1", "instance_started_at": THREE - timedelta(minutes=5)} | more
    return Event(kind, at, number + 10, at, **told)


def there_and_gone(number: int, place: float, who: str, device: str, stay: str, **more) -> Event:
    kind, reason = (EventKind.LEFT, LOST) if number % 2 else (EventKind.JOINED, None)
    return heard(
        kind, number, THREE + place * timedelta(hours=1), registrant_id=who, connection=device, stay=stay,
        reason=reason, **more,
    )  # fmt: skip


def told(kind: EventKind, number: int, place: float) -> Event:
    at = THREE + place * timedelta(hours=1)
    return Event(kind, at, number + 10, at, appointment_id="A-1", participant_id="C-0")


def at(place: float) -> datetime:
    return THREE + place * timedelta(hours=1)


def _comes_back(number: int, place: float) -> Event:
    visit, last = divmod(number, 3)
    kind, reason = (EventKind.LEFT, LOST) if last else (EventKind.JOINED, None)
    return heard(
        kind, number, at(place), registrant_id="reg-0", connection=f"c{visit}", stay=f"s{visit}", reason=reason
    )


SHAPES: dict[str, Shape] = {
    "they come back again and again": lambda n, x: there_and_gone(n, x, "reg-0", f"c{n // 2}", f"s{n // 2}"),
    "one stay of many connections": lambda n, x: there_and_gone(n, x, "reg-0", f"c{n // 2}", "s"),
    "one connection": lambda n, x: there_and_gone(n, x, "reg-0", "c", "s"),
    "one number for many stays": lambda n, x: there_and_gone(n, x, "", "c", f"s{n // 2}", name=f"Guest {n // 2}"),
    "everybody comes back": lambda n, x: there_and_gone(n, x, f"reg-{n // 2 % CLIENTS}", f"c{n // 2}", f"s{n // 2}"),
    "the clinician comes back": lambda n, x: there_and_gone(n, x, "reg-t", f"h{n // 2}", f"hs{n // 2}"),
    "all of them": lambda n, x: there_and_gone(n, x, ("reg-t", "reg-0")[n // 2 % 2], f"c{n // 2}", f"s{n // 2}"),
    "strangers": lambda n, x: there_and_gone(n, x, "", f"c{n // 2}", f"s{n // 2}", name=f"Guest {n // 2}"),
    "joins": lambda n, x: heard(EventKind.JOINED, n, at(x), connection=f"c{n}", stay=f"s{n}", registrant_id="reg-0"),
    "leaves": lambda n, x: heard(
        EventKind.LEFT, n, at(x), connection=f"c{n}", stay=f"s{n}", registrant_id="reg-0", reason=LOST
    ),
    "waits": lambda n, x: heard(
        (EventKind.WAITING_BEGAN, EventKind.WAITING_ENDED)[n % 2],
        n,
        at(x),
        connection=f"c{n // 2}",
        stay=f"s{n // 2}",
        registrant_id="reg-0",
    ),
    "back into the waiting room": lambda n, x: heard(
        (EventKind.PUT_BACK, EventKind.ADMITTED)[n % 2], n, at(x), connection="c", stay="s", registrant_id="reg-0"
    ),
    "waits for the host": lambda n, x: heard(EventKind.WAITED_FOR_HOST, n, at(x), name=f"Client {n % CLIENTS}"),
    "waits for the host that nobody names": lambda n, x: (
        heard(EventKind.STOPPED_WAITING_FOR_HOST, n, at(x), registrant_id=f"reg-{n // 2 % CLIENTS}")
        if n % 2
        else heard(EventKind.WAITED_FOR_HOST, n, at(x))
    ),
    "warnings": lambda n, x: heard(EventKind.QUALITY_WARNING, n, at(x), connection="c1"),
    "legs bound in a chain": lambda n, x: heard(
        EventKind.BOUND, n, at(x), connection=f"c{n}", stay=f"s{n}", bound_connection=f"c{n + 1}", registrant_id="reg-0"
    ),
    "legs bound to one": lambda n, x: heard(
        EventKind.BOUND, n, at(x), connection=f"c{n}", stay=f"s{n}", bound_connection="c0", registrant_id="reg-0"
    ),
    "breakout rooms": lambda n, x: there_and_gone(n, x, "reg-0", f"c{n // 2}", "s", bound_connection="c0"),
    "runs of the meeting": lambda n, x: heard(
        (EventKind.MEETING_STARTED, EventKind.MEETING_ENDED)[n % 2], n, at(x), instance=f"u{n // 2}"
    ),
    "a run for each": lambda n, x: heard(
        EventKind.JOINED, n, at(x), instance=f"u{n}", connection="c", stay=f"s{n}", registrant_id=f"reg-{n % CLIENTS}"
    ),
    "links opened": lambda n, x: told(EventKind.JOIN_CLICKED, n, x),
    "trouble and presence told": lambda n, x: told(
        (EventKind.TROUBLE_REPORTED, EventKind.PRESENCE_CLAIMED)[n % 2], n, x
    ),
    "links opened while they come back": lambda n, x: (
        told(EventKind.JOIN_CLICKED, n, x) if n % 3 == 2 else _comes_back(n, x)
    ),
    "trouble told while they come back": lambda n, x: (
        told(EventKind.TROUBLE_REPORTED, n, x) if n % 3 == 2 else _comes_back(n, x)
    ),
    "warned while they come back": lambda n, x: (
        heard(EventKind.QUALITY_WARNING, n, at(x), connection=f"c{n // 3}") if n % 3 == 2 else _comes_back(n, x)
    ),
    "deleted and brought back": lambda n, x: heard(
        (EventKind.MEETING_DELETED, EventKind.MEETING_RECOVERED)[n % 2], n, THREE - (2 - x) * timedelta(hours=1)
    ),
}


def session(shape: str) -> list[Event]:
    """The session around the flood; the clinician is there all the time, but where the flood is theirs."""
    before = THREE - timedelta(minutes=5)
    run = [heard(EventKind.MEETING_STARTED, -9, before), heard(EventKind.MEETING_ENDED, -6, FOUR)]
    if shape in ("the clinician comes back", "all of them"):
        return run
    clinician = {"connection": "c1", "stay": "st", "registrant_id": "reg-t"}
    went = heard(EventKind.LEFT, -7, FOUR, reason=LeaveReason.PLAIN, **clinician)
    return [*run, heard(EventKind.JOINED, -8, before, **clinician), went]


def lines_run(shape: str, number: int) -> int:
    """How many lines of code run until such a flood is judged and decided."""
    events = [*session(shape), *(SHAPES[shape](n, n / number) for n in range(number))]

    def judged() -> tuple[Assessment, ...]:
        assessments = judge(APPOINTMENT, events, Surroundings(events), POLICY, LATER)
        decide(APPOINTMENT, assessments, POLICY, LATER)
        return assessments

    assessments, count = work_done.lines_run(judged)
    assert len(assessments) == len(APPOINTMENT.participants)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_four_times_the_flood_is_about_four_times_the_work(shape: str) -> None:
    lines_run(shape, FEW)  # what is worked out once and kept is not counted
    assert lines_run(shape, MANY) < 6 * lines_run(shape, FEW)
