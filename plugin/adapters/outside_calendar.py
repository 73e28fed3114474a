"""Calendars that are kept elsewhere, by their address: a file of this machine, or one on a CalDAV server.

What reads them is imported when the first one is read: it takes as long as an eighth of the service's start, and most
clinics name no calendar.
"""

from __future__ import annotations

from datetime import datetime

from config.settings import Settings


class OutsideCalendars:
    """Calendars by their address: a file of this machine, or one on the CalDAV server of the settings."""

    def __init__(self, settings: Settings):
        self._user = settings.caldav_user
        self._password = settings.caldav_password.get_secret_value()

    def busy(
        self, address: str, timezone: str, from_at: datetime, until_at: datetime
    ) -> tuple[tuple[datetime, datetime], ...]:
        """See the port."""
        if not address.startswith(("http://", "https://")):
            from plugin.adapters.calendar_file import busy_of_file

            return busy_of_file(address, timezone, from_at, until_at)
        from plugin.adapters.caldav_calendar import busy_at_server

        return busy_at_server(address, timezone, from_at, until_at, self._user, self._password)
