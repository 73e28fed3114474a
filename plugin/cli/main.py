"""The command `rejoin` and its subcommands, each imported only when it is asked for."""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

COMMANDS = {
    # name: (module, the command in it, what the list of commands says)
    "serve": ("plugin.cli.serve", "serve", "Serve the receiver, the pages and the API."),
    "worker": ("plugin.cli.worker", "worker", "Do due work, beside `serve` on PostgreSQL."),
    "backfill": ("plugin.cli.backfill", "backfill_command", "Fetch from Zoom's log what could not be delivered."),
    "bounce": ("plugin.cli.bounce", "bounce", "Take in reports of letters that came back."),
    "backup": ("plugin.cli.backup", "backup", "Copy the SQLite database while it is used."),
    "restore": ("plugin.cli.backup", "restore", "Put a backup in the place of the SQLite database."),
    "prune": ("plugin.cli.prune", "prune", "Delete old deliveries that no open verdict needs."),
    "check": ("plugin.cli.check", "check", "Check everything Rejoin depends on; every problem at once."),
    "replay": ("plugin.cli.replay", "replay_command", "Judge a roster from recorded deliveries, offline."),
    "simulate": ("plugin.cli.simulate", "simulate", "Write an invented program: roster, deliveries, truth."),
    "evaluate": ("plugin.cli.evaluate", "evaluate", "Compare verdicts with the truth of a simulation."),
    "explain": ("plugin.cli.explain", "explain_command", "Tell why a verdict is what it is, as a short story."),
    "whatif": ("plugin.cli.whatif", "whatif", "Show which stored verdicts another policy would change."),
    "rules": ("plugin.cli.rules", "rules", "Print the rules that are asked, in the words that staff read."),
    "import-roster": ("plugin.cli.roster", "import_roster", "Put a ROSTER.csv into the database."),
    "hours": ("plugin.cli.hours", "hours", "Bookable hours of clinicians."),
    "makeup": ("plugin.cli.makeup", "makeup", "Make-up material: put it into the catalogue, list it."),
    "minutes": ("plugin.cli.minutes", "minutes", "Print attended and make-up minutes of clients by week."),
    "calendar": ("plugin.cli.calendar", "calendar", "Calendars of clinicians, whose busy times are not offered."),
    "user": ("plugin.cli.user", "user", "Staff accounts."),
    "token": ("plugin.cli.token", "token", "Tokens of the API."),
    "demo": ("plugin.demo.command", "demo", "Play one morning of a small clinic."),
}
WRONG = 2  # the exit status when the command cannot do what it is asked


class _Lazy(click.Group):
    """Imports a subcommand when it is used, so that a replay does not wait for Flask, and ends in sentences."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of this name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        return getattr(import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand; what it cannot do because of its surroundings is a sentence, not a traceback."""
        try:
            return super().invoke(ctx)
        except click.ClickException as problem:
            problem.exit_code = WRONG
            raise
        except Exception as error:
            sentences = _sentences(error)
            if not sentences:
                raise
            for sentence in sentences:
                click.echo(sentence, err=True)
            if isinstance(error, OSError):
                # What is kept back could not be written at the very end either, and would be told a second time.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            sys.exit(WRONG)


@click.group(cls=_Lazy)
@click.version_option(package_name="rejoin")
def main() -> None:
    """Rejoin sees who did not come to a Zoom session or was cut off, and why."""
    if isinstance(sys.stdout, TextIOWrapper):
        # What a terminal cannot show, such as somebody's code, stands there escaped and stops nothing.
        sys.stdout.reconfigure(errors="backslashreplace")


def _sentences(error: Exception) -> tuple[str, ...]:
    """What to tell a person about an error of the surroundings; nothing for a fault of the program itself."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (f"{error.filename or 'the output'}: cannot be written ({error.strerror}).",)
    # Whoever raised one of these has imported it.
    if isinstance(error, _of("pydantic", "ValidationError")) and error.title == "Settings":
        return sys.modules["config.settings"].problems_of(error)
    if isinstance(error, _of("plugin.composition", "SettingsProblem")):
        return error.sentences
    if isinstance(error, _of("plugin.storage.encryption", "Unopenable")):
        return (f"REJOIN_DATA_KEYS: {error}; add the key it was sealed with behind the others.",)
    no_tables = isinstance(error, _of("sqlalchemy.exc", "ProgrammingError")) and type(error.orig) in _of(
        "psycopg.errors", "UndefinedTable"
    )
    if no_tables or isinstance(error, _of("sqlalchemy.exc", "OperationalError")):
        # The whole message quotes the statement and its values.
        reason = str(error.orig).strip().splitlines()[0]
        return (f"REJOIN_DATABASE_URL: the database cannot be used ({reason}); `rejoin check` looks closer.",)
    return ()


def _of(module: str, name: str) -> tuple[type, ...]:
    return (getattr(sys.modules[module], name),) if module in sys.modules else ()
