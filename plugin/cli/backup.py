"""`rejoin backup` and `rejoin restore`: a copy of an SQLite database while it is used, and back again."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import click
from sqlalchemy import make_url

ELSEWHERE = "On PostgreSQL use its own tools: `pg_dump --format=custom` and `pg_restore` (docs/operators.md)."


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copy the SQLite database into a new FILE while the service runs; checked and synced before it has its name.

    The data keys are not in it: without them nobody can read what is sealed, so keep them, elsewhere.
    """
    from plugin.storage.backup import NoBackup, copy

    try:
        size = copy(_database(), file)
    except (NoBackup, OSError) as problem:
        raise click.ClickException(f"No backup was made: {problem}.") from None
    click.echo(f"{file}: {size / 1e6:.1f} MB, whole and synced. Keep it apart from the data keys.")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
def restore(file: Path) -> None:
    """Put a backup FILE in the place of the SQLite database; the service must be stopped.

    What was there is kept beside it. Nothing is touched unless the backup is whole, its tables can be used by this
    version, and the data keys that are set open it.
    """
    from plugin.storage.backup import NoBackup, check, put_back

    database = _database()
    asides = (database.with_name(f"{database.name}.before-restore-{number}") for number in count(1))
    aside = next(path for path in asides if not path.exists())
    try:
        check(file)
        _fits(file)
        had = database.exists()
        put_back(file, database, aside)
    except (NoBackup, OSError) as problem:
        raise click.ClickException(f"Nothing was restored: {problem}.") from None
    click.echo(f"{database} is as {file} was." + (f" What was there before: {aside}." if had else ""))
    click.echo("Start the service. What Zoom delivered since: `rejoin backfill --from … --to …` (up to seven days).")


def _database() -> Path:
    """The SQLite file of the settings; ends the command where there is none."""
    from plugin.cli.start import read_settings, uses_postgresql

    settings = read_settings()
    if uses_postgresql(settings):
        raise click.ClickException(ELSEWHERE)
    path = make_url(settings.database_url).database
    if not path or path == ":memory:":
        raise click.ClickException("REJOIN_DATABASE_URL names no file.")
    return Path(path)


def _fits(file: Path) -> None:
    """Whether this version can use the tables and the keys open what is sealed; raises NoBackup."""
    from plugin.cli.start import read_settings
    from plugin.composition import open_vault
    from plugin.storage.backup import NoBackup
    from plugin.storage.database import Database
    from plugin.storage.migration import Standing, standing
    from plugin.storage.sealed import unopenable

    # Read-only: opened like the service's own it would be switched to WAL, with files beside it.
    url = f"sqlite:///file:{file.absolute()}?mode=ro&immutable=1&uri=true"
    db = Database(url, open_vault(read_settings()), read_only=True)
    try:
        with db.read() as tx:
            stands = standing(tx)
            if stands is Standing.EMPTY:
                raise NoBackup(f"{file} is no database of Rejoin")
            if stands is Standing.TOO_NEW:
                raise NoBackup(f"{file} was made by a newer version of Rejoin; start that one")
            unopened = unopenable(tx) if stands is not Standing.BEHIND else ()
    finally:
        db.close()
    if unopened:
        raise NoBackup(f"REJOIN_DATA_KEYS: {unopened[0]}")
