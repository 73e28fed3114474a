"""A table for people: what stands in a cell is text and nothing else, and a pipe or a file gets all of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

PIPED = 220
"""Characters in a line where no terminal says how many there is room for."""


def print_sheet(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; long words are broken, never cut."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    # A code such as [b] or :key: is no markup and no picture.
    width = None if sys.stdout.isatty() else PIPED
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)
