"""What an operator does with a database now and then, killed in the middle: an update, a backup, a restore."""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from plugin.storage import migration
from plugin.storage.arrival import Arrival, Arrivals
from plugin.storage.backup import NoBackup, check
from plugin.storage.database import Database
from plugin.storage.delivery import BODY
from plugin.storage.migration import migrate
from tests.conftest import administer, database_url
from tests.torture.house import House, Launcher, Running, until
from tests.torture.postgres import Postgres
from tests.torture.story import noise

LEAST_STEPS = 80
"""Statements of a migration from the oldest tables to the newest; there are more by now."""
KILLED = -signal.SIGKILL
OLDEST = ScriptDirectory.from_config(migration._config()).get_base()


def lay_down(db: Database, deliveries: int, revision: str = "head") -> None:
    """A database of this revision with so many acknowledged deliveries."""
    config = migration._config()
    if revision == "head":
        migrate(db)
    else:
        with db.begin() as tx:
            config.attributes["connection"] = tx.connection
            command.upgrade(config, revision)
    arrivals, now = Arrivals(db), datetime.now(UTC)
    for begin in range(0, deliveries, 250):
        told = [noise("upkeep-", number, now) for number in range(begin, min(begin + 250, deliveries))]
        arrivals.store(
            [Arrival(name, name.encode().ljust(32), now, db.vault.seal(BODY, json.dumps(body))) for name, body in told]
        )
    arrivals.close()


def stored(db: Database) -> int:
    """How many deliveries stand."""
    with db.read() as tx:
        return tx.execute(sa.text("SELECT count(*) FROM delivery")).scalar_one()


def form(db: Database) -> tuple[str, str]:
    """The revision that the tables say they have, and the form that they do have."""
    found = sa.MetaData()
    with db.read() as tx:
        found.reflect(tx.connection)
        revision = tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one()
    tables = [
        (t.name, sorted((c.name, str(c.type), c.nullable) for c in t.columns), sorted(str(i.name) for i in t.indexes))
        for t in found.sorted_tables
    ]
    return revision, repr(sorted(tables))


def steps_of(house: House, *arguments: str, fault: str) -> int:
    """In how many steps this command does its work, when nobody disturbs it."""
    done = house.start(*arguments, ready=False, faults=(fault,), TORTURE_STEP="0")
    until(lambda: done.status() is not None, house.said)
    assert done.status() == 0, house.said()
    return int((house.folder / "steps").read_text())


def killed_at(house: House, step: int, *arguments: str, faults: tuple[str, ...]) -> Running:
    """The command, killed by itself at this step; it is dead when this returns."""
    struck = house.start(*arguments, ready=False, faults=faults, TORTURE_STEP=str(step))
    until(lambda: struck.status() is not None, house.said)
    assert struck.status() == KILLED, house.said()
    house.running.remove(struck)
    return struck


def kill_migrations(house: House, steps: list[int], whole: Callable[[], tuple], faults: tuple[str, ...] = ()) -> list:
    """An update that is killed at each of these steps, on the same database; what is neither old nor new of it.

    `whole` tells the two forms that tables may have.
    """
    complaints = []
    for step in steps:
        db = house.database()
        before = stored(db)
        db.close()
        killed_at(house, step, "serve", faults=(*faults, "die_while_migrating"))
        db = house.database()
        if form(db) not in whole():
            complaints.append(f"step {step}: the tables are of no revision")
        if stored(db) != before:
            complaints.append(f"step {step}: {before - stored(db)} deliveries are gone")
        db.close()
    return complaints


def kill_postgres_while_migrating(house: House, postgres: Postgres, step: int) -> None:
    """The update holds still in the middle of its work, and the database is killed under it."""
    struck = house.start(
        "serve", ready=False, faults=("die_while_migrating",), TORTURE_STEP=str(step), TORTURE_SIGNAL="SIGSTOP"
    )
    until(lambda: _stopped(struck.pid), house.said)
    postgres.kill()
    postgres.start()
    struck.signal(signal.SIGCONT)
    struck.kill()
    house.running.remove(struck)


