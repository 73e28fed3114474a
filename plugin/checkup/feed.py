"""Whether Zoom is heard: times in which we are blind, and what will be trouble soon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from config.settings import Settings
from plugin.checkup.point import Point, State
from plugin.composition import SettingsProblem, build
from plugin.service.watching import state
from plugin.storage.migration import is_usable


def look_at_feed(settings: Settings) -> Iterator[Point]:
    """What is blind now, what is remarked, and when Zoom was heard last; nothing is written."""
    try:
        url = make_url(settings.database_url)
        kind = url.get_backend_name()
        there = kind == "postgresql" or (kind == "sqlite" and url.database and Path(url.database).exists())
        if not there:
            raise SettingsProblem(())
        rejoin = build(settings)
    except (ArgumentError, SettingsProblem):
        yield Point("feed", State.UNSEEN, "nothing was ever received.")
        return
    try:
        with rejoin.db.read() as tx:
            if not is_usable(tx):
                yield Point("feed", State.UNSEEN, "the tables are not of this version yet.")
                return
            now = rejoin.clock.now()
            found = state(tx, rejoin, now)
    except SQLAlchemyError:
        yield Point("feed", State.UNSEEN, "REJOIN_DATABASE_URL must be mended first.")
        return
    finally:
        rejoin.db.close()
    for row in found.standing:
        yield Point("feed", State.WRONG, f"blind since {row.from_at:%Y-%m-%d %H:%M} UTC. {row.why}")
    for sentence in found.warnings:
        yield Point("feed", State.WRONG, sentence)
    if not found.standing and not found.warnings:
        heard = found.signs.last_heard_at
        told = f"Zoom was heard last at {heard:%Y-%m-%d %H:%M} UTC." if heard else "nothing was heard from Zoom yet."
        yield Point("feed", State.FINE if heard else State.UNSEEN, told)
