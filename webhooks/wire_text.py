"""Texts and numbers of a delivery as Rejoin compares them: "" for nothing, and never longer than anybody reads."""

from __future__ import annotations

from webhooks.wire_body import Text

LONGEST_TEXT = 200


def text_of(value: Text) -> str:
    """A value as text without spaces around it; missing, null and "" are all nothing."""
    if not value:
        return ""
    if value.__class__ is str and len(value) <= LONGEST_TEXT:
        return value.strip()
    text = str(value)
    return text.strip()[:LONGEST_TEXT] if len(text) < 10_000 else text[:LONGEST_TEXT].strip()


def digits_of(value: Text) -> str:
    """A meeting number, however it is spaced; without a letter or a digit to see it is none."""
    text = text_of(value)
    if text.isdigit():
        return text
    return "".join(text.split()).replace("-", "") if any(c.isalnum() for c in text) else ""
