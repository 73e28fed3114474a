"""Why a delivery tells nothing."""

from __future__ import annotations


class Unreadable(Exception):
    """A delivery that is not an event; the message says what is wrong and nothing of its content."""


class UnknownEvent(Exception):
    """A delivery of an event that Rejoin does not know; the message is the event's name, shortened."""
