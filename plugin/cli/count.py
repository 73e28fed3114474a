"""A number of things in words: 1 line, 2 lines."""

from __future__ import annotations


def counted(number: int, one: str, several: str = "") -> str:
    """So many of a thing, such as "1 line" or "2 lines"; `several` is the plural where it is not an s more."""
    return f"{number} {one}" if number == 1 else f"{number} {several or one + 's'}"
