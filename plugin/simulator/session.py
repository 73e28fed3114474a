"""One session as it really went: the clinicians first, then everybody for whom it was held, then strangers."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from plugin.simulator import names
from plugin.simulator.clinician import Plan, hold, plan
from plugin.simulator.course import FROM_BREAKOUT, TO_BREAKOUT, Connection, Course, Face, Hop, union
from plugin.simulator.intent import intend
from plugin.simulator.rates import Rates
from plugin.simulator.visit import Visit
from plugin.simulator.weather import Weather
from plugin.simulator.world import IN_GROUPS, Appointment


@dataclass(frozen=True, slots=True)
class Session:
    """What really happened in one appointment's meeting. `guests` are people and bots whom the roster does not know."""

    appointment: Appointment
    courses: dict[str, Course]
    guests: tuple[Course, ...] = ()
    cancelled: bool = False
    deleted_at: int | None = None
    end_told: bool = False
    """Whether Zoom gives the end of the meeting as the reason of leaving."""
    closings: tuple[int, ...] = ()
    story: frozenset[str] = field(default_factory=frozenset)

    def held(self) -> list[tuple[int, int]]:
        """When a clinician was in the meeting."""
        spans = [s for p in self.appointment.clinicians for s in self.courses[p.code].present()]
        return union(spans)

    def everybody(self) -> list[Connection]:
        """Every connection to the right meeting."""
        courses = (*self.courses.values(), *self.guests)
        return [c for course in courses for c in course.connections if not c.elsewhere]


def play(rates: Rates, rng: Random, appointment: Appointment, weather: Weather) -> Session:
    """Let one session happen."""
    nothing = {p.code: Course(p.code, network=p.network) for p in appointment.people}
    if rates.happens(rng, "coming.cancelled_roster"):
        return Session(appointment, nothing, cancelled=True, story=frozenset({"cancelled"}))
    if rates.happens(rng, "coming.deleted"):
        early = rng.randrange(1800, 3 * 86400)
        return Session(appointment, nothing, deleted_at=appointment.starts - early, story=frozenset({"deleted"}))
    if rates.happens(rng, "coming.nobody"):
        for course in nothing.values():
            course.away(0, "absence")
        return Session(appointment, nothing, story=frozenset({"nobody-came"}))
    intents = [intend(rates, rng, appointment, person, weather) for person in appointment.attendees]
    held = plan(rates, rng, appointment, [intent.enters for intent in intents], weather)
    story = set(held.story)
    group_drop = _group_drop(rates, rng, appointment)
    if group_drop is not None:
        story.add("group-drop")
    courses = {c.code: c for c in hold(rng, appointment, held)}
    for intent in intents:
        hit = group_drop is not None and rates.happens(rng, "together.group_drop_share")
        visit = Visit(rates, rng, appointment, held, weather, intent, group_drop if hit else None)
        courses[intent.course.code] = visit.live()
    everybody = [c for course in courses.values() for c in course.connections if not c.elsewhere]
    if appointment.kind in IN_GROUPS and rates.happens(rng, "room.breakout"):
        _break_out(rates, rng, appointment, everybody)
        story.add("breakout")
    guests = _guests(rates, rng, held)
    story |= {label for guest in guests for label in guest.story}
    return Session(
        appointment, courses, guests, end_told=rates.happens(rng, "room.host_ended_told"),
        closings=tuple(held.closings),
        story=frozenset(story),
    )  # fmt: skip


def _group_drop(rates: Rates, rng: Random, appointment: Appointment) -> int | None:
    if not rates.happens(rng, "together.group_drop"):
        return None
    return rng.randrange(appointment.starts + 120, appointment.ends - 120)


def _break_out(rates: Rates, rng: Random, appointment: Appointment, everybody: list[Connection]) -> None:
    """Everybody who is in changes into a room of a few and back, within some seconds of one another."""
    length = rates.within(rng, "room.breakout_minutes", 60)
    out = rng.randrange(appointment.starts + 300, max(appointment.starts + 301, appointment.ends - length - 300))
    for connection in everybody:
        there, back = out + rng.randrange(12), out + length + rng.randrange(12)
        if (
            connection.begin + 2 < there < connection.end - 2
            and connection.bound_to is None
            and not connection.face.phone
        ):
            connection.hops.append(Hop(there, TO_BREAKOUT, breakout="in"))
            if back < connection.end - 2:
                connection.hops.append(Hop(back, FROM_BREAKOUT, breakout="out"))


def _guests(rates: Rates, rng: Random, held: Plan) -> tuple[Course, ...]:
    guests = []
    if not held.spans:
        return ()
    begin, end = held.spans[0][0], held.spans[-1][1]
    if rates.happens(rng, "guest.bot"):
        unlisted = rates.happens(rng, "guest.bot_unlisted")
        name = rng.choice(names.UNLISTED_BOTS if unlisted else names.BOTS)
        guests.append(_guest("bot-unlisted" if unlisted else "bot", name, begin, end, rng))
    if rates.happens(rng, "guest.stranger"):
        guests.append(_guest("stranger", rng.choice(names.STRANGERS), begin, end, rng))
    return tuple(guest for guest in guests if guest.connections)


def _guest(label: str, name: str, begin: int, end: int, rng: Random) -> Course:
    course = Course(label, story={label})
    first = begin + rng.randrange(5, 240)
    if end - first > 90:
        course.connections.append(Connection(first, end - rng.randrange(0, 20), Face(name)))
    return course
