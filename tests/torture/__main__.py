"""`make torture`: many rounds of everything, and what cannot be judged in a suite: times, long locks, a slow disk."""

from __future__ import annotations

import logging
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import click
import structlog

from plugin.storage import api_token
from plugin.storage.api_token import Scope
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate
from tests.conftest import KEY, administer, database_url
from tests.torture import blow, upkeep
from tests.torture.desk import RemoteDesk
from tests.torture.disk import Disk, build
from tests.torture.house import House, Launcher
from tests.torture.post import Post
from tests.torture.postgres import Postgres
from tests.torture.round import Torture
from tests.torture.story import noise
from tests.torture.zoom import Zoom, percentile

UPKEEP = 0.2
"""So many kills of updates, backups and restores for each other blow."""
PORTION = 20
"""Rounds on one database: so that the comparison at its end stays readable."""


class Chamber:
    """Makes new houses, one after the other."""

    def __init__(self, launcher: Launcher, folder: Path, postgres: Postgres):
        self.launcher, self.folder, self.postgres = launcher, folder, postgres
        self.made = 0

    def house(self, on_postgres: bool, stack: ExitStack) -> House:
        """An empty house with a help desk; everything in it is dead at the end of the stack."""
        self.made += 1
        folder = self.folder / str(self.made)
        folder.mkdir()
        desk = RemoteDesk()
        stack.callback(desk.close)
        post = Post()
        stack.callback(post.close)
        if on_postgres:
            name = f"torture_{self.made}"
            administer(self.postgres.url, f'CREATE DATABASE "{name}"')
            url, disk = database_url(self.postgres.url, name), None
        else:
            disk = Disk(folder)
            url = f"sqlite:///{folder / 'rejoin.db'}"
        db = Database(url, Vault.from_settings((KEY,)))
        migrate(db)
        with db.begin() as tx:
            token = api_token.issue(tx, "torture", [Scope.ROSTER_WRITE], datetime.now(UTC))
        db.close()
        if disk:
            disk.lay_down(folder / "rejoin.db")
            url = f"sqlite:///{disk.folder / 'rejoin.db'}"
        house = House(self.launcher, folder, url, disk, ("impatient",), desk, token, post)
        stack.callback(house.kill_all)
        return house


def kills_on_sqlite(chamber: Chamber, rounds: int, lot: random.Random, stack: ExitStack) -> Torture:
    """kill -9 to the only process."""
    house = chamber.house(False, stack)
    server = house.start("serve")
    ordeal = Torture(house, lot)
    for _ in range(rounds):
        ordeal.wait_for_the_moment()
        server = blow.revived(house, server)
    return ordeal


def cuts(chamber: Chamber, rounds: int, lot: random.Random, stack: ExitStack) -> Torture:
    """The power is cut, every other time with some of the unsynced sectors surviving."""
    house = chamber.house(False, stack)
    server = house.start("serve")
    ordeal = Torture(house, lot)
    for number in range(rounds):
        ordeal.wait_for_the_moment()
        server = blow.cut_power(ordeal, server, torn=bool(number % 2))
    return ordeal


def kills_on_postgres(chamber: Chamber, rounds: int, lot: random.Random, stack: ExitStack) -> Torture:
    """kill -9 by lot to the receiver, one of two workers, or PostgreSQL."""
    house = chamber.house(True, stack)
    for command in ("serve", "worker", "worker"):
        house.start(command)
    ordeal = Torture(house, lot)
    for _ in range(rounds):
        ordeal.wait_for_the_moment()
        blow.kill_somebody(ordeal, chamber.postgres)
    return ordeal


def locked(chamber: Chamber, seconds: int, lot: random.Random, stack: ExitStack) -> Torture:
    """Somebody else holds the SQLite file for this long, under load."""
    house = chamber.house(False, stack)
    house.start("serve")
    ordeal = Torture(house, lot)
    ordeal.load()
    other = sqlite3.connect(house.disk.folder / "rejoin.db", isolation_level=None, timeout=30)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(seconds)
    other.execute("ROLLBACK")
    other.close()
    click.echo(f"  locked for {seconds} s: answers {dict(ordeal.zoom.answers)}, slowest {max(ordeal.zoom.took):.2f} s")
    return ordeal


