"""The people and the sessions of the demonstration: a small clinic on one morning, all of it invented."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from plugin.demo.delivery import Guest

CLINIC_ZONE = ZoneInfo("America/New_York")
COLUMNS = (
    "appointment_id", "program_id", "kind", "title", "starts_at", "ends_at", "timezone", "status", "meeting_id",
    "host_id", "participant_id", "role", "name", "email", "phone", "registrant_id", "customer_key",
    "participant_timezone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the clinic: the program's code, the role, how the roster and how Zoom know them."""

    code: str
    role: str
    name: str
    email: str = ""
    registrant_id: str = ""
    customer_key: str = ""
    zoom_user_id: str = ""
    zone: str = "America/New_York"

    @property
    def guest(self) -> Guest:
        """As Zoom shows them: an external client has neither a Zoom id nor, as a rule, an e-mail there."""
        return Guest(
            self.name,
            zoom_user_id=self.zoom_user_id,
            email=self.email if self.zoom_user_id or not (self.registrant_id or self.customer_key) else "",
            registrant_id=self.registrant_id,
            customer_key=self.customer_key,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """One booked session; `story` says in a sentence what will happen in it."""

    code: str
    kind: str
    title: str
    starts_at: datetime
    minutes: int
    meeting_id: str
    clinician: Person
    others: tuple[Person, ...]
    story: str

    @property
    def ends_at(self) -> datetime:
        """When it is booked to end."""
        return self.starts_at + timedelta(minutes=self.minutes)

    def moment(self, clock: str) -> datetime:
        """A moment of that day from HH:MM or HH:MM:SS in the clinic's zone."""
        return datetime.combine(self.starts_at.date(), time.fromisoformat(clock), self.starts_at.tzinfo)


def _clinician(number: int, name: str, zoom_user_id: str) -> Person:
    address = f"{name.split()[-1].lower()}@clinic.example"
    return Person(f"T-{number:02}", "clinician", name, address, zoom_user_id=zoom_user_id)


def _client(number: int, name: str, known_by: str = "registrant", zone: str = "America/New_York") -> Person:
    person = Person(f"C-{number}", "client", name, f"{name.split()[0].lower()}@mail.example", zone=zone)
    if known_by == "registrant":
        return replace(person, registrant_id=f"rG{number}xPq7TzaWc0LmN{number}")
    return replace(person, customer_key=f"C-{number}") if known_by == "customer key" else person


ALMA = _clinician(1, "Alma Reyes", "uAlmaR3Tq9WkzP0sYfLc2g")
TOMAS = _clinician(2, "Tomas Lind", "uTomasL8vB1mXdQe7Hh4Jw")
INES = _clinician(3, "Ines Okafor", "uInesO5cN2rGtKy9Vb6Sxa")
RUTH = _clinician(4, "Ruth Baum", "uRuthB4pM7jZqEw1Dn8Fhc")
OMAR = _clinician(5, "Omar Haddad", "uOmarH6kT3yCvRx0Ua5Gle")
CLINICIANS = (ALMA, TOMAS, INES, RUTH, OMAR)

PIA = _client(11, "Pia Holm")
LEON = _client(12, "Leon Marsh", "customer key")
MARA = _client(13, "Mara Quist")
NOAH = _client(14, "Noah Teller")
JUNE = _client(15, "June Abara", zone="America/Chicago")
SAMI = _client(16, "Sami Koller")
VERA = _client(17, "Vera Lund", "e-mail", zone="America/Phoenix")
ELIAS = _client(18, "Elias Brandt")
TESS = _client(19, "Tess Vidal", "customer key")
GROUP = tuple(
    _client(number, name)
    for number, name in enumerate(("Ada Finch", "Ben Ostrow", "Cleo Marin", "Dan Yoder", "Eva Sand"), 21)
)
GRETA = Person("F-01", "family", "Greta Brandt", "greta@mail.example")


def sessions_of(day: date) -> tuple[Session, ...]:
    """The morning's sessions, five at nine and five at ten."""

    def session(
        number: int, hour: int, kind: str, clinician: Person, others: tuple[Person, ...], story: str
    ) -> Session:
        starts_at = datetime.combine(day, time(hour), CLINIC_ZONE)
        minutes = 60 if kind == "group" else 50
        title = f"{kind.capitalize()} session"
        meeting_id = f"8401557{number:04}"
        return Session(f"S-{number:02}", kind, title, starts_at, minutes, meeting_id, clinician, others, story)

    return (
        session(1, 9, "individual", ALMA, (PIA,), "on time; deliveries out of order and twice"),
        session(2, 9, "individual", TOMAS, (LEON,), "the client comes twelve minutes late"),
        session(3, 9, "individual", INES, (MARA,), "the client's connection breaks; she is back after a while"),
        session(4, 9, "individual", RUTH, (NOAH,), "the client's connection breaks for good"),
        session(5, 9, "individual", OMAR, (JUNE,), "the client does not come"),
        session(6, 10, "individual", ALMA, (SAMI,), "the client waits and is never let in"),
        session(7, 10, "group", TOMAS, GROUP, "three of five drop out within a minute; a note-taking bot sits in"),
        session(8, 10, "individual", OMAR, (VERA,), "the clinician does not come; the client waits"),
        session(9, 10, "family", INES, (ELIAS, GRETA), "the client is missing, but an unknown guest is there"),
        session(10, 10, "individual", RUTH, (TESS,), "on time, but Zoom's delivery comes 25 minutes late"),
    )


def roster_csv(sessions: tuple[Session, ...]) -> str:
    """The roster as the clinic would export it: one row for each expected participant."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    rows.writeheader()
    for session in sessions:
        for person in (session.clinician, *session.others):
            rows.writerow(
                {
                    "appointment_id": session.code,
                    "program_id": "P-MORNING",
                    "kind": session.kind,
                    "title": session.title,
                    "starts_at": session.starts_at.isoformat(),
                    "ends_at": session.ends_at.isoformat(),
                    "timezone": CLINIC_ZONE.key,
                    "status": "booked",
                    "meeting_id": session.meeting_id,
                    "host_id": session.clinician.zoom_user_id,
                    "participant_id": person.code,
                    "role": person.role,
                    "name": person.name,
                    "email": person.email,
                    "registrant_id": person.registrant_id,
                    "customer_key": person.customer_key,
                    "participant_timezone": person.zone,
                }
            )
    return text.getvalue()
