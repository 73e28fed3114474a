"""How a text message leaves the house."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Text:
    """One text message to one person; `to` is a number in E.164.

    `tried_at` is when it was tried before, None for the first time: what was tried may have gone, so whoever sends it
    looks for it first. `mark` comes back with what the telephone company reports about it.
    """

    key: str
    participant_id: str
    to: str
    body: str
    mark: str
    tried_at: datetime | None = None


class TextSender(Protocol):
    """Sends text messages; raises Temporary, Permanent, AddressRefused or Stopped."""

    def send(self, text: Text) -> str:
        """Hand the message over, or find the one that went before; returns the telephone company's number of it."""
        ...

    def check(self) -> None:
        """Ask with the configured credentials; raises Permanent with a sentence that names the setting to look at."""
        ...
