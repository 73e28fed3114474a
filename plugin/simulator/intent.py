"""Whether and when somebody means to come, and everything that keeps them from the meeting before they reach it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from plugin.simulator import names
from plugin.simulator.course import ABSENCE, TECHNICAL, Connection, Course, Face, Wait
from plugin.simulator.rates import Rates
from plugin.simulator.weather import Weather
from plugin.simulator.world import Appointment, Person


@dataclass(slots=True)
class Intent:
    """Whether somebody means to come, and when they are able to; what went wrong before that stands in the course."""

    person: Person
    course: Course
    enters: int | None
    face: Face
    by_link: bool = True
    tries: list[tuple[int, int]] = field(default_factory=list)
    """Connections of some seconds before it worked, if the meeting lets anybody in then."""


def intend(rates: Rates, rng: Random, appointment: Appointment, person: Person, weather: Weather) -> Intent:
    """Decide whether and when somebody comes, with everything that happens before they reach the meeting."""
    course = Course(person.code, network=person.network)
    course.away(0, ABSENCE)
    intent = Intent(person, course, None, _face(rates, rng, appointment, person, course))
    intent.by_link = not course.story & {"guest", "dial-in"} and rates.happens(rng, "link.used")
    if rates.happens(rng, "coming.notice"):
        course.tell("notice_given", appointment.starts - rng.randrange(1200, 3 * 86400))
        course.story.add("notice")
        return intent
    if rates.happens(rng, "coming.no_show"):
        course.story.add("no-show")
        if rates.happens(rng, "link.opened_only"):
            course.tell("join_clicked", appointment.starts + rng.randrange(-300, 300))
            course.story.add("opened-only")
        return intent
    comes = _comes(rates, rng, appointment, course)
    if appointment.other_meeting and rates.happens(rng, "link.wrong_meeting"):
        comes = _wrong_meeting(rates, rng, appointment, intent, comes)
    elif rates.happens(rng, "trouble.for_good"):
        comes = _trouble(rates, rng, appointment, intent, comes, None)
    elif rates.happens(rng, "trouble.delayed"):
        comes = _trouble(rates, rng, appointment, intent, comes, comes + rates.within(rng, "trouble.delay_minutes", 60))
    if comes is not None:
        comes = _incident(rates, rng, appointment, course, weather, comes)
    intent.enters = comes
    return intent


def _comes(rates: Rates, rng: Random, appointment: Appointment, course: Course) -> int:
    whole = appointment.ends - appointment.starts
    if rates.happens(rng, "coming.very_late"):
        course.story.add("very-late")
        return appointment.starts + round(whole * rates.fraction(rng, "coming.very_late_fraction"))
    if rates.happens(rng, "coming.late"):
        course.story.add("late")
        return appointment.starts + rates.within(rng, "coming.late_minutes", 60)
    return appointment.starts - rates.within(rng, "coming.early_minutes", 60)


def _face(rates: Rates, rng: Random, appointment: Appointment, person: Person, course: Course) -> Face:
    name = "" if appointment.blank else person.true_name
    if rates.happens(rng, "device.dial_in"):
        course.story.add("dial-in")
        number = person.true_phone
        if rates.happens(rng, "device.dial_in_other_number"):
            number = names.phone(600_000 + rng.randrange(69_000))
        return Face("" if appointment.blank else number, phone=number)
    if rates.happens(rng, "guest.client"):
        course.story.add("guest")
        if rates.happens(rng, "guest.nickname"):
            course.story.add("nickname")
            return Face("" if appointment.blank else rng.choice(names.NICKNAMES))
        if rates.happens(rng, "guest.other_email"):
            course.story.add("other-email")
            mail = "" if appointment.blank else f"home.{person.email or person.code.lower() + '@example.org'}"
            return Face(name, mail, names.zoom_id(rng))
        return Face(name)
    mail = "" if appointment.blank or person.customer_key else person.email
    return Face(name, mail, person.zoom_id, person.registrant_id, person.customer_key)


def _trouble(
    rates: Rates, rng: Random, appointment: Appointment, intent: Intent, tries: int, works: int | None
) -> int | None:
    """Somebody cannot get in, for a while or for good; what shows it stands in the course."""
    course = intent.course
    course.story.add("trouble" if works else "trouble-for-good")
    opens = tries - rates.within(rng, "link.seconds")
    course.away(opens, TECHNICAL)
    if rates.happens(rng, "trouble.short_connections"):
        at = tries
        for _ in range(rng.randrange(2, 5)):
            end = at + rng.randrange(6, 45)
            if works is not None and end >= works - 10:
                break
            intent.tries.append((at, end))
            at = end + rng.randrange(15, 90)
    clicked = rates.happens(rng, "trouble.clicked")
    if clicked:
        course.tell("join_clicked", opens, shows=True)
    reported = rates.happens(rng, "trouble.reported")
    if reported:
        course.tell("trouble_reported", tries + rng.randrange(120, 1500), shows=True)
    if works is None and not clicked and not reported:
        _tell_afterwards(rates, rng, appointment, course, "trouble_reported")
    return works


def _wrong_meeting(rates: Rates, rng: Random, appointment: Appointment, intent: Intent, comes: int) -> int | None:
    """An old link leads into another meeting, where nobody is."""
    course, until = intent.course, comes + rates.within(rng, "link.wrong_meeting_minutes", 60)
    course.story.add("wrong-meeting")
    course.away(comes, TECHNICAL)
    other = dict(appointment.other_registrants).get(course.code, "")
    face = replace(intent.face, registrant_id=other if intent.face.registrant_id else "")
    told = True
    if rates.happens(rng, "room.before_host"):
        course.connections.append(Connection(comes, until, face, elsewhere=True))
        mark = ("joined", 0)
    else:
        told = not rates.happens(rng, "device.web_client")
        course.waits.append(Wait(comes, until, "host", face, False, told, elsewhere=True))
        mark = ("wait", 0)
    if face.name or face.email or face.customer_key:
        course.shows.append(frozenset({mark}))
    if rates.happens(rng, "link.wrong_meeting_found"):
        return until + rng.randrange(15, 90)
    if not course.shows or not told:
        _tell_afterwards(rates, rng, appointment, course, "trouble_reported")
    return None


def _incident(
    rates: Rates, rng: Random, appointment: Appointment, course: Course, weather: Weather, comes: int
) -> int | None:
    for number, incident in enumerate(weather.incidents):
        if incident.covers(comes) and rates.happens(rng, "together.incident_share"):
            course.away(comes, TECHNICAL)
            course.story.add("incident")
            course.shows.append(frozenset({("incident", number)}))
            comes = incident.end + rng.randrange(20, 300)
            return comes if comes < appointment.ends - 120 else None
    return comes


def _tell_afterwards(rates: Rates, rng: Random, appointment: Appointment, course: Course, what: str) -> None:
    """Nothing shows that they tried: they answer the note that they were missed, or nobody ever knows."""
    if rates.happens(rng, "trouble.told_afterwards"):
        course.tell(what, appointment.ends + rng.randrange(600, 6 * 3600), shows=what == "trouble_reported")
    else:
        course.story.add("unseen")


def waited_unseen(rates: Rates, rng: Random, appointment: Appointment, course: Course) -> None:
    """They waited with a browser for a host who came too late, and say so when told that they were missed."""
    _tell_afterwards(rates, rng, appointment, course, "presence_claimed")
