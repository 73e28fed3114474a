"""`rejoin prune`: delete what was kept long enough, now."""

from __future__ import annotations

from datetime import timedelta

import click

from config.policy import LEAST_DAYS


@click.command("prune")
@click.option(
    "--older-than-days", "days", type=click.IntRange(min=LEAST_DAYS), help="Instead of the policy's [retention]."
)
def prune(days: int | None) -> None:
    """Delete deliveries that were kept long enough and that no open verdict needs; may run beside the service.

    The worker does the same by itself. Verdicts, tickets and the history stay; they say that their deliveries are gone.
    """
    from plugin.cli.start import read_settings
    from plugin.composition import build
    from plugin.service.pruning import prune as prune_now

    rejoin = build(read_settings())
    try:
        keep = timedelta(days=days) if days else rejoin.policy.retention.deliveries
        if not keep:
            raise click.ClickException("The policy keeps deliveries for ever; say --older-than-days.")
        closed = deleted = 0
        while True:
            found = prune_now(rejoin, keep)
            closed, deleted = closed + found.appointments, deleted + found.deliveries
            if found.complete:
                break
    finally:
        rejoin.db.close()
    click.echo(f"Older than {keep.days} days: {deleted} deliveries deleted, {closed} appointments closed.")
