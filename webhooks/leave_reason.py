"""Zoom's leave reasons: what each text means, the most telling first.

The webhook sends `left the meeting. Reason : X` or `got disconnected from the meeting. Reason : X`; the Dashboard
API puts the person's name in front, so only the part after "Reason" is read, and no text is ever kept.
"""

from __future__ import annotations

from functools import lru_cache

from plugin.core.event import LeaveReason

# Read from top to bottom; the first text that is found decides.
TEXTS: tuple[tuple[str, LeaveReason], ...] = (
    ("breakout room", LeaveReason.ROOM_SWITCH),
    ("host ended", LeaveReason.MEETING_OVER),
    ("host closed", LeaveReason.MEETING_OVER),
    ("host started a new meeting", LeaveReason.MEETING_OVER),
    ("host did not join", LeaveReason.NO_HOST),
    ("removed by host", LeaveReason.REMOVED),
    ("exceeded free meeting minutes", LeaveReason.TIME_LIMIT),
    ("network", LeaveReason.CONNECTION_LOST),
    ("failover", LeaveReason.CONNECTION_LOST),
    ("client close", LeaveReason.CLIENT_CLOSED),
    ("got disconnected", LeaveReason.CLIENT_CLOSED),
    ("leave waiting room", LeaveReason.PLAIN),
    ("left the meeting", LeaveReason.PLAIN),
)


def read_leave_reason(text: str | int | None) -> LeaveReason:
    """What a leave reason says; an unknown or missing text is UNKNOWN, never a choice of the person."""
    return _read(text[:400]) if isinstance(text, str) and text else LeaveReason.UNKNOWN


def of_waiting_room(text: str | int | None) -> bool:
    """Whether it was the waiting room that they left: "Leave waiting room.", "Removed by host from waiting room."."""
    return isinstance(text, str) and _of_waiting_room(text[:400])


@lru_cache(maxsize=256)
def _of_waiting_room(text: str) -> bool:
    return "waiting room" in text.casefold()


@lru_cache(maxsize=256)
def _read(text: str) -> LeaveReason:
    before, _, reason = text.casefold().replace("reason :", "reason:").partition("reason:")
    told = reason if reason.strip(" .") else before
    for part, meaning in TEXTS:
        if part in told:
            if meaning is LeaveReason.PLAIN and "got disconnected from the" in before:
                return LeaveReason.CLIENT_CLOSED
            return meaning
    return LeaveReason.CLIENT_CLOSED if "got disconnected from the" in before else LeaveReason.UNKNOWN
