"""`rejoin bounce`: take in reports that a letter came back."""

from __future__ import annotations

import mailbox
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: a mail server that pipes a message to a program keeps it then, and tries later."""


@click.command("bounce")
@click.argument("files", nargs=-1, type=click.File("rb"))
@click.option(
    "--mailbox", "mailboxes", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="A mailbox of many messages: an mbox file, or the folder of a Maildir. It is only read.",
)  # fmt: skip
def bounce(files: tuple[BinaryIO, ...], mailboxes: tuple[Path, ...]) -> None:
    """Take in messages from the mailbox that bounces go to: one from the standard input, FILES of one each, or a whole
    --mailbox.

    Have the mail server pipe the mail to the address of REJOIN_MAIL_FROM here. What is no report about a letter of ours
    is refused and counted; that is no failure of the command, and keeps no other message from being taken. When the
    database cannot be used, it ends with status 75, so that the mail server keeps the message; what was taken before
    stands, and to take it again changes nothing.
    """
    from sqlalchemy.exc import OperationalError

    from plugin.cli.start import read_settings
    from plugin.composition import build
    from plugin.core.bounce import LARGEST
    from plugin.service import bounces

    opened = [_opened(path) for path in mailboxes]
    rejoin = build(read_settings())
    became: Counter[str] = Counter()
    try:
        alone = files or (() if opened else (click.get_binary_stream("stdin"),))
        for file in alone:
            became[bounces.take(rejoin, file.read(LARGEST + 1))] += 1
        for box in opened:
            for raw in _messages(box, LARGEST + 1):
                became[bounces.take(rejoin, raw)] += 1
    except OperationalError:
        click.echo("REJOIN_DATABASE_URL: the database cannot be used now; not every message was taken.", err=True)
        sys.exit(TRY_AGAIN)
    finally:
        rejoin.db.close()
        for box in opened:
            box.close()
    for word in sorted(became):
        click.echo(f"{became[word]} {word}")


def _opened(path: Path) -> mailbox.Mailbox:
    """The mailbox at this path; raises UsageError when there is none that we can read."""
    try:
        if path.is_dir():
            if not all((path / part).is_dir() for part in ("cur", "new")):
                raise click.UsageError(f"--mailbox {path}: is no Maildir; it has no folders `cur` and `new`.")
            return mailbox.Maildir(path, create=False)
        with path.open("rb") as file:
            if file.read(5) not in (b"From ", b""):
                raise click.UsageError(
                    f"--mailbox {path}: is no mbox; it does not begin with `From `. A single message is given as FILE."
                )
        return mailbox.mbox(path, create=False)
    except OSError as error:
        raise click.UsageError(f"--mailbox {path}: cannot be read ({error.strerror}).") from None


def _messages(box: mailbox.Mailbox, most: int) -> Iterator[bytes | None]:
    """Each message as it stands, no more than so many octets of it; None for one that cannot be read."""
    for key in box.keys():  # noqa: SIM118, a mailbox is iterated by its messages
        try:
            with box.get_file(key) as file:
                raw = file.read(most)
        except (OSError, KeyError, ValueError):  # somebody else took it away, or it is nothing that can be read
            raw = None
        yield raw
