"""`rejoin check`: everything Rejoin depends on, every problem at once."""

from __future__ import annotations

import sys

import click

COLOURS = {"fine": "green", "wrong": "red", "not checked": "yellow"}


@click.command("check")
def check() -> None:
    """Look at settings, policy, database, Zoom and its feed, mail, text messages, help desk and calendars; ends with 1
    when something is wrong.

    Nothing is stored or sent.
    """
    from plugin.checkup.checkup import check_up
    from plugin.checkup.point import State

    wrong = 0
    for point in check_up():
        wrong += point.state is State.WRONG
        mark = click.style(f"{point.state:<11}", fg=COLOURS[point.state])
        click.echo(f"{mark} {point.subject}: {point.sentence}")
    if wrong:
        click.echo("One thing is wrong." if wrong == 1 else f"{wrong} things are wrong.", err=True)
        sys.exit(1)
