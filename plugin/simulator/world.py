"""The simulated program: clinicians with their clients, and a calendar of appointments over some weeks.

Moments are whole seconds since 1970 (UTC) throughout the simulator; Zoom tells no finer ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from plugin.simulator import names
from plugin.simulator.rates import Rates

FIRST_DAY = date(2026, 3, 2)
"""A Monday; the clocks of most of the United States change on the Sunday after it."""
ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "America/Phoenix")
HOURS = (8, 9, 10, 11, 13, 14, 15, 17, 18, 19)
"""At which local hours a session may begin; those of the evening cross midnight UTC."""
CODES = {"client": "C", "clinician": "T", "family": "F"}
FAR = 5 * 3600
"""A meeting whose session is further away than this has nobody in it."""
IN_GROUPS = frozenset({"group", "education"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the roster, as the roster knows them in one appointment; "" is nothing."""

    code: str
    role: str
    name: str = ""
    email: str = ""
    phone: str = ""
    registrant_id: str = ""
    customer_key: str = ""
    zoom_id: str = ""
    """The id of their own Zoom account, when they sign in."""
    true_name: str = ""
    true_phone: str = ""
    timezone: str = ""
    network: str = "good"


@dataclass(frozen=True, slots=True)
class Appointment:
    """One appointment of the roster; `other_meeting` is a meeting to which an old link of its clients leads."""

    appointment_id: str
    kind: str
    starts: int
    ends: int
    timezone: str
    meeting_id: str
    host_id: str
    people: tuple[Person, ...]
    blank: bool
    """Whether Zoom tells no name or e-mail of its clients."""
    other_meeting: str = ""
    other_registrants: tuple[tuple[str, str], ...] = ()

    @property
    def clinicians(self) -> tuple[Person, ...]:
        """Who holds it; the first is the host."""
        return tuple(p for p in self.people if p.role == "clinician")

    @property
    def attendees(self) -> tuple[Person, ...]:
        """For whom it is held."""
        return tuple(p for p in self.people if p.role != "clinician")


@dataclass(frozen=True, slots=True)
class _Practice:
    """One clinician and their clients, who all come into meetings in the same way."""

    number: int
    clinician: Person
    zone: str
    identity: str
    blank: bool
    clients: tuple[Person, ...]


def days_of(start: date, count: int) -> list[date]:
    """The first working days from a Monday on."""
    every = (start + timedelta(days=n) for n in range(2 * count + 7))
    return [day for day in every if day.weekday() < 5][:count]


