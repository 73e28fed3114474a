"""`rejoin bounce`: take in a report that a letter came back."""

from __future__ import annotations

import sys
from collections import Counter
from typing import BinaryIO

import click

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: a mail server that pipes a message to a program keeps it then, and tries later."""


@click.command("bounce")
@click.argument("files", nargs=-1, type=click.File("rb"))
def bounce(files: tuple[BinaryIO, ...]) -> None:
    """Take in messages from the mailbox that bounces go to: one from the standard input, or FILES of one each.

    Have the mail server pipe the mail to the address of REJOIN_MAIL_FROM here. What is no report about a letter of ours
    is refused and counted; that is no failure of the command. When the database cannot be used, it ends with status 75,
    so that the mail server keeps the message.
    """
    from sqlalchemy.exc import OperationalError

    from plugin.cli.start import read_settings
    from plugin.composition import build
    from plugin.core.bounce import LARGEST
    from plugin.service import bounces

    rejoin = build(read_settings())
    became: Counter[str] = Counter()
    try:
        for file in files or (click.get_binary_stream("stdin"),):
            became[bounces.take(rejoin, file.read(LARGEST + 1))] += 1
    except OperationalError:
        click.echo("REJOIN_DATABASE_URL: the database cannot be used now; the message was not taken.", err=True)
        sys.exit(TRY_AGAIN)
    finally:
        rejoin.db.close()
    for word in sorted(became):
        click.echo(f"{became[word]} {word}")