ORDEALS: dict[str, tuple[Callable, float]] = {
    "kill -9, SQLite": (kills_on_sqlite, 0.4),
    "power cut, SQLite": (cuts, 0.3),
    "kill -9, PostgreSQL": (kills_on_postgres, 0.3),
}


def slow_disk(chamber: Chamber, delay_ms: int, seconds: int) -> bool:
    """Every sync takes this much longer: the answers, measured. True when none came after three seconds."""
    with ExitStack() as stack:
        house = chamber.house(False, stack)
        house.start("serve")
        house.disk.set(sync_delay_us=delay_ms * 1000)
        zoom = Zoom(house.port, connections=32)
        began, given = time.monotonic(), 0
        while time.monotonic() - began < seconds:
            if zoom.unanswered() < 64:
                zoom.give(*noise("slow-", given, datetime.now(UTC)))
                given += 1
            else:
                time.sleep(0.001)
        took, answers = list(zoom.took), dict(zoom.answers)
        zoom.close()
    p50, p99 = (f"{1000 * percentile(took, share):.0f} ms" for share in (0.5, 0.99))
    rate, slowest = len(took) / seconds, 1000 * max(took)
    click.echo(f"  +{delay_ms} ms a sync: {rate:.0f}/s, p50 {p50}, p99 {p99}, max {slowest:.0f} ms, answers {answers}")
    return max(took) < 3.0


@click.command()
@click.option("--rounds", default=200, show_default=True, help="Blows in all.")
@click.option("--seed", default=1, show_default=True, help="The lot: the same again.")
@click.option("--slow-seconds", default=15, show_default=True, help="How long each slow disk is measured.")
@click.option("--locked-seconds", default=30, show_default=True, help="How long the database is locked.")
def main(rounds: int, seed: int, slow_seconds: int, locked_seconds: int) -> None:
    """Torture the service; ends with status 1 when a promise was not kept."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="rejoin-torture-") as name:
        folder = Path(name)
        library = build(folder)
        if library is None:
            raise click.ClickException("There is no C compiler here; the disk cannot be tortured without one.")
        launcher, postgres = Launcher(library), Postgres()
        chamber = Chamber(launcher, folder, postgres)
        try:
            for title, (ordeal, share) in ORDEALS.items():
                broken += _portions(chamber, title, ordeal, round(rounds * share), seed)
            broken += _portion(chamber, "locked database", locked, locked_seconds, seed)
            began, kills = time.monotonic(), max(8, round(rounds * UPKEEP))
            wrong = upkeep.ordeal(launcher, folder, postgres, kills, random.Random(seed))
            click.echo(
                f"kill -9 in update, backup, restore: {kills}, {time.monotonic() - began:.0f} s, {len(wrong)} "
                "broken promises"
            )
            broken += wrong
            click.echo("slow disk")
            broken += [f"+{ms} ms: an answer after 3 s" for ms in (0, 10) if not slow_disk(chamber, ms, slow_seconds)]
        finally:
            launcher.close()
            postgres.close()
    for sentence in broken:
        click.echo(f"BROKEN: {sentence}", err=True)
    click.echo("Every promise was kept." if not broken else f"{len(broken)} promises were broken.")
    raise SystemExit(1 if broken else 0)


def _portions(chamber: Chamber, title: str, ordeal: Callable, rounds: int, seed: int) -> list[str]:
    found: list[str] = []
    for number, begin in enumerate(range(0, rounds, PORTION)):
        found += _portion(chamber, title, ordeal, min(PORTION, rounds - begin), seed + number)
    return found


def _portion(chamber: Chamber, title: str, ordeal: Callable, amount: int, seed: int) -> list[str]:
    began = time.monotonic()
    with ExitStack() as stack:
        done = ordeal(chamber, amount, random.Random(seed), stack)
        stack.callback(done.close)
        done.rest(seconds=180)
        found = done.complaints(done.house.folder)
        if done.zoom.late:
            click.echo(f"  answered 2xx after three seconds, and sent again: {len(done.zoom.late)}")
        click.echo(
            f"{title}: {amount}, {len(done.zoom.acknowledged)} deliveries acknowledged, {len(done.sessions)} sessions, "
            f"{len(done.house.desk.tickets)} tickets, {time.monotonic() - began:.0f} s, {len(found)} broken promises"
        )
    return [f"{title}, seed {seed}: {sentence}" for sentence in found]


if __name__ == "__main__":
    main(prog_name="python -m tests.torture")
