"""The blows: what is killed, cut off or taken away, and set up again. Shared by the suite and by `make torture`."""

from __future__ import annotations

from tests.torture import inspection
from tests.torture.house import House, Running, until
from tests.torture.postgres import Postgres
from tests.torture.round import Torture

ENOUGH_ACKNOWLEDGED = 20
"""Before a power cut there must be something to lose."""


def kill_server(ordeal: Torture, server: Running) -> Running:
    """kill -9 to `rejoin serve`, at once up again."""
    return revived(ordeal.house, server)


def acknowledging(ordeal: Torture) -> None:
    """Wait until it is in the midst of acknowledging deliveries."""
    before = len(ordeal.zoom.acknowledged)
    ordeal.load()
    until(lambda: len(ordeal.zoom.acknowledged) >= before + ENOUGH_ACKNOWLEDGED, ordeal.house.said)


def cut_power(ordeal: Torture, server: Running, torn: bool) -> Running:
    """Cut the power while deliveries are being acknowledged; `torn`: some of what was not synced survives."""
    acknowledging(ordeal)
    server.kill()
    ordeal.house.disk.cut(ordeal.lot if torn else None)
    ordeal.house.running.remove(server)
    return ordeal.house.start(*server.command)


def kill_somebody(ordeal: Torture, postgres: Postgres) -> str:
    """kill -9 to one of the processes on PostgreSQL, or to PostgreSQL itself; returns what it was."""
    if not ordeal.next_victims:
        # By lot, and yet each of them comes: the order is drawn, then it is gone through.
        ordeal.next_victims = [one.command[0] for one in ordeal.house.running] + ["postgres"]
        ordeal.lot.shuffle(ordeal.next_victims)
    whom = ordeal.next_victims.pop()
    if whom == "postgres":
        postgres.kill()
        postgres.start()
    else:
        revived(ordeal.house, next(one for one in ordeal.house.running if one.command[0] == whom))
    return whom


def revived(house: House, struck: Running) -> Running:
    """Kill -9 one command and start it again at once."""
    struck.kill()
    house.running.remove(struck)
    return house.start(*struck.command)


def lost(ordeal: Torture) -> set[str]:
    """What was acknowledged so far and is not stored."""
    db = ordeal.house.database()
    try:
        return inspection.lost(db, ordeal.zoom)
    finally:
        db.close()
