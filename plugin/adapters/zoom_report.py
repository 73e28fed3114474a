"""Zoom's reports of past meetings, which every plan has.

A report is taken only when it is whole: `next_page_token` exhausted, and as many rows as `total_records` says.
Source: Zoom, API reference for meetings: "List past meeting instances", "Get past meeting details", "Get past meeting
participants". They know no reason of a leave. A meeting number names only its last run there, so runs are asked for by
their UUIDs.
"""

from __future__ import annotations

from datetime import UTC, datetime

from config.settings import Settings
from plugin.adapters.zoom_rest import ZoomRefusal, ZoomRest, encode_uuid, read_json
from plugin.ports.outcome import Permanent, Temporary
from plugin.ports.report import MeetingRun, Participation

SCOPES = (
    "meeting:read:list_past_instances:admin",
    "meeting:read:past_meeting:admin",
    "meeting:read:list_past_participants:admin",
)
CLASSIC_SCOPE = "meeting:read:admin"
PAGE = 300
MOST_RUNS = 50
"""So many restarts within one session are no session; what is further is not asked for."""


class ZoomReports:
    """Reads what Zoom keeps of past meetings."""

    def __init__(self, settings: Settings, rest: ZoomRest | None = None):
        self._settings = settings
        self._rest = rest or ZoomRest(settings)

    def runs(self, meeting_id: str, from_at: datetime, to_at: datetime) -> tuple[MeetingRun, ...]:
        """Every run of this meeting that began between two moments.

        Raises Temporary when a report is not ready or not whole yet, Permanent when the app may not read it.
        """
        try:
            known = list(self._rest.pages(self._rest.past_meeting.list, "meetings", meeting_id=meeting_id))
            uuids = [
                uuid
                for run in known
                if (uuid := run.get("uuid")) and (began := _time(run.get("start_time"))) and from_at <= began <= to_at
            ]
            return tuple([self._run(meeting_id, uuid) for uuid in uuids[:MOST_RUNS]])
        except ZoomRefusal as refusal:
            if refusal.status == 404:  # Zoom takes a while after the end
                raise Temporary("Zoom has no report of the meeting yet") from None
            raise

    def check(self) -> None:
        """Whether the app's scopes allow it; raises Permanent, with the scope that is missing."""
        self._rest.refresh_token()
        allowed = self._rest.scopes
        lacking = [scope for scope in SCOPES if allowed and not allowed & {scope, CLASSIC_SCOPE}]
        if lacking:
            raise Permanent(f"the app of REJOIN_ZOOM_CLIENT_ID lacks the scope {' and '.join(lacking)}")

    def _run(self, meeting_id: str, uuid: str) -> MeetingRun:
        path = encode_uuid(uuid)
        about = read_json(self._rest.past_meeting.get(meeting_id=path))
        rows = self._rest.whole(
            self._rest.past_meeting.get_participants, "participants", meeting_id=path, page_size=PAGE
        )
        started_at, ended_at = _time(about.get("start_time")), _time(about.get("end_time"))
        if started_at is None or ended_at is None:
            raise Temporary("Zoom's report of the meeting does not say yet from when to when it ran")
        return MeetingRun(meeting_id, uuid, started_at, ended_at, tuple([_participation(row) for row in rows]))


def _participation(row: dict) -> Participation:
    came_at = _time(row.get("join_time"))
    if came_at is None:
        raise Temporary("a row of Zoom's report has no time")
    return Participation(
        came_at=came_at,
        went_at=_time(row.get("leave_time")),
        connection=_text(row.get("user_id")),
        waiting=row.get("status") == "in_waiting_room",
        registrant_id=_text(row.get("registrant_id")),
        zoom_user_id=_text(row.get("id")),
        email=_text(row.get("user_email")),
        name=_text(row.get("name")),
    )


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return at.astimezone(UTC) if at and at.tzinfo else None
