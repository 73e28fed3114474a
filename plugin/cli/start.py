"""What every command that needs the service does first: read the settings, and say in sentences what is wrong."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click
from pydantic import ValidationError

from config.settings import Settings, problems_of

if TYPE_CHECKING:
    from plugin.service.rejoin import Rejoin
    from plugin.storage.database import Database

PATIENCE_SECONDS = 30.0
"""So long a service waits at its start for a PostgreSQL that is starting as well, as after a power cut."""


def read_settings() -> Settings:
    """The settings of the environment; ends the command with status 2 and a sentence for each that cannot be used."""
    try:
        return Settings()
    except ValidationError as problem:
        for sentence in problems_of(problem):
            click.echo(sentence, err=True)
        sys.exit(2)


def prepared_settings(patience_seconds: float = 0.0) -> Settings:
    """The settings, after everything that would keep the service from starting was tried; the tables stand.

    A PostgreSQL that does not answer is asked again for so long. Otherwise the command ends with status 2 and says why.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from plugin.composition import SettingsProblem, build
    from plugin.service.roster import name_zones
    from plugin.storage.migration import TooNew

    settings = read_settings()
    try:
        rejoin = build(settings)
        _migrate(rejoin.db, patience_seconds)
        name_zones(rejoin)
        rejoin.db.close()
    except SettingsProblem as problem:
        for sentence in problem.sentences:
            click.echo(sentence, err=True)
        click.echo("Rejoin does not start. `rejoin check` looks at everything at once.", err=True)
        sys.exit(2)
    except TooNew as problem:
        click.echo(f"REJOIN_DATABASE_URL: {problem}. Start that version.", err=True)
        sys.exit(2)
    except SQLAlchemyError as problem:
        click.echo(f"REJOIN_DATABASE_URL: the database cannot be used ({type(problem).__name__}).", err=True)
        sys.exit(2)
    return settings


def prepared() -> Rejoin:
    """The parts of the service for a command that uses its database, whose tables stand; whoever asked closes it."""
    from plugin.composition import build

    return build(prepared_settings())


def _migrate(db: Database, patience_seconds: float) -> None:
    from sqlalchemy.exc import OperationalError

    from plugin.storage.migration import migrate

    until, told = time.monotonic() + patience_seconds, False
    while True:
        try:
            return migrate(db)
        except OperationalError:
            if not db.is_postgresql or time.monotonic() >= until:
                raise
        if not told:
            click.echo(f"REJOIN_DATABASE_URL: no answer yet; asking for up to {patience_seconds:g} s.", err=True)
            told = True
        time.sleep(0.5)


def uses_postgresql(settings: Settings) -> bool:
    """Whether several processes may share the database."""
    return settings.database_url.partition(":")[0].partition("+")[0] == "postgresql"
