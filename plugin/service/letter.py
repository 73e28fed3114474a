"""What is written to clients: short, warm and neutral.

A message may be read by whoever holds the phone: it never says what kind of session it was, with whom, or in which
program, and blames nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

SUBJECTS = {
    "nudge": "Your appointment has started",
    "missed": "About your appointment",
    "rejoin": "Your appointment is still on",
    "offer": "Another time for your appointment",
    "makeup": "Something for you to look at",
    "invitation": "Your new appointment",
    "link": "Your new link",
    "notice": "If you cannot come",
}


def nudge(starts_at: datetime, zone: str, link: str) -> str:
    """While the session still runs: a friendly reminder with a way to say that something does not work."""
    return (
        f"Hello,\n\nyour appointment began at {clock_time(starts_at, zone)}. "
        "You are welcome to join now; coming late is fine.\n\n"
        f"If you cannot connect, tell us here with one tap:\n{link}\n"
    )


def rejoin(starts_at: datetime, zone: str, link: str) -> str:
    """After a drop, while the session still runs: the way back in."""
    return (
        f"Hello,\n\nit looks as if your connection to the appointment of {clock_time(starts_at, zone)} was cut off. "
        "It still goes on, and you are welcome back.\n\n"
        f"Come back, or tell us that you cannot connect, here:\n{link}\n"
    )


def missed(starts_at: datetime, zone: str, link: str) -> str:
    """After the session: we noticed, we care, and here is how to tell us what happened."""
    return (
        f"Hello,\n\nwe did not get to meet as planned on {day_and_time(starts_at, zone)}. "
        "We hope that you are well.\n\n"
        f"If something went wrong with the connection, or if you were there, please tell us here:\n{link}\n\n"
        "We will be in touch about what comes next.\n"
    )


def offer(times: Iterable[datetime], zone: str, link: str) -> str:
    """A choice of times, in the client's own zone."""
    listed = "\n".join(f"  - {day_and_time(at, zone)}" for at in times)
    return (
        f"Hello,\n\nhere are other times for your appointment:\n\n{listed}\n\n"
        f"Please pick one, or tell us that none fits:\n{link}\n"
    )


def makeup(text: str) -> str:
    """What a coordinator wrote, with a greeting."""
    return f"Hello,\n\n{text.strip()}\n\nIf you have a question, please answer this message.\n"


def fresh(link: str) -> str:
    """A link that was asked for, and nothing else."""
    return (
        f"Hello,\n\nhere is the link that you asked for:\n{link}\n\n"
        "If you did not ask for it, you need do nothing.\n"
    )


def notice(starts_at: datetime, zone: str, link: str) -> str:
    """How to tell us in advance."""
    return (
        f"Hello,\n\nif you cannot come to your appointment on {day_and_time(starts_at, zone)}, "
        f"please tell us here before it begins:\n{link}\n"
    )


def invitation(starts_at: datetime, zone: str, join_url: str) -> str:
    """The new time and the way in."""
    return (
        f"Hello,\n\nyour new appointment is on {day_and_time(starts_at, zone)}.\n\nYou can join it here:\n{join_url}\n"
    )


def calendar(
    uid: str, starts_at: datetime, ends_at: datetime, now: datetime, sender: str, to: str, join_url: str
) -> str:
    """The invitation as iCalendar (METHOD:REQUEST, RFC 5546): times in UTC, so that every calendar shows its own."""
    event = Event()
    event.add("uid", uid)
    event.add("summary", "Appointment")
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("dtstamp", now)
    event.add("sequence", 0)
    event.add("status", "CONFIRMED")
    event.add("location", vText(join_url))
    event["organizer"] = vCalAddress(f"mailto:{sender}")
    attendee = vCalAddress(f"mailto:{to}")
    attendee.params["RSVP"] = vText("TRUE")
    event.add("attendee", attendee, encode=0)
    whole = Calendar()
    whole.add("prodid", "-//Rejoin//EN")
    whole.add("version", "2.0")
    whole.add("method", "REQUEST")
    whole.add_component(event)
    return whole.to_ical().decode()


def day_and_time(at: datetime, zone: str) -> str:
    """`Tuesday, March 3, 10:00 AM EST`: how clients read a time, the zone named."""
    here = at.astimezone(ZoneInfo(zone))
    return f"{here:%A, %B} {here.day}, {clock_time(at, zone)}"


def clock_time(at: datetime, zone: str) -> str:
    """`10:00 AM EST`, or `10:00 AM UTC-03` in zones that have no name of their own."""
    here = at.astimezone(ZoneInfo(zone))
    name = here.tzname() or ""
    return f"{here:%I:%M %p}".lstrip("0") + f" {'UTC' if name[:1] in ('+', '-') else ''}{name}"
