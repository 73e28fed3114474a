"""What came out of looking at one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What came out of looking."""

    FINE = "fine"
    WRONG = "wrong"
    UNSEEN = "not checked"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at: `subject` is the setting or part, `sentence` is for whoever runs the service."""

    subject: str
    state: State
    sentence: str


def reason(error: Exception) -> str:
    """The first line of what a driver or server said; the rest may quote values."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")
