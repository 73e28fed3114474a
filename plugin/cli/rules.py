"""`rejoin rules`: what is asked of every case, and what can decide a verdict, in the words that staff read."""

from __future__ import annotations

import json

import click

from plugin.core.rules import RULES
from plugin.core.verdict import REASONS

RULE_COLUMNS = ("rule", "what it looks for", "flag", "explains lost time as")
REASON_COLUMNS = ("reason", "what it says")


@click.command("rules")
@click.option("--format", "form", type=click.Choice(["table", "markdown", "json"]), default="table", show_default=True)
def rules(form: str) -> None:
    """Print the rules in the order in which they are asked, and the reasons that can decide a verdict."""
    if form == "json":
        click.echo(json.dumps({"rules": _rules(), "reasons": _reasons()}, indent=2))
    elif form == "markdown":
        click.echo(markdown(), nl=False)
    else:
        _table()


def markdown() -> str:
    """The page `docs/rules.md`."""
    lines = ["# What Rejoin asks, and what can decide a verdict", ""]
    lines += ["Printed by `rejoin rules --format markdown`.", ""]
    lines += ["## The rules, in the order in which they are asked", ""]
    lines += ["A minute of lost time belongs to the first rule that explains it; what none explains is absence.", ""]
    lines += _markdown(RULE_COLUMNS, [tuple(row.values()) for row in _rules()])
    lines += ["", "## The reasons", "", "The first finding of a verdict names the reason that decided it.", ""]
    lines += _markdown(REASON_COLUMNS, [tuple(row.values()) for row in _reasons()])
    return "\n".join(lines) + "\n"


def _rules() -> list[dict[str, str]]:
    return [
        {"rule": r.name, "sentence": r.sentence, "flag": r.flag or "", "cause": r.cause or ""} for r in RULES
    ]


def _reasons() -> list[dict[str, str]]:
    return [{"reason": name, "sentence": sentence} for name, sentence in REASONS.items()]


def _markdown(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (columns, ("---",) * len(columns), *rows)]


def _table() -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for columns, rows in ((RULE_COLUMNS, _rules()), (REASON_COLUMNS, _reasons())):
        table = Table(*columns)
        for row in rows:
            table.add_row(*row.values())
        console.print(table)
