"""`rejoin token …`: tokens of programs that use the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from plugin.cli.start import prepared
from plugin.storage.api_token import Scope


@click.group()
def token() -> None:
    """Tokens of the API."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in Scope]),
    multiple=True,
    required=True,
    help="May be repeated.",
)
def add(name: str, scopes: tuple[str, ...]) -> None:
    """Make a token called NAME; it is shown this once, and only a hash of it is kept."""
    from plugin.storage import api_token

    made = _change(
        lambda tx, now: api_token.issue(tx, name, map(Scope, scopes), now),
        "added-token",
        f"token/{name}",
        {"scopes": sorted(set(scopes))},
    )
    click.echo(f"Keep it now, it is not shown again. {name} may: {', '.join(sorted(set(scopes)))}", err=True)
    click.echo(made)


@token.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Refuse the token called NAME from now on."""
    from plugin.storage import api_token

    _change(lambda tx, now: api_token.revoke(tx, name, now), "revoked-token", f"token/{name}", {})
    click.echo(f"The token {name} is refused from now on.")


@token.command("list")
def list_tokens() -> None:
    """Show the tokens by name, with their scopes; the tokens themselves are not kept."""
    from plugin.storage import api_token

    rejoin = prepared()
    try:
        with rejoin.db.read() as tx:
            known = api_token.everyone(tx)
    finally:
        rejoin.db.close()
    for one in known:
        state = f"revoked {one.revoked_at:%Y-%m-%d}" if one.revoked_at else f"since {one.created_at:%Y-%m-%d}"
        click.echo(f"{one.name}\t{state}\t{' '.join(sorted(one.scopes))}")


def _change(work: Callable[..., Any], did: str, subject: str, details: dict) -> Any:
    from plugin.storage import audit
    from plugin.storage.api_token import TokenProblem

    rejoin = prepared()
    now = rejoin.clock.now()
    try:
        with rejoin.db.begin() as tx:
            done = work(tx, now)
            audit.record(tx, now, "rejoin", did, subject, details)
        return done
    except TokenProblem as problem:
        raise click.ClickException(f"{problem}.") from None
    finally:
        rejoin.db.close()
