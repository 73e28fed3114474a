"""Who leads a group beside its own clinicians: where each member has an appointment, two may name different leaders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.attendance import Attendance
from plugin.core.interval import clip, length, union
from plugin.core.policy import Thresholds
from plugin.core.surroundings import Surroundings

_OF_SEVERAL = frozenset({Kind.GROUP, Kind.EDUCATION})


def co_leaders(
    appointment: Appointment,
    own: Iterable[Attendance],
    beside: Iterable[tuple[Participant, Attendance]],
    surroundings: Surroundings,
    thresholds: Thresholds,
    until: datetime,
) -> list[Attendance]:
    """The clinicians of the appointments of the same kind that share its meeting and its time, when its `own` were not
    there for most of what all of them held: whoever leads one of these leads the room, as far as anybody knows.

    Two groups may as well meet side by side in one meeting, so it is not sure that it was held by them.
    """
    if appointment.kind not in _OF_SEVERAL:
        return []
    sharing = [one for one in surroundings.at_the_same_time(appointment) if one.kind is appointment.kind]
    codes = {person.participant_id for one in sharing for person in one.of_role(Role.CLINICIAN)}
    found = [there for person, there in beside if person.participant_id in codes and there.present]

    def held_for(leaders: Sequence[Attendance]) -> timedelta:
        return length(clip(union([span for one in leaders for span in one.present]), appointment.starts_at, until))

    own = tuple(own)
    return found if held_for(own) < held_for([*own, *found]) * thresholds.attended_fraction else []
