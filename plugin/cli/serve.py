"""`rejoin serve`: the web service, with its work beside it on SQLite."""

from __future__ import annotations

import sys

import click


@click.command("serve")
@click.option("--workers", default=1, show_default=True, help="Processes; more than one only on PostgreSQL.")
@click.option("--listen", help="Address and port (default: REJOIN_LISTEN).")
def serve(workers: int, listen: str | None) -> None:
    """Serve the receiver, the pages and the API; on SQLite the due work is done in the same process."""
    from plugin.cli.start import PATIENCE_SECONDS, prepared_settings, uses_postgresql

    settings = prepared_settings(PATIENCE_SECONDS)
    if workers > 1 and not uses_postgresql(settings):
        click.echo("--workers: an SQLite file serves one process; set REJOIN_DATABASE_URL to a PostgreSQL.", err=True)
        sys.exit(2)
    host, port = _address(listen or settings.listen)

    from plugin import serving
    from plugin.composition import SettingsProblem
    from plugin.listener import listen as listen_at

    try:
        listening = listen_at(host, port)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        click.echo(f"REJOIN_LISTEN: {host}:{port} cannot be listened on ({reason}).", err=True)
        sys.exit(2)
    try:
        service = serving.NAME if workers > 1 else serving.service()
    except SettingsProblem as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    click.echo(f"Rejoin listens on {listening}", err=True)
    serving.serve(service, listening, workers)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        click.echo(f"REJOIN_LISTEN: {text} is not an address and a port, such as 127.0.0.1:8000.", err=True)
        sys.exit(2)
    return host.strip("[]"), int(port)
