"""One person's way through a session, step by step: coming, waiting, being in, being cut off, coming back, leaving."""

from __future__ import annotations

from itertools import combinations
from random import Random

from plugin.simulator.clinician import Plan
from plugin.simulator.course import (
    ABSENCE,
    PLAIN,
    PROVIDER,
    REASONS,
    REMOVED,
    TECHNICAL,
    Connection,
    Course,
    Face,
    Hop,
    Wait,
)  # fmt: skip
from plugin.simulator.intent import Intent, waited_unseen
from plugin.simulator.rates import Rates
from plugin.simulator.weather import Spell, Weather
from plugin.simulator.world import Appointment


class Visit:
    """Lets one person live through a session that is held as planned."""

    def __init__(
        self, rates: Rates, rng: Random, appointment: Appointment, held: Plan, weather: Weather, intent: Intent,
        group_drop: int | None,
    ):  # fmt: skip
        self._rates, self._rng, self._appointment, self._held, self._weather = rates, rng, appointment, held, weather
        self._intent, self._course, self._face = intent, intent.course, intent.face
        self._group_drop = group_drop
        self._suffered: set[int] = set()
        self._leaves = self._leaving()
        self._once = {what: rates.happens(rng, f"room.{what}") for what in ("put_back", "removed")}
        self._once["break"] = rates.happens(rng, "coming.break_taken")
        self._web = rates.happens(rng, "device.web_client")

    def live(self) -> Course:
        """The whole course."""
        at = self._intent.enters
        if at is not None and self._intent.by_link:
            self._course.tell("join_clicked", at - self._rates.within(self._rng, "link.seconds"))
        self._try()
        while at is not None and at < self._appointment.ends + 600:
            at = self._stay(at)
        self._second_device()
        return self._course

    def _try(self) -> None:
        held, course = self._held, self._course
        for begin, end in self._intent.tries:
            closing = held.closes(begin)
            if (
                held.waiting_room
                or not (held.before_host or held.runs(begin))
                or (closing is not None and closing < end + 15)
            ):
                continue
            reason = REASONS[self._rates.choose(self._rng, "drop_reason")]
            course.connections.append(Connection(begin, end, self._face, reason, True))
            course.story.add("short-connections")
        short = [n for n, c in enumerate(course.connections) if not c.elsewhere]
        for a, b in combinations(short, 2):
            course.shows.append(frozenset({("joined", a), ("left", a), ("joined", b), ("left", b)}))

    def _leaving(self) -> int | None:
        if not self._rates.happens(self._rng, "coming.leave_early"):
            return None
        whole = self._appointment.ends - self._appointment.starts
        return self._appointment.ends - round(whole * self._rates.fraction(self._rng, "coming.leave_early_fraction"))

    def _stay(self, at: int) -> int | None:
        """Come in at a moment and stay until something ends it; when they try again, or None."""
        begin = self._let_in(at)
        if begin is None:
            return None
        if self._leaves is not None and self._leaves <= begin:
            self._leaves = None
        closing = self._held.closes(begin)
        alone = self._alone_until(begin)
        limit = min(m for m in (closing, alone) if m is not None)
        what, when = min(self._mishaps(begin), key=lambda found: found[1], default=("", limit))
        if when >= limit - 2:
            return self._goes(begin, limit, limit == closing)
        return getattr(self, f"_{what}")(begin, when, limit)

    def _let_in(self, at: int) -> int | None:
        """When they are in: at once, after waiting for the host or in the waiting room, or never."""
        held, course = self._held, self._course
        if not held.runs(at) or (held.waiting_room and not held.here(at)):
            if held.before_host:
                return at
            comes, patience = held.comes(at), at + self._rates.within(self._rng, "coming.patience_minutes", 60)
            course.away(at, PROVIDER)
            course.story.add("waited-for-host")
            told = not self._web
            if comes is None or comes > max(patience, self._appointment.starts + 300):
                course.waits.append(Wait(at, patience, "host", self._face, False, told))
                if not told and not course.connections:
                    waited_unseen(self._rates, self._rng, self._appointment, course)
                return None
            course.waits.append(Wait(at, comes + 1, "host", self._face, True, told))
            return comes + 2
        return self._wait(at) if held.waiting_room else at

    def _wait(self, at: int) -> int | None:
        rates, rng, course = self._rates, self._rng, self._course
        closing = self._held.closes(at) or self._appointment.ends
        course.away(at, PROVIDER)
        until = at + rates.within(rng, "room.admit_seconds")
        admitted = True
        if rates.happens(rng, "room.never_admitted"):
            until, admitted = closing, False
            course.story.add("never-admitted")
        elif rates.happens(rng, "room.gives_up_waiting"):
            until, admitted = at + rates.within(rng, "room.gives_up_seconds"), False
            course.story.add("gave-up-waiting")
        elif rates.happens(rng, "room.admitted_late"):
            until = at + rates.within(rng, "room.admitted_late_minutes", 60)
            course.story.add("admitted-late")
        if until >= closing:
            until, admitted = closing, False
        course.waits.append(Wait(at, until, "room", self._face, admitted))
        return until if admitted else None

    def _alone_until(self, begin: int) -> int | None:
        """When they give up waiting in a meeting that nobody holds."""
        comes = self._held.comes(begin)
        patience = max(begin, self._appointment.starts) + self._rates.within(self._rng, "coming.patience_minutes", 60)
        if comes is not None and comes <= patience:
            last = self._held.spans[-1][1]
            # The host may be cut off for good, and then nobody ends the meeting.
            return None if self._held.closes(begin) else last + self._rng.randrange(240, 900)
        return patience

    def _mishaps(self, begin: int) -> list[tuple[str, int]]:
        rates, rng = self._rates, self._rng
        hazard = rates[f"drops_per_hour.{self._course.network}"] / 3600
        found = [("drop", begin + 4 + round(rng.expovariate(hazard)))] if hazard else []
        if self._leaves is not None:
            found.append(("leave", self._leaves))
        if self._group_drop is not None and self._group_drop > begin:
            found.append(("together", self._group_drop + rng.randrange(40)))
        for number, incident in enumerate(self._weather.incidents):
            if number not in self._suffered and begin < incident.begin < self._appointment.ends:
                self._suffered.add(number)
                if rates.happens(rng, "together.incident_share"):
                    found.append(("cut", incident.begin + rng.randrange(60)))
        for what in [what for what, will in self._once.items() if will]:
            at = begin + rng.randrange(60, 2400)
            found.append((what, at))
        return found

    def _goes(self, begin: int, limit: int, closed: bool) -> int | None:
        """The meeting is ended for all, or they give up."""
        rng, closing = self._rng, limit
        if closed and limit - begin > 60 and limit not in self._held.reopens and rng.random() < 0.5:
            limit -= rng.randrange(0, 15)  # many leave by themselves when everybody says goodbye
        self._connect(begin, limit)
        self._course.away(limit, PROVIDER if closed or not self._held.broken else TECHNICAL)
        again = self._held.reopens.get(closing) if closed else None
        return again + rng.randrange(5, 100) if again is not None else None

    def _leave(self, begin: int, at: int, limit: int) -> int | None:
        self._connect(begin, at)
        self._course.away(at, ABSENCE)
        self._course.story.add("left-early")
        return None

    def _break(self, begin: int, at: int, limit: int) -> int | None:
        self._once["break"] = False
        self._connect(begin, at)
        self._course.away(at, ABSENCE)
        self._course.story.add("break")
        return at + self._rates.within(self._rng, "coming.break_minutes", 60)

    def _removed(self, begin: int, at: int, limit: int) -> int | None:
        self._connect(begin, at, REMOVED)
        self._course.away(at, PROVIDER)
        self._course.story.add("removed")
        return None

    def _put_back(self, begin: int, at: int, limit: int) -> int | None:
        self._once["put_back"] = False
        if not self._held.waiting_room or not self._held.here(at):
            return self._stay_on(begin, limit)
        self._connect(begin, at)
        self._course.away(at, PROVIDER)
        self._course.story.add("put-back")
        until = at + self._rates.within(self._rng, "room.put_back_seconds")
        admitted = self._held.here(until)
        self._course.waits.append(Wait(at, min(until, limit), "put-back", self._face, admitted))
        if not admitted:
            return None
        limit = self._held.closes(until) or until + 60
        return self._stay_on(until, limit)

    def _stay_on(self, begin: int, limit: int) -> int | None:
        return self._goes(begin, limit, limit in self._held.closings)

    def _cut(self, begin: int, at: int, limit: int) -> int | None:
        """The platform's incident cuts them off; they come back when it is over."""
        number, incident = self._incident_at(at)
        self._course.shows.append(frozenset({("incident", number)}))
        self._course.story.add("incident")
        self._break_off(begin, at, limit, 0)
        back = incident.end + self._rng.randrange(10, 240)
        return back if back < limit - 30 else None

    def _incident_at(self, at: int) -> tuple[int, Spell]:
        spells = self._weather.incidents
        return next((n, s) for n, s in enumerate(spells) if s.begin <= at <= s.begin + 60)

    def _together(self, begin: int, at: int, limit: int) -> int | None:
        self._group_drop = None
        self._course.story.add("group-drop")
        self._break_off(begin, at, limit, 0)
        return at + self._rates.within(self._rng, "drop.seconds") if self._rng.random() < 0.9 else None

    def _drop(self, begin: int, at: int, limit: int) -> int | None:
        rates, rng, course = self._rates, self._rng, self._course
        course.story.add("drop")
        late = rates.within(rng, "drop.noticed_late_seconds") if rates.happens(rng, "drop.noticed_late") else 0
        power_cut = rates.happens(rng, "drop.power_cut")
        if power_cut:
            course.story.add("power-cut")
            late = late or rates.within(rng, "drop.noticed_late_seconds")
        connection = self._break_off(begin, at, limit, late)
        if power_cut and rates.happens(rng, "drop.power_cut_unheard"):
            connection.unheard = True
            course.story.add("left-never-sent")
        if course.network != "good" and rates.happens(rng, "quality.before_drop"):
            connection.warned_at = max(connection.begin + 1, at - rng.randrange(5, 110))
        chance = rng.random()
        quick = rates["drop.back_in_seconds"]
        if chance < quick and not power_cut:
            return at + rates.within(rng, "drop.seconds")
        if rates.happens(rng, "drop.reported"):
            course.tell("trouble_reported", at + rng.randrange(60, 900), shows=True)
        if chance < quick + rates["drop.back_in_minutes"]:
            back = at + rates.within(rng, "drop.minutes", 60)
            if rates.happens(rng, "drop.by_phone"):
                course.story.add("back-by-phone")
                number = self._intent.person.true_phone
                self._face = Face("" if self._appointment.blank else number, phone=number)
            elif self._intent.by_link and rates.happens(rng, "drop.clicks_again") and back < limit:
                course.tell("join_clicked", back - rates.within(rng, "link.seconds"))
            return back if back < limit - 20 else None
        course.story.add("dropped-for-good")
        return None

    def _break_off(self, begin: int, at: int, limit: int, late: int) -> Connection:
        """The connection breaks; Zoom notices at once or later, and holds them in the meeting until then."""
        reason = REASONS[self._rates.choose(self._rng, "drop_reason")]
        noticed = min(at + (late or self._rng.randrange(0, 3)), limit)
        connection = self._connect(begin, noticed, reason)
        connection.broke = True
        self._course.away(at, TECHNICAL)
        return connection

    def _connect(self, begin: int, end: int, reason: str = PLAIN) -> Connection:
        rates, rng = self._rates, self._rng
        connection = Connection(begin, end, self._face, reason)
        if self._course.waits and self._course.waits[-1].admitted and self._course.waits[-1].end >= begin - 3:
            connection.admitted_by = len(self._course.waits) - 1
        if end - begin > 200 and not self._face.phone:
            if rates.happens(rng, "room.renamed"):
                new = "" if self._appointment.blank else f"{self._face.name.split(' ')[0]} (they)"
                connection.hops.append(Hop(rng.randrange(begin + 60, end - 60), name=new))
                self._course.story.add("renamed")
            if rates.happens(rng, "room.swapped"):
                connection.hops.append(Hop(rng.randrange(begin + 60, end - 60)))
            quality = self._course.network
            if quality != "good" and rates.happens(rng, f"quality.{quality}"):
                connection.warned_at = rng.randrange(begin + 30, end - 30)
        self._course.connections.append(connection)
        return connection

    def _second_device(self) -> None:
        rates, rng = self._rates, self._rng
        long = [(n, c) for n, c in enumerate(self._course.connections) if c.end - c.begin > 900 and not c.elsewhere]
        if not long or self._face.phone:
            return
        number, main = long[0]
        begin = rng.randrange(main.begin + 30, main.end - 600)
        end = rng.randrange(begin + 240, main.end)
        if rates.happens(rng, "device.second"):
            self._course.connections.append(Connection(begin, end, self._face))
            self._course.story.add("two-devices")
        elif rates.happens(rng, "device.phone_audio"):
            phone = self._intent.person.true_phone
            face = Face("" if self._appointment.blank else phone, phone=phone)
            self._course.connections.append(Connection(begin, end, face, bound_to=number))
            self._course.story.add("phone-audio")
