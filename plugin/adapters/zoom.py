"""Zoom as the provider of meetings; how its REST API is called stands in `zoom_rest`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from urllib.parse import quote

from config.settings import Settings
from plugin.adapters.zoom_rest import ZoomRefusal, ZoomRest, encode_uuid, read_json
from plugin.ports.meeting import Meeting
from plugin.ports.outcome import Permanent, Temporary

# What the app must be allowed to do: the granular name of the scope, and the classic one.
SCOPES = (
    ("meeting:write:meeting:admin", "meeting:write:admin"),
    ("meeting:read:list_meetings:admin", "meeting:read:admin"),
)
LACKS_A_SCOPE = 4711
NO_REGISTRATION = 2


class ZoomMeetings:
    """Makes meetings at Zoom; each carries our key, so that a repetition finds it instead of making a second one."""

    def __init__(self, settings: Settings, rest: ZoomRest | None = None):
        self._settings = settings
        self._rest = rest or ZoomRest(settings)

    def book(self, key: str, host_id: str, starts_at: datetime, minutes: int, timezone: str) -> Meeting:
        """Make a meeting for this host, or find the one made with this key before; nothing in it is personal.

        `starts_at` is aware; `timezone` (IANA) is the zone in which Zoom shows it to the host.
        """
        mark = f"rejoin:{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        user_id = quote(host_id, safe="")
        known = self._rest.pages(
            self._rest.meeting.list, "meetings", user_id=user_id, type="upcoming", page_size=300
        )  # fmt: skip
        for meeting in known:
            if mark in str(meeting.get("agenda") or ""):
                return _meeting(meeting)
        made = self._rest.meeting.create(
            user_id=user_id,
            topic="Appointment",
            agenda=mark,
            type=2,
            start_time=starts_at.astimezone(UTC),
            duration=minutes,
            timezone=timezone,
            # A number of its own: a personal meeting id is shared by back-to-back sessions. And no e-mails by Zoom.
            settings={
                "use_pmi": False,
                "approval_type": NO_REGISTRATION,
                "registrants_email_notification": False,
                "registrants_confirmation_email": False,
            },
        )
        return _meeting(read_json(made))

    def check(self) -> None:
        """Ask for a token, look at its scopes and call once; raises Permanent with the setting to look at."""
        settings = self._settings
        given = {
            "REJOIN_ZOOM_ACCOUNT_ID": settings.zoom_account_id,
            "REJOIN_ZOOM_CLIENT_ID": settings.zoom_client_id,
            "REJOIN_ZOOM_CLIENT_SECRET": settings.zoom_client_secret.get_secret_value(),
        }
        missing = [name for name, value in given.items() if not value]
        if missing:
            raise Permanent(f"{', '.join(missing)} not set: no meeting can be made for a picked time")
        self._rest.refresh_token()
        allowed = self._rest.scopes
        lacking = [names[0] for names in SCOPES if allowed and not allowed & set(names)]
        if lacking:
            raise Permanent(f"the app of REJOIN_ZOOM_CLIENT_ID lacks the scope {' and '.join(lacking)}")
        try:
            read_json(self._rest.user.list(page_size=1))
        except ZoomRefusal as refusal:
            if refusal.status == 404:
                raise Permanent("there is no Zoom API at REJOIN_ZOOM_API_URL") from None
            if refusal.code != LACKS_A_SCOPE:  # looking at users is not needed: Zoom itself has answered
                raise


def _meeting(told: dict) -> Meeting:
    meeting_id, join_url = told.get("id"), told.get("join_url")
    if not meeting_id or not isinstance(join_url, str):
        raise Temporary("Zoom's answer about a meeting lacks its id or join_url")
    return Meeting(str(meeting_id), join_url)


__all__ = ["ZoomMeetings", "ZoomRest", "encode_uuid"]
