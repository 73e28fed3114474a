"""Minutes of a client by week: attended, and made up, side by side and never added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Week:
    """One client's week; `begins_on` is its Monday where the program is.

    `provisional_sessions` are those among the attended minutes whose verdict may still change.
    """

    participant_id: str
    begins_on: date
    attended_minutes: float
    makeup_minutes: int
    provisional_sessions: int


def weeks(
    attended: Iterable[tuple[str, datetime, float, bool]], made_up: Iterable[tuple[str, datetime, int]], zone: ZoneInfo
) -> tuple[Week, ...]:
    """The weeks of everybody, by week and code.

    `attended` holds (participant, start of the session, minutes, final), `made_up` (participant, handed in at,
    minutes): make-up work counts in the week in which it was handed in, not in that of the session it stands for.
    """
    found: dict[tuple[date, str], list] = {}

    def of(code: str, at: datetime) -> list:
        day = at.astimezone(zone).date()
        return found.setdefault((day - timedelta(days=day.weekday()), code), [0.0, 0, 0])

    for code, at, minutes, final in attended:
        entry = of(code, at)
        entry[0] += minutes
        entry[2] += not final
    for code, at, minutes in made_up:
        of(code, at)[1] += minutes
    return tuple(
        Week(code, monday, round(there, 1), apart, provisional)
        for (monday, code), (there, apart, provisional) in sorted(found.items())
    )
