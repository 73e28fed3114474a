"""`rejoin backfill`: what Zoom could not deliver is fetched from its own log."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from plugin.cli.count import counted

FORMS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M"]


@click.command("backfill")
@click.option("--from", "from_at", type=click.DateTime(FORMS), help="First moment, UTC (default: 7 days ago)")
@click.option("--to", "to_at", type=click.DateTime(FORMS), help="Last moment, UTC (default: now)")
def backfill_command(from_at: datetime | None, to_at: datetime | None) -> None:
    """Put what Zoom could not deliver into the inbox, each delivery once; the running service reads and judges it.

    Zoom keeps its log for seven days.
    """
    from plugin.cli.start import prepared
    from plugin.ports.outcome import RemoteTrouble
    from plugin.service.backfill import REACH, backfill
    from plugin.service.watching import ask_for_recovery, in_words

    rejoin = prepared()
    try:
        if rejoin.delivery_log is None:
            click.echo(
                "REJOIN_ZOOM_APP_ID is not set: it is the id of the app in the Zoom Marketplace, in whose log to look.",
                err=True,
            )
            sys.exit(2)
        now = rejoin.clock.now()
        begin = from_at.replace(tzinfo=UTC) if from_at else now - REACH
        end = min(to_at.replace(tzinfo=UTC), now) if to_at else now
        if begin >= end:
            click.echo("--from is not before --to.", err=True)
            sys.exit(2)
        recovered = backfill(rejoin, rejoin.delivery_log, begin, end)
        click.echo(in_words(recovered))
        if asked := ask_for_recovery(rejoin, begin, end):
            click.echo(f"The service looks at {counted(asked, 'blind time')} again and judges their sessions.")
    except RemoteTrouble as trouble:
        click.echo(f"Zoom's log could not be read: {trouble}.", err=True)
        sys.exit(1)
    finally:
        rejoin.db.close()
