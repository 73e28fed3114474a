"""`rejoin makeup …`: the catalogue of make-up material, from a file and as a list."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from plugin.cli.count import counted
from plugin.roster import columns_in_words

COLUMNS = ("code", "title", "module", "minutes", "text", "link")
REQUIRED = ("code", "title", "minutes")


@click.group()
def makeup() -> None:
    """The catalogue of make-up material."""


@makeup.command("import")
@click.argument("file", type=click.Path(path_type=Path))
def import_items(file: Path) -> None:
    """Put the items of FILE into the catalogue.

    FILE is CSV in UTF-8 with the columns code, title, minutes, and if you like module, text, link. Nothing is imported
    unless every row is good. An item with a code that is there already is changed.
    """
    from plugin.core.makeup_item import ItemProblem, checked

    good, problems, seen = [], [], {}
    for line, row in _rows(file):
        try:
            item = checked({name: (row.get(name) or "").strip() for name in COLUMNS})
        except ItemProblem as problem:
            problems.append(f"{file}:{line}: {problem}")
            continue
        good.append(item)
        before = seen.setdefault(item["code"], line)
        if before != line:
            problems.append(f"{file}:{line}: The code {item['code']} stands in line {before} already.")
    for told in problems:
        click.echo(told, err=True)
    if problems:
        click.echo("Nothing is imported: mend the bad rows.", err=True)
        sys.exit(2)

    from plugin.cli.start import prepared
    from plugin.storage import audit
    from plugin.storage import makeup as makeups

    rejoin = prepared()
    try:
        now = rejoin.clock.now()
        with rejoin.db.begin() as tx:
            for values in good:
                makeups.put_item(tx, **values, now=now)
            audit.record(tx, now, "rejoin", "imported-makeup", "makeup-catalogue", {"items": len(good)})
    finally:
        rejoin.db.close()
    click.echo(f"{counted(len(good), 'item of the catalogue is', 'items of the catalogue are')} as in the file.")


@makeup.command("list")
def list_items() -> None:
    """Show what is in the catalogue."""
    from plugin.cli.start import prepared
    from plugin.storage import makeup as makeups

    rejoin = prepared()
    try:
        with rejoin.db.read() as tx:
            found = makeups.catalogue(tx)
    finally:
        rejoin.db.close()
    for item in found:
        click.echo(f"{item.module or 'any'}\t{item.code}\t{item.minutes} min\t{item.title}")
    if not found:
        click.echo("The catalogue is empty; fill it with `rejoin makeup import FILE.csv`.")


def _rows(file: Path):
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
            if missing:
                raise click.ClickException(f"{file}:1: the header lacks {columns_in_words(missing)}.")
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be read ({error.strerror}).") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise click.ClickException(f"{file}: is not CSV in UTF-8 ({type(error).__name__}).") from None