def usual_days(appointments: int) -> int:
    """Over how many working days so many appointments are spread when nothing else is said: one to four weeks."""
    return max(5, min(20, appointments // 40))


def calendar(rates: Rates, seed: int, appointments: int, days: int) -> Iterator[Appointment]:
    """The appointments of a program, in the order of their numbers; the same for the same seed."""
    a_day = max(1, int(rates["people.appointments_a_day"]))
    made, number = 0, 0
    working = days_of(FIRST_DAY, days)
    while made < appointments:
        rng = Random(f"{seed}/practice/{number}")
        practice = _practice(rates, rng, number)
        booked: list[Appointment] = []
        for day in working:
            free_from = 0
            for hour in sorted(rng.sample(HOURS, min(a_day, len(HOURS)))):
                one = _appointment(rates, rng, practice, day, hour, made + len(booked) + 1)
                if one.starts >= free_from and made + len(booked) < appointments:
                    booked.append(one)
                    free_from = one.ends
        yield from (_with_old_link(rng, practice, one, booked) for one in booked)
        made += len(booked)
        number += 1


def _with_old_link(rng: Random, practice: _Practice, one: Appointment, booked: list[Appointment]) -> Appointment:
    """Add the meeting to which an old link leads: one of the same practice, with nobody due in it at this time."""
    near = {other.meeting_id for other in booked if abs(other.starts - one.starts) < FAR}
    away = sorted({other.meeting_id for other in booked} - near)
    if not away:
        return one
    meeting_id = rng.choice(away)
    registrants = tuple((p.code, _registrant(practice, p, meeting_id)) for p in one.attendees)
    return replace(one, other_meeting=meeting_id, other_registrants=registrants)


def _practice(rates: Rates, rng: Random, number: int) -> _Practice:
    zone = rng.choice(ZONES)
    identity = rates.choose(rng, "identity")
    size = int(rates["people.caseload"])
    blank = identity in ("registrant", "customer_key") and rates.happens(rng, "privacy.blank")
    clinician = _person(rng, "clinician", number, 67 * number, zone)
    clinician = replace(clinician, zoom_id=names.zoom_id(rng), phone="")
    clients = []
    for index in range(size):
        person = _person(rng, "client", number * 100 + index, _name_number(rates, rng, number, index), zone)
        person = replace(person, network=rates.choose(rng, "network"))
        if not rates.happens(rng, "privacy.phone_known"):
            person = replace(person, phone="")
        clients.append(_known_by(identity, person, rng))
    return _Practice(number, clinician, zone, identity, blank, tuple(clients))


def _name_number(rates: Rates, rng: Random, practice: int, index: int) -> int:
    """Everybody has a name of their own, but for a few who share one with a client of another clinician."""
    if practice and rates.happens(rng, "people.namesake"):
        practice = rng.randrange(practice)
    return 67 * practice + 2 + index


def _known_by(identity: str, person: Person, rng: Random) -> Person:
    """What the roster and Zoom have in common of a client, by how the program lets them in."""
    if identity == "customer_key":
        return replace(person, customer_key=f"ck-{person.code.lower()}", email="")
    if identity == "email":
        return replace(person, zoom_id=names.zoom_id(rng))
    if identity == "name":
        return replace(person, email="")
    return person


def _person(rng: Random, role: str, number: int, name_number: int, zone: str) -> Person:
    name = names.full_name(name_number)
    phone = names.phone(number + (50_000 if role == "clinician" else 0))
    return Person(
        code=f"{CODES[role]}{number:05d}", role=role, name=name, email=names.email(name, number), phone=phone,
        true_name=name, true_phone=phone, timezone=zone if rng.random() < 0.9 else rng.choice(ZONES),
    )  # fmt: skip


def _appointment(rates: Rates, rng: Random, practice: _Practice, day: date, hour: int, number: int) -> Appointment:
    kind = rates.choose(rng, "kinds")
    starts = int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(practice.zone)).timestamp())
    clients = rng.sample(practice.clients, _size(rates, rng, kind, len(practice.clients)))
    series = f"{kind}/{hour}" if kind in IN_GROUPS else clients[0].code
    meeting_id = _meeting_id(practice, series)
    people = [practice.clinician]
    if kind in IN_GROUPS and rates.happens(rng, "people.co_clinician"):
        second = _person(rng, "clinician", 40_000 + practice.number, 67 * practice.number + 1, practice.zone)
        people.append(replace(second, zoom_id=f"second{practice.number:06d}AbCdEfGhIj", phone=""))
    people += [_registered(practice, client, meeting_id) for client in clients]
    if kind == "family":
        number_of = 60_000_00 + practice.number * 100 + practice.clients.index(clients[0])
        relative = _person(rng, "family", number_of, 67 * practice.number + 30 + number_of % 100, practice.zone)
        relative = replace(relative, network=rates.choose(rng, "network"))
        people.append(_registered(practice, _known_by(practice.identity, relative, rng), meeting_id))
    return Appointment(
        appointment_id=f"A{number:06d}", kind=kind, starts=starts, ends=starts + int(rates[f"minutes.{kind}"]) * 60,
        timezone=practice.zone, meeting_id=meeting_id, host_id=practice.clinician.zoom_id, people=tuple(people),
        blank=practice.blank,
    )  # fmt: skip


def _size(rates: Rates, rng: Random, kind: str, most: int) -> int:
    if kind == "group":
        return min(most, rates.within(rng, "people.group_size"))
    if kind == "education":
        return min(most, rates.within(rng, "people.education_size"))
    return 1


def _meeting_id(practice: _Practice, series: str) -> str:
    return str(80_000_000_000 + Random(f"meeting/{practice.number}/{series}").randrange(9_999_999_999))


def _registered(practice: _Practice, person: Person, meeting_id: str) -> Person:
    return replace(person, registrant_id=_registrant(practice, person, meeting_id))


def _registrant(practice: _Practice, person: Person, meeting_id: str) -> str:
    if practice.identity != "registrant":
        return ""
    return names.zoom_id(Random(f"registrant/{meeting_id}/{person.code}"))
