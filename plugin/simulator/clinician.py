"""How the clinicians hold a session: when they come and go, when they are cut off, when they end it for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from plugin.simulator.course import ABSENCE, CLIENT_CLOSE, PLAIN, PROVIDER, TECHNICAL, Connection, Course, Face
from plugin.simulator.rates import Rates
from plugin.simulator.weather import Weather
from plugin.simulator.world import IN_GROUPS, Appointment, Person


@dataclass(slots=True)
class Plan:
    """When the host is in the meeting (`spans`, in order) and when the meeting is ended for all (`closings`).

    `reopens` says for a closing when it begins anew. `why` says for what reason the host is away from a moment on.
    """

    before_host: bool
    waiting_room: bool
    spans: list[tuple[int, int]] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    """Ends of spans that were no choice."""
    closings: list[int] = field(default_factory=list)
    reopens: dict[int, int] = field(default_factory=dict)
    why: list[tuple[int, str]] = field(default_factory=list)
    story: set[str] = field(default_factory=set)

    def here(self, moment: int) -> bool:
        """Whether the host is in the meeting."""
        return any(a <= moment < b for a, b in self.spans)

    def comes(self, moment: int) -> int | None:
        """When the host is in the meeting next."""
        return next((max(a, moment) for a, b in self.spans if b > moment), None)

    def closes(self, moment: int) -> int | None:
        """When the meeting is ended for all next."""
        return next((at for at in self.closings if at > moment), None)

    def runs(self, moment: int) -> bool:
        """Whether the host has begun it and nobody has ended it, be the host cut off or not."""
        begun = any(a <= moment for a, _ in self.spans)
        last = max((at for at in self.closings if at <= moment), default=0)
        reopened = self.reopens.get(last)
        return begun and (not last or (reopened is not None and moment >= reopened))


def plan(rates: Rates, rng: Random, appointment: Appointment, arrivals: list[int | None], weather: Weather) -> Plan:
    """Decide how the host holds it; `arrivals` are the moments at which the others will be able to come, if they do."""
    before_host = rates.happens(rng, "room.before_host")
    made = Plan(before_host, not before_host and rates.happens(rng, "room.waiting_room"))
    if rates.happens(rng, "clinician.never"):
        made.why.append((0, PROVIDER))
        made.story.add("host-never-came")
        return made
    begin = appointment.starts - rates.within(rng, "clinician.early_minutes", 60)
    if rates.happens(rng, "clinician.late"):
        begin = appointment.starts + rates.within(rng, "clinician.late_minutes", 60)
        made.story.add("host-late")
    made.why.append((0, PROVIDER))
    end = _ending(rates, rng, appointment, begin, arrivals, made)
    cuts = _cuts(rates, rng, begin, end, weather, made)
    restart = None
    if rates.happens(rng, "room.restarted") and not cuts and end - begin > 900:
        restart = rng.randrange(begin + 300, end - 300)
    _lay_out(rates, rng, made, begin, end, cuts, restart)
    return made


def _ending(
    rates: Rates, rng: Random, appointment: Appointment, begin: int, arrivals: list[int | None], made: Plan
) -> int:
    end = appointment.ends + rates.within(rng, "clinician.ends_minutes", 60)
    whole = appointment.ends - appointment.starts
    if rates.happens(rng, "clinician.ends_early"):
        end = appointment.ends - round(whole * rates.fraction(rng, "clinician.ends_early_fraction"))
        made.story.add("host-ended-early")
    if appointment.kind not in IN_GROUPS:
        # Who waits alone gives up at some time.
        gives_up = max(begin, appointment.starts) + rates.within(rng, "coming.patience_minutes", 60)
        if all(at is None or at > gives_up for at in arrivals):
            made.story.add("host-gave-up-waiting")
            end = min(end, gives_up)
    return max(end, begin + 60)


def _cuts(
    rates: Rates, rng: Random, begin: int, end: int, weather: Weather, made: Plan
) -> list[tuple[int, int | None]]:
    """When the host is cut off, and when they are back; at most one of each kind."""
    for incident in weather.incidents:
        hit = begin < incident.begin < end and rates.happens(rng, "together.incident_share")
        if hit:
            made.story.add("host-drop")
            back = incident.end + rng.randrange(30, 200)
            return [(incident.begin + rng.randrange(30), back if back < end - 60 else None)]
    hazard = rates["clinician.drops_per_hour"] / 3600
    at = begin + round(rng.expovariate(hazard)) if hazard else end
    if at >= end - 60 or at <= begin + 5:
        return []
    made.story.add("host-drop")
    if rates.happens(rng, "clinician.drop_for_good"):
        made.story.add("host-dropped-for-good")
        return [(at, None)]
    minutes = "drop.seconds" if rates.happens(rng, "drop.back_in_seconds") else "drop.minutes"
    back = at + rates.within(rng, minutes, 1 if minutes == "drop.seconds" else 60)
    return [(at, back if back < end - 30 else None)]


def _lay_out(
    rates: Rates, rng: Random, made: Plan, begin: int, end: int, cuts: list[tuple[int, int | None]], restart: int | None
) -> None:
    if restart is not None:
        again = restart + rates.within(rng, "room.restart_seconds")
        made.story.add("restarted")
        made.spans += [(begin, restart), (again, max(end, again + 60))]
        made.closings += [restart, max(end, again + 60)]
        made.reopens[restart] = again
        return
    at = begin
    for lost, back in cuts:
        made.spans.append((at, lost))
        made.broken.add(lost)
        made.why.append((lost, TECHNICAL))
        if back is None:
            return
        at = back
    made.spans.append((at, end))
    made.closings.append(end)
    made.why.append((end, PROVIDER))


def hold(rng: Random, appointment: Appointment, made: Plan) -> list[Course]:
    """The courses of the clinicians: the host as planned, a second one beside them when the meeting runs."""
    host, *others = appointment.clinicians
    course = Course(host.code, why=list(made.why))
    for begin, end in made.spans:
        broke = end in made.broken
        course.connections.append(Connection(begin, end, face_of(host), CLIENT_CLOSE if broke else PLAIN, broke))
    courses = [course]
    for other in others:
        beside = Course(other.code, why=[(0, ABSENCE)])
        closing = made.closings[0] if made.closings else None
        if made.spans and closing and not made.reopens:
            begin = made.spans[0][0] + rng.randrange(5, 200)
            if closing - begin > 60:
                beside.connections.append(Connection(begin, closing, face_of(other)))
        courses.append(beside)
    return courses


def face_of(person: Person) -> Face:
    """A clinician signs in: Zoom knows the account."""
    return Face(person.true_name, person.email, person.zoom_id)
