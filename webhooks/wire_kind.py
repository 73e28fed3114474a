"""What each of Zoom's events says, and which of its fields says when; and the events of Rejoin's own."""

from __future__ import annotations

from plugin.core.event import EventKind

# What each of Zoom's events says. An event that is not here is unknown: kept and counted, never guessed at.
_OF_A_MEETING: dict[str, tuple[EventKind, str]] = {
    # event without "meeting." -> (kind, the field that says when)
    "started": (EventKind.MEETING_STARTED, "start_time"),
    "ended": (EventKind.MEETING_ENDED, "end_time"),
    "deleted": (EventKind.MEETING_DELETED, ""),
    "permanently_deleted": (EventKind.MEETING_DELETED, ""),  # it was deleted before, which may have been lost
    "recovered": (EventKind.MEETING_RECOVERED, ""),
    "updated": (EventKind.MEETING_CHANGED, ""),
    "registration_created": (EventKind.REGISTERED, ""),
    "registration_approved": (EventKind.REGISTERED, ""),
    "registration_cancelled": (EventKind.UNREGISTERED, ""),
    "registration_denied": (EventKind.UNREGISTERED, ""),
    "participant_joined": (EventKind.JOINED, "join_time"),
    "participant_left": (EventKind.LEFT, "leave_time"),
    # A breakout room is the same meeting: being there is being present.
    "participant_joined_breakout_room": (EventKind.JOINED, "join_time"),
    "participant_left_breakout_room": (EventKind.LEFT, "leave_time"),
    "participant_joined_waiting_room": (EventKind.WAITING_BEGAN, "date_time"),
    "participant_left_waiting_room": (EventKind.WAITING_ENDED, "date_time"),
    "participant_admitted": (EventKind.ADMITTED, "date_time"),
    "participant_put_in_waiting_room": (EventKind.PUT_BACK, "date_time"),
    "participant_jbh_waiting": (EventKind.WAITED_FOR_HOST, ""),
    "participant_jbh_waiting_left": (EventKind.STOPPED_WAITING_FOR_HOST, ""),
    "participant_jbh_joined": (EventKind.CAME_BEFORE_HOST, ""),
    "participant_bind": (EventKind.BOUND, "date_time"),
    "participant_qos": (EventKind.QUALITY_WARNING, ""),
    # Of somebody who is there already, or was: no arrival and no leave, but a sign of them all the same.
    "participant_role_changed": (EventKind.NOTICED, "date_time"),
    "participant_feedback": (EventKind.NOTICED, ""),
    "participant_qos_summary": (EventKind.NOTICED, ""),
    "device_tested": (EventKind.NOTICED, ""),
    "participant_phone_callout_accepted": (EventKind.NOTICED, ""),
    "participant_data": (EventKind.EQUIPMENT_TOLD, ""),
    "participant_data_summary": (EventKind.EQUIPMENT_TOLD, ""),
} | dict.fromkeys(
    (
        "created", "alert", "risk_alert",
        "participant_phone_callout_ringing",
        "participant_phone_callout_missed", "participant_phone_callout_rejected",
        "participant_room_system_callout_ringing", "participant_room_system_callout_accepted",
        "participant_room_system_callout_missed", "participant_room_system_callout_rejected",
        "participant_room_system_callout_failed",
        "invitation_accepted", "invitation_dispatched", "invitation_rejected", "invitation_timeout",
    ),
    (EventKind.OTHER, ""),
)  # fmt: skip

KINDS = {f"meeting.{name}": told for name, told in _OF_A_MEETING.items()}
"""What each of Zoom's events says and which field says when; an event that is not here is unknown."""

OWN_KINDS = {
    "rejoin.join_clicked": EventKind.JOIN_CLICKED,
    "rejoin.trouble_reported": EventKind.TROUBLE_REPORTED,
    "rejoin.presence_claimed": EventKind.PRESENCE_CLAIMED,
    "rejoin.notice_given": EventKind.NOTICE_GIVEN,
    "rejoin.platform_incident": EventKind.PLATFORM_INCIDENT,
    "rejoin.flood_began": EventKind.FLOOD_BEGAN,
    # With what tech support resolved a ticket (plugin/core/resolution.py).
    "rejoin.trouble_confirmed": EventKind.TROUBLE_CONFIRMED,
    "rejoin.provider_fault_found": EventKind.PROVIDER_FAULT_FOUND,
    "rejoin.absence_found": EventKind.ABSENCE_FOUND,
    "rejoin.no_fault_found": EventKind.NO_FAULT_FOUND,
}

REPORT_KINDS = {
    # What Rejoin read in Zoom's report of a meeting, in the shape of Zoom's own events.
    "rejoin.presence_reported": (EventKind.PRESENCE_REPORTED, "join_time"),
    "rejoin.wait_reported": (EventKind.WAIT_REPORTED, "join_time"),
    "rejoin.report_completed": (EventKind.REPORT_COMPLETED, "end_time"),
}
