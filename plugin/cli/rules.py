"""`rejoin rules`: what is asked of every case, and what can decide a verdict, in the words that staff read."""

from __future__ import annotations

import json

import click

from plugin.cli.sheet import print_sheet
from plugin.core.rules import RULES
from plugin.core.verdict import REASONS

RULE_COLUMNS = ("rule", "what it looks for", "flag", "explains lost time as")
REASON_COLUMNS = ("reason", "what it says")
RATE_COLUMNS = ("rule", "tickets resolved with a code", "confirmed", "hit rate")


@click.command("rules")
@click.option("--format", "form", type=click.Choice(["table", "markdown", "json"]), default="table", show_default=True)
@click.option("--hit-rates", is_flag=True, help="Of the tickets that each rule opened, how many people confirmed")
def rules(form: str, hit_rates: bool) -> None:
    """Print the rules in the order in which they are asked, and the reasons that can decide a verdict.

    With --hit-rates: how often each rule that opened a ticket was confirmed by whoever resolved it, from the database.
    """
    if hit_rates:
        _tell_rates(form)
    elif form == "json":
        click.echo(json.dumps({"rules": _rules(), "reasons": _reasons()}, indent=2))
    elif form == "markdown":
        click.echo(markdown(), nl=False)
    else:
        _table()


def _tell_rates(form: str) -> None:
    from plugin.cli.start import read_settings
    from plugin.composition import open_database
    from plugin.core import resolution
    from plugin.storage import ticket

    db = open_database(read_settings())
    try:
        with db.read() as tx:
            rates = resolution.hit_rates(ticket.resolved_with(tx))
    finally:
        db.close()
    if form == "json":
        told = [{"rule": r.rule, "resolved": r.resolved, "confirmed": r.confirmed, "share": r.share} for r in rates]
        click.echo(json.dumps({"hit_rates": told}, indent=2))
        return
    rows = [(r.rule, str(r.resolved), str(r.confirmed), f"{r.share:.0%}") for r in rates]
    if form == "markdown":
        click.echo("\n".join(_markdown(RATE_COLUMNS, rows)))
    elif rows:
        _print((RATE_COLUMNS, rows))
    else:
        click.echo("No ticket has been resolved with a code yet.")


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
    return [{"rule": r.name, "sentence": r.sentence, "flag": r.flag or "", "cause": r.cause or ""} for r in RULES]


def _reasons() -> list[dict[str, str]]:
    return [{"reason": name, "sentence": sentence} for name, sentence in REASONS.items()]


def _markdown(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in (columns, ("---",) * len(columns), *rows)]


def _table() -> None:
    rules, reasons = ([tuple(row.values()) for row in rows] for rows in (_rules(), _reasons()))
    _print((RULE_COLUMNS, rules), (REASON_COLUMNS, reasons))


def _print(*tables: tuple[tuple[str, ...], list[tuple[str, ...]]]) -> None:
    for columns, rows in tables:
        print_sheet(columns, rows)
