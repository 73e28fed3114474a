"""What every command that starts the service does first: read the settings, and say in sentences what is wrong."""

from __future__ import annotations

import sys

import click
from pydantic import ValidationError

from config.settings import Settings, problems_of


def read_settings() -> Settings:
    """The settings of the environment; ends the command with status 2 and a sentence for each that cannot be used."""
    try:
        return Settings()
    except ValidationError as problem:
        for sentence in problems_of(problem):
            click.echo(sentence, err=True)
        sys.exit(2)


def prepared_settings() -> Settings:
    """The settings, after everything that would keep the service from starting was tried; the tables stand."""
    from sqlalchemy.exc import SQLAlchemyError

    from plugin.composition import SettingsProblem, build
    from plugin.storage.migration import TooNew, migrate

    settings = read_settings()
    try:
        rejoin = build(settings)
        migrate(rejoin.db)
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


def uses_postgresql(settings: Settings) -> bool:
    """Whether several processes may share the database."""
    return settings.database_url.partition(":")[0].partition("+")[0] == "postgresql"
