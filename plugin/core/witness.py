"""Of whom a delivery tells, for people who read a story: of somebody else, of a stranger, of another meeting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from plugin.core.appointment import Appointment
from plugin.core.event import Event, EventKind
from plugin.core.identity import MatchedBy, Roll
from plugin.core.lobby import is_nameless_wait
from plugin.core.stay import stays

ELSEWHERE = "in another meeting"
STRANGER = "somebody unidentified"
_OF_NOBODY = frozenset(
    {
        EventKind.MEETING_STARTED, EventKind.MEETING_ENDED, EventKind.MEETING_CHANGED, EventKind.MEETING_DELETED,
        EventKind.MEETING_RECOVERED, EventKind.REPORT_COMPLETED, EventKind.PLATFORM_INCIDENT, EventKind.FLOOD_BEGAN,
    }
)  # fmt: skip


def whose(
    appointment: Appointment, participant_id: str, events: Iterable[Event], beside: Sequence[Appointment] = ()
) -> dict[int, str]:
    """By delivery, of whom it tells if not of this person: "T1 (clinician)", somebody unidentified, another meeting.

    The events may be few or all that tell of the appointment; the more there are, the surer is who it was. `beside` are
    the other appointments of its meeting at its time.
    """
    events = tuple(events)
    roll = Roll(appointment, beside, [event for event in events if event.kind is EventKind.REGISTERED])
    roles = {person.participant_id: person.role for one in (*beside, appointment) for person in one.participants}
    found: dict[int, str] = {}
    rooms: dict[str, list[Event]] = {}
    for event in events:
        if event.participant_id or event.kind in _OF_NOBODY:
            continue
        if event.meeting_id and event.meeting_id != appointment.meeting_id:
            found[event.delivery] = ELSEWHERE
        else:
            rooms.setdefault(event.instance, []).append(event)
    for told in rooms.values():
        for stay in stays(told):
            match = roll.recognise(stay)
            code = match.person.participant_id if match.person else ""
            if code == participant_id or (not code and all(map(is_nameless_wait, stay))):
                continue  # whose wait it was says nobody; the verdict takes it for somebody's
            who = f"{code} ({roles[code]})" if code else STRANGER
            who = "the host" if not code and match.by is MatchedBy.ZOOM_USER else who
            found |= dict.fromkeys([event.delivery for event in stay], who)
    return found
