"""What the provider knows of deliveries that it tried to make: the way back out of a blind time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LoggedDelivery:
    """One delivery as the provider's log has it; `body` is empty when the log does not have it any more."""

    request_id: str | None
    body: bytes


class DeliveryLog(Protocol):
    """Reads the provider's own log; raises Temporary or Permanent."""

    def failed(self, from_at: datetime, to_at: datetime) -> Iterator[LoggedDelivery]:
        """What the provider tried to deliver between two moments, and could not."""
        ...
