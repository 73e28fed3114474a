"""`rejoin worker`: due work without the web service, as many as you like, on PostgreSQL."""

from __future__ import annotations

import signal
import sys
import threading

import click


@click.command("worker")
@click.option("--metrics-port", type=int, help="Tell this process's counters at 127.0.0.1 on this port.")
def worker(metrics_port: int | None) -> None:
    """Read the inbox, judge and act until SIGTERM; then finish what was begun."""
    from plugin.cli.start import PATIENCE_SECONDS, prepared_settings, uses_postgresql
    from plugin.composition import build, working
    from plugin.service import log, metrics

    settings = prepared_settings(PATIENCE_SECONDS)
    if not uses_postgresql(settings):
        click.echo(
            "On SQLite the work is done by `rejoin serve` itself: the file has one writer. "
            "For workers of their own set REJOIN_DATABASE_URL to a PostgreSQL.",
            err=True,
        )
        sys.exit(2)
    log.set_up(settings.log_level)
    rejoin = build(settings)
    work = working(rejoin)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=work.stop, daemon=True).start())
    if metrics_port:
        from prometheus_client import start_http_server

        start_http_server(metrics_port, "127.0.0.1", metrics.REGISTRY)
    click.echo("Rejoin works; stop it with SIGTERM.", err=True)
    work.run()
    rejoin.db.close()
