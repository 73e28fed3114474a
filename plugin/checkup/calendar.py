"""Whether the calendars of clinicians can be looked at; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from config.settings import Settings
from plugin.checkup.point import Point, State
from plugin.composition import SettingsProblem, build
from plugin.ports.outcome import RemoteTrouble
from plugin.storage import calendar as calendars
from plugin.storage.migration import is_usable


def look_at_calendars(settings: Settings) -> Iterator[Point]:
    """Each calendar that was set with `rejoin calendar set`, asked for one hour."""
    try:
        url = make_url(settings.database_url)
        if url.get_backend_name() == "sqlite" and not (url.database and Path(url.database).exists()):
            return
        rejoin = build(settings)
    except (ArgumentError, SettingsProblem):
        return  # said by those who look at the settings
    try:
        with rejoin.db.read() as tx:
            if not is_usable(tx):
                return
            found = [(row.clinician_id, calendars.address(tx, row)) for row in calendars.listed(tx)]
        now = rejoin.clock.now()
        for clinician, address in found:
            subject = f"calendar of {clinician}"
            try:
                rejoin.calendars.busy(address, settings.timezone, now, now + timedelta(hours=1))
            except RemoteTrouble as trouble:
                yield Point(subject, State.WRONG, f"{trouble}.")
            else:
                yield Point(subject, State.FINE, "it can be looked at.")
    except SQLAlchemyError:
        return
    finally:
        rejoin.db.close()
