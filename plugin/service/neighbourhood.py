"""What the rest of the account said around an appointment: of it, what touches this appointment and no more."""

from __future__ import annotations

from datetime import datetime, timedelta

from plugin.core.appointment import Appointment
from plugin.core.event import EventKind
from plugin.core.policy import Thresholds
from plugin.core.surroundings import Surroundings
from plugin.service.arrivals import Arrivals
from plugin.service.memory import Memory
from plugin.storage import appointment as appointments
from plugin.storage import feed, sighting
from plugin.storage.database import Transaction

HOUR = timedelta(hours=1)
# What was heard first after the feed stopped tells how long it was off.
AFTER_STOP = timedelta(seconds=60)
EVER = timedelta(days=3650)


class Neighbourhood:
    """Asks the rows what was heard around an appointment; of whom else came, it remembers what it has read."""

    def __init__(self, memory: Memory):
        self._memory = memory
        self._arrivals = Arrivals(memory)

    def around(self, tx: Transaction, appointment: Appointment, numbers: Thresholds, now: datetime) -> Surroundings:
        """The surroundings as they had arrived by `now`; `numbers` are those of this kind of session."""
        begin = _whole_hour(appointment.starts_at - numbers.early_window)
        end = _whole_hour(appointment.ends_at + numbers.early_window + HOUR)
        people = appointment.participants
        codes = [person.participant_id for person in people]
        opens, closes = appointment.starts_at - numbers.no_show_after, appointment.ends_at
        came = self._arrivals.of(tx, people, lambda: appointments.registrations(tx, codes), opens, closes)
        seen = [one for one in came if one.meeting_id != appointment.meeting_id and one.received_at <= now]
        by_registration = {(event.meeting_id, event.registrant_id) for event in seen if event.registrant_id}
        registered = appointments.registered(tx, by_registration)
        meetings = {appointment.meeting_id, *(event.meeting_id for event in seen)}
        apart = self._memory.events(tx, sighting.touching_all(tx, begin, end, now))
        surroundings = Surroundings(
            [*apart, *seen],
            appointments.expected_in(tx, meetings, begin, end),
            sighting.first_heard(tx, now),
            blind=feed.blind_between(tx, begin, end, now),
            registered=lambda meeting_id, registrant_id: registered.get((meeting_id, registrant_id), ()),
        )
        heard = [sighting.heard_next(tx, appointment.starts_at, appointment.ends_at, now)]
        for event in apart:
            if event.kind is EventKind.FEED_STOPPED:
                after = event.at + AFTER_STOP + timedelta(microseconds=1)
                heard.append(sighting.heard_next(tx, after, after + EVER, now))
        surroundings.hear([at.timestamp() for at in heard if at is not None])
        return surroundings


def _whole_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
