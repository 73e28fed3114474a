"""How a decision can fail to be carried out, and what our own rules put off or leave out."""

from __future__ import annotations

from datetime import datetime


class Conflict(Exception):
    """Somebody else changed the same thing a moment ago; look again and decide again."""


class Postponed(Exception):
    """Not now, by our own rules: again at `at`; nothing failed. The message says which rule."""

    def __init__(self, at: datetime, because: str):
        super().__init__(because)
        self.at = at


class Skipped(Exception):
    """Not at all, for a reason that is no failure; the message says which."""


class Refused(Exception):
    """A rule stands against it; the message is a sentence for the person who asked."""
