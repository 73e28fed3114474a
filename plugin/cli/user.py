"""`rejoin user …`: accounts of staff, made by whoever runs the service."""

from __future__ import annotations

import sys

import click

from plugin.cli.start import prepared
from plugin.storage.staff import MIN_PASSWORD, StaffRole


@click.group()
def user() -> None:
    """Staff accounts."""


@user.command()
@click.argument("login")
@click.option("--role", type=click.Choice([role.value for role in StaffRole]), required=True)
@click.option("--clinician", "clinician_id", help="A clinician's own code in the roster (participant_id).")
def add(login: str, role: str, clinician_id: str | None) -> None:
    """Add an account; the password is asked for, or read from standard input when that is no terminal."""
    from plugin.storage import audit, staff

    if role == StaffRole.CLINICIAN and not clinician_id:
        raise click.UsageError("a clinician needs --clinician CODE: they see only sessions of their own.")
    rejoin = prepared()
    password = _password()
    now = rejoin.clock.now()
    try:
        with rejoin.db.begin() as tx:
            staff_id = staff.add(tx, login, password, role, now, clinician_id)
            audit.record(tx, now, "rejoin", "added-account", f"staff/{staff_id}", {"role": role})
    except staff.StaffProblem as problem:
        raise click.ClickException(f"{problem}.") from None
    finally:
        rejoin.db.close()
    click.echo(f"{login} may sign in as {role} at {rejoin.settings.public_url}/sign-in")


@user.command()
@click.argument("login")
def password(login: str) -> None:
    """Give an account a new password and end its sessions."""
    _change(login, "changed-password", lambda staff, tx, who, secret: staff.set_password(tx, who.id, secret), True)
    click.echo(f"{login} has a new password; every session begun with the old one has ended.")


@user.command()
@click.argument("login")
def lock(login: str) -> None:
    """Lock an account and end its sessions; `rejoin user unlock` lets it in again."""
    _change(login, "locked-account", lambda staff, tx, who, _: staff.set_active(tx, who.id, False))
    click.echo(f"{login} can no longer sign in.")


@user.command()
@click.argument("login")
def unlock(login: str) -> None:
    """Let a locked account in again."""
    _change(login, "unlocked-account", lambda staff, tx, who, _: staff.set_active(tx, who.id, True))
    click.echo(f"{login} may sign in again.")


def _change(login: str, did: str, change, needs_password: bool = False) -> None:
    from plugin.storage import audit, staff

    rejoin = prepared()
    secret = _password() if needs_password else None
    try:
        with rejoin.db.begin() as tx:
            who = staff.by_login(tx, login)
            if who is None:
                raise click.ClickException(f"there is no account with the login {login!r}.")
            change(staff, tx, who, secret)
            audit.record(tx, rejoin.clock.now(), "rejoin", did, f"staff/{who.id}", {})
    except staff.StaffProblem as problem:
        raise click.ClickException(f"{problem}.") from None
    finally:
        rejoin.db.close()


def _password() -> str:
    if sys.stdin.isatty():
        return click.prompt(f"Password ({MIN_PASSWORD} characters or more)", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\r\n")
