"""A flood of deliveries: Zoom waits three seconds for its answer, and nobody that long for a verdict."""

from __future__ import annotations

TOGETHER = 8
"""So many deliveries waited for the same commit: the writer is behind, and what else runs here stands back."""
LASTS_SECONDS = 0.5
"""A flood is over when for so long no commit had that many."""


class Flood:
    """Whether there is one, by the writer's own commits; times are of the monotonic clock."""

    def __init__(self) -> None:
        self._until = float("-inf")

    def committed(self, deliveries: int, now: float) -> None:
        """So many deliveries were stored by one commit."""
        if deliveries >= TOGETHER:
            self._until = now + LASTS_SECONDS

    def is_on(self, now: float) -> bool:
        """Whether what can wait should wait."""
        return now < self._until
