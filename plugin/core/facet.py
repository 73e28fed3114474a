"""Facets: what there is in a case, by which it is seen what rules have something to look at."""

from __future__ import annotations

from enum import IntFlag


class Has(IntFlag):
    """What there is in a case; a rule is asked only when there is something of what it looks at."""

    ARRIVED_LATE = 1
    WAITED = 2
    WENT = 4
    """They went before the meeting ended."""
    WENT_TOO_SOON = 8192
    """They went, and some of the held time that they lost was still to come."""
    CAME_STRAIGHT_BACK = 16384
    """They went by themselves, as it seems, and came straight back under a new connection."""
    BROKE_OFF = 32768
    """Their connection broke, as far as anybody can tell."""
    UNEXPLAINED = 65536
    """They went for a reason that cannot be read."""
    REMOVED = 131072
    """The host removed them, from the meeting or the waiting room."""
    GROUP_DROP = 262144
    """Several people of this meeting dropped out together."""
    CAME_AGAIN = 8
    """More than one stay."""
    HOST_DROPPED = 16
    INCIDENT = 32
    LOST_TIME_AND_ELSEWHERE = 64
    """They were not always there, and somebody of the roster was seen in a meeting where they are not expected."""
    TOLD = 128
    """They, or staff for them, told us something."""
    ONLY_A_NAME = 256
    BY_PHONE = 512
    GUESTS = 1024
    INFERRED = 2048
    REPORTED = 4096
