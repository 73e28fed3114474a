"""The command `rejoin` and its subcommands, each imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    # name: (module, the command in it, what the list of commands says)
    "serve": ("plugin.cli.serve", "serve", "Serve the receiver, the pages and the API."),
    "worker": ("plugin.cli.worker", "worker", "Do due work, beside `serve` on PostgreSQL."),
    "check": ("plugin.cli.check", "check", "Check settings, policy, database, Zoom and mail; every problem at once."),
    "replay": ("plugin.cli.replay", "replay_command", "Judge a roster from recorded deliveries, offline."),
    "explain": ("plugin.cli.explain", "explain_command", "Tell why a stored verdict is what it is."),
    "import-roster": ("plugin.cli.roster", "import_roster", "Put a ROSTER.csv into the database."),
    "user": ("plugin.cli.user", "user", "Staff accounts."),
    "token": ("plugin.cli.token", "token", "Tokens of the API."),
    "demo": ("plugin.demo.command", "demo", "Play one morning of a small clinic."),
}


class _Lazy(click.Group):
    """Imports a subcommand when it is used: a replay does not wait for Flask."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        return getattr(import_module(module), attribute)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in COMMANDS.items()])


@click.group(cls=_Lazy)
@click.version_option(package_name="rejoin")
def main() -> None:
    """Rejoin sees who did not come to a Zoom session or was cut off, and why."""
