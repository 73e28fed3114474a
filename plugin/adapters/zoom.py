"""Zoom as the provider of meetings; how its REST API is called stands in `zoom_rest`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.utils import parseaddr
from urllib.parse import quote

from config.settings import Settings
from plugin.adapters.zoom_rest import ZoomRefusal, ZoomRest, read_json
from plugin.ports.meeting import Arrangement, Meeting, Registration
from plugin.ports.outcome import Permanent, Temporary

# What the app must be allowed to do: the granular name of the scope, and the classic one.
SCOPES = (
    ("meeting:write:meeting:admin", "meeting:write:admin"),
    ("meeting:read:list_meetings:admin", "meeting:read:admin"),
    ("meeting:read:meeting:admin", "meeting:read:admin"),
    ("meeting:update:meeting:admin", "meeting:write:admin"),
    ("meeting:delete:meeting:admin", "meeting:write:admin"),
    ("meeting:write:registrant:admin", "meeting:write:admin"),
    ("meeting:read:list_registrants:admin", "meeting:read:admin"),
)
LACKS_A_SCOPE = 4711
SCHEDULED = 2
RECURRING = (3, 8)
"""`type` of a meeting that recurs, without and with fixed times."""
AT_ONCE = 0
"""`approval_type`: whoever registers is let in at once; 1 would wait for the host, 2 means no registration."""
# Zoom writes to nobody: its messages would say who invites, and go at any hour.
SILENT = {
    "approval_type": AT_ONCE,
    "registrants_email_notification": False,
    "registrants_confirmation_email": False,
}
PAGE = 300


class ZoomMeetings:
    """Makes meetings at Zoom; nothing in them is personal.

    A meeting carries our key in its agenda, a registration in an e-mail address that nobody reads: by them what was
    made before a crash is found again. Zoom is told a person's code, never their name or address.
    """

    def __init__(self, settings: Settings, rest: ZoomRest | None = None):
        self._settings = settings
        self._rest = rest or ZoomRest(settings)
        domain = parseaddr(settings.mail_from)[1].rpartition("@")[2]
        self._domain = domain if "." in domain else "rejoin.invalid"

    def find(self, key: str, host_id: str) -> Meeting | None:
        """The meeting of this host that carries this key."""
        mark, user_id = _mark(key), quote(host_id, safe="")
        listed = self._rest.pages(
            self._rest.meeting.list, "meetings", user_id=user_id, type="upcoming", page_size=PAGE
        )  # fmt: skip
        return next((_meeting(one) for one in listed if mark in str(one.get("agenda") or "")), None)

    def make(self, key: str, host_id: str, starts_at: datetime, minutes: int, timezone: str) -> Meeting:
        """Make a meeting for this host; a host may have 100 made or changed on one UTC day.

        `starts_at` is aware; `timezone` (IANA) is the zone in which Zoom shows it to the host.
        """
        made = self._rest.meeting.create(
            user_id=quote(host_id, safe=""),
            topic="Appointment",
            agenda=_mark(key),
            type=SCHEDULED,
            start_time=starts_at.astimezone(UTC),
            duration=minutes,
            timezone=timezone,
            # A number of its own: a personal meeting id is shared by back-to-back sessions.
            settings={"use_pmi": False} | SILENT,
        )
        return _meeting(read_json(made))

    def read(self, meeting_id: str) -> Arrangement | None:
        """How the meeting stands: Zoom changes what it was asked for without a word, and some accounts force things."""
        try:
            told = read_json(self._rest.meeting.get(id=meeting_id))
        except ZoomRefusal as refusal:
            if refusal.status == 404:
                return None
            raise
        given = told.get("settings") if isinstance(told.get("settings"), dict) else {}
        recurs = told.get("type") in RECURRING and not told.get("start_time")
        try:
            starts_at = None if recurs else datetime.fromisoformat(str(told.get("start_time"))).astimezone(UTC)
            minutes = int(told.get("duration") or 0)
        except ValueError:
            raise Temporary("Zoom's answer about a meeting lacks its time") from None
        return Arrangement(
            starts_at,
            minutes,
            registration=given.get("approval_type") == AT_ONCE,
            writes_to_people=any(given.get(name) is not False for name in SILENT if name != "approval_type"),
            waiting_room=given.get("waiting_room") is True,
        )

    def mend(self, meeting_id: str) -> None:
        """Ask once more for registration without messages."""
        self._rest.meeting.update(id=meeting_id, settings=dict(SILENT))

    def find_registration(self, meeting_id: str, key: str) -> Registration | None:
        """The registration with this key among those of the meeting."""
        address = self._address(key)
        listed = self._rest.pages(
            self._rest.meeting.list_registrants, "registrants", id=meeting_id, status="approved", page_size=PAGE
        )
        found = (one for one in listed if str(one.get("email") or "").casefold() == address)
        return next((_registration(one) for one in found), None)

    def register(self, meeting_id: str, key: str, code: str) -> Registration:
        """Register somebody by their code; Zoom takes three such calls a day for the same registrant."""
        told = self._rest.meeting.add_registrant(id=meeting_id, email=self._address(key), first_name=code)
        return _registration(read_json(told))

    def unregister(self, meeting_id: str, key: str, registrant_id: str) -> None:
        """Take a registration out, without a message to anybody."""
        try:
            self._rest.put_request(
                f"/meetings/{quote(meeting_id, safe='')}/registrants/status",
                data={"action": "cancel", "registrants": [{"id": registrant_id, "email": self._address(key)}]},
            )
        except ZoomRefusal as refusal:
            if refusal.status != 404:
                raise

    def move(self, meeting_id: str, starts_at: datetime, minutes: int, timezone: str) -> None:
        """Give the meeting another time."""
        self._rest.meeting.update(
            id=meeting_id, start_time=starts_at.astimezone(UTC), duration=minutes, timezone=timezone
        )

    def delete(self, meeting_id: str) -> None:
        """Take the meeting out, without a message to anybody."""
        try:
            self._rest.delete_request(
                f"/meetings/{quote(meeting_id, safe='')}",
                params={"schedule_for_reminder": "false", "cancel_meeting_reminder": "false"},
            )
        except ZoomRefusal as refusal:
            if refusal.status != 404:
                raise

    def _address(self, key: str) -> str:
        return f"{_mark(key).partition(':')[2]}@{self._domain}".casefold()

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


def _mark(key: str) -> str:
    return f"rejoin:{hashlib.sha256(key.encode()).hexdigest()[:24]}"


def _meeting(told: dict) -> Meeting:
    meeting_id, join_url = told.get("id"), told.get("join_url")
    if not meeting_id or not isinstance(join_url, str):
        raise Temporary("Zoom's answer about a meeting lacks its id or join_url")
    return Meeting(str(meeting_id), join_url)


def _registration(told: dict) -> Registration:
    registrant_id, join_url = told.get("registrant_id") or told.get("id"), told.get("join_url")
    if not isinstance(registrant_id, str) or not isinstance(join_url, str):
        raise Temporary("Zoom's answer about a registration lacks its registrant_id or join_url")
    return Registration(registrant_id, join_url)
