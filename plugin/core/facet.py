"""Facets: what there is in a case, by which it is seen what rules have something to look at."""

from __future__ import annotations

from enum import IntFlag


class Has(IntFlag):
    """What there is in a case; a rule is asked only when there is something of what it looks at."""

    ARRIVED_LATE = 1
    WAITED = 2
    WENT = 4
    """They went before the meeting ended, were removed, or the meeting ended and held time was left."""
    DROPPED = 8192
    """They went and did not choose to, or came straight back."""
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