def kill_backups(house: House, steps: list[int], least: Callable[[], int], faults: tuple[str, ...] = ()) -> list[str]:
    """Backups killed at each of these steps while the service works; every one that has its name must be whole.

    `least` tells how many deliveries are acknowledged by now; a backup that begins afterwards has them.
    """
    complaints = []
    for step in steps:
        file, acknowledged = house.folder / f"backup-{step}.db", least()
        killed_at(house, step, "backup", str(file), faults=(*faults, "die_while_copying"))
        part = file.with_name(f"{file.name}.part")
        if file.exists():
            complaints += [f"step {step}: {wrong}" for wrong in _wrong(file, acknowledged)]
        elif part.exists() and _wrong(part, acknowledged):
            shutil.copy(part, torn := house.folder / f"torn-{step}.db")
            if _run(house, "restore", str(torn)) == 0:
                complaints.append(f"step {step}: half a backup was put back")
            again = _run(house, "backup", str(file))
            complaints += [f"step {step}, again: {wrong}" for wrong in _wrong(file, acknowledged)]
            if again != 0 or part.exists():
                complaints.append(f"step {step}: it cannot be done again")
    return complaints


def kill_restores(house: House, steps: list[int], file: Path, faults: tuple[str, ...] = ()) -> list[str]:
    """Restores killed at each of these steps; at every moment there must be a whole database, the old or the new."""
    database = Path(sa.make_url(house.database_url).database)
    complaints = []
    for step in steps:
        killed_at(house, step, "restore", str(file), faults=(*faults, "die_while_copying"))
        complaints += [f"step {step}: {wrong}" for wrong in _wrong(database, 0)]
        if _run(house, "restore", str(file)) != 0:
            complaints.append(f"step {step}: it cannot be done again")
        complaints += [f"step {step}, again: {wrong}" for wrong in _wrong(database, 0)]
    return complaints


def ordeal(launcher: Launcher, folder: Path, postgres: Postgres, kills: int, lot: random.Random) -> list[str]:
    """So many kills of updates on both databases, of backups and of restores; every promise that was not kept."""
    share, found = max(2, kills // 4), []
    administer(postgres.url, 'CREATE DATABASE "upkeep"')
    for word in ("sqlite", "postgres", "copies"):
        (folder / word).mkdir()
    urls = {
        "sqlite": f"sqlite:///{folder / 'sqlite' / 'rejoin.db'}", "postgres": database_url(postgres.url, "upkeep"),
        "copies": f"sqlite:///{folder / 'copies' / 'rejoin.db'}",
    }  # fmt: skip
    for word in ("sqlite", "postgres"):
        house = House(launcher, folder / word, urls[word])
        db = house.database()
        lay_down(db, 2000, OLDEST)
        old = form(db)
        steps = [lot.randrange(1, LEAST_STEPS) for _ in range(share)]
        found += [f"update, {word}: {wrong}" for wrong in kill_migrations(house, steps, lambda old=old: (old,))]
        if word == "postgres":
            kill_postgres_while_migrating(house, postgres, LEAST_STEPS // 2)
        house.start("serve")
        if stored(db) != 2000:
            found.append(f"update, {word}: {2000 - stored(db)} deliveries are gone")
        db.close()
        house.kill_all()
    house = House(launcher, folder / "copies", urls["copies"])
    db = house.database()
    lay_down(db, 4000)
    db.close()
    first = house.folder / "first.db"
    steps = steps_of(house, "backup", str(first), fault="die_while_copying")
    wrong = kill_backups(house, drawn(lot, steps, share), lambda: 4000)
    steps = steps_of(house, "restore", str(first), fault="die_while_copying")
    wrong += kill_restores(house, drawn(lot, steps, share), first)
    return found + wrong


def drawn(lot: random.Random, steps: int, number: int) -> list[int]:
    """So many different steps by lot, the last one among them: it is done, and not yet told."""
    return [*sorted(lot.sample(range(1, steps), min(number, steps) - 1)), steps]


def _wrong(file: Path, least: int) -> list[str]:
    """What is wrong with a database that is taken for whole."""
    if not file.exists():
        return [f"{file.name} is missing"]
    try:
        check(file)
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            [number] = connection.execute("SELECT count(*) FROM delivery").fetchone()
    except (NoBackup, sqlite3.Error) as problem:
        return [f"{file.name} is not whole ({problem})"]
    return [f"{file.name} lacks {least - number} deliveries"] if number < least else []


def _run(house: House, *arguments: str) -> int:
    done = house.start(*arguments, ready=False)
    until(lambda: done.status() is not None, house.said)
    house.running.remove(done)
    return done.status()


def _stopped(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except FileNotFoundError:
        return False
