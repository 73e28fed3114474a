"""An appointment as an entry for calendars (iCalendar, RFC 5545 and 5546); nothing in it says what it is about.

An appointment keeps its UID for good. Each time it is moved or called off the SEQUENCE rises, and calendars take the
entry with the highest one.
"""

from __future__ import annotations

from datetime import datetime

from icalendar import Calendar, Event, vCalAddress, vText

from plugin.core.appointment import Appointment
from plugin.service import messaging
from plugin.service.wording import Reader, texts

REQUEST, CANCEL = "REQUEST", "CANCEL"


def entry(
    method: str,
    appointment: Appointment,
    sequence: int,
    reader: Reader,
    now: datetime,
    sender: str,
    to: str,
    way_in: str,
) -> messaging.Calendar:
    """The entry that a calendar of the person at `to` takes in (REQUEST) or takes out again (CANCEL).

    Times are in UTC, so that every calendar shows its own; `way_in` is the address of the meeting for this person.
    """
    event = Event()
    event.add("uid", uid_of(appointment))
    event.add("summary", texts(reader.known)["title"])
    event.add("dtstart", appointment.starts_at)
    event.add("dtend", appointment.ends_at)
    event.add("dtstamp", now)
    event.add("sequence", sequence)
    event.add("status", "CONFIRMED" if method == REQUEST else "CANCELLED")
    if method == REQUEST:
        event.add("location", vText(way_in))
    event["organizer"] = vCalAddress(f"mailto:{sender}")
    attendee = vCalAddress(f"mailto:{to}")
    if method == REQUEST:
        attendee.params["RSVP"] = vText("TRUE")
    event.add("attendee", attendee, encode=0)
    whole = Calendar()
    whole.add("prodid", "-//Rejoin//EN")
    whole.add("version", "2.0")
    whole.add("method", method)
    whole.add_component(event)
    return messaging.Calendar(whole.to_ical().decode(), method)


def uid_of(appointment: Appointment) -> str:
    """The same for as long as the appointment exists, wherever it is moved."""
    return f"{appointment.appointment_id}@rejoin"
