"""What happens at Zoom while the service is tortured: sessions that become final within the next seconds, and noise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from plugin.core.appointment import Appointment, Kind, Participant, Role
from tests.service.clinic import joined, left

HOUR = timedelta(hours=1)
FINAL_AFTER = timedelta(minutes=90)
TOLD_OF_A_PERSON = ("participant_id", "name", "email", "registrant_id", "customer_key")
WAYS = ("attended", "dropped", "missed")


class Session:
    """One individual hour with a clinician, that goes in one of three ways and is final at a moment that is known."""

    def __init__(self, number: int, final_at: datetime):
        self.number, self.way, self.final_at = number, WAYS[number % len(WAYS)], final_at
        self.starts_at = (final_at - FINAL_AFTER - HOUR).replace(microsecond=0)
        self.meeting, self.instance = str(82_000_000_000 + number), f"torture{number}=="
        code = f"{number:04d}"
        self.client = Participant(
            f"C-{code}", Role.CLIENT, f"Invented Client {code}", f"client-{code}@example.org", registrant_id=f"r-{code}"
        )
        self.clinician = Participant(
            f"S-{code}",
            Role.CLINICIAN,
            f"Invented Clinician {code}",
            f"s-{code}@clinic.example",
            customer_key=f"S-{code}",
        )

    def appointment(self) -> Appointment:
        """As the roster has it."""
        return Appointment(
            appointment_id=f"T-{self.number:04d}", kind=Kind.INDIVIDUAL, starts_at=self.starts_at,
            ends_at=self.starts_at + HOUR, meeting_id=self.meeting, participants=(self.client, self.clinician),
            host_id=f"host-{self.number}",
        )  # fmt: skip

    def deliveries(self) -> Iterator[tuple[str, dict]]:
        """What Zoom has to say of it, each with its request id."""
        where = {"meeting": self.meeting, "instance": self.instance, "begun": self.starts_at}
        told = [joined(self.clinician, self.starts_at, **where)]
        if self.way != "missed":
            told.append(joined(self.client, self.starts_at, **where))
        if self.way == "dropped":
            broke_at = self.starts_at + timedelta(minutes=20)
            told.append(left(self.client, broke_at, reason="Network connection error", **where))
        if self.way == "attended":
            told.append(left(self.client, self.starts_at + HOUR, **where))
        told.append(left(self.clinician, self.starts_at + HOUR, **where))
        for step, body in enumerate(told):
            yield f"s{self.number}-{step}", body

    def booking(self) -> dict:
        """As a program puts it through the API."""
        one = self.appointment()
        people = [
            {name: getattr(person, name) for name in TOLD_OF_A_PERSON} | {"role": person.role.value}
            for person in one.participants
        ]
        return {
            "kind": one.kind.value, "starts_at": one.starts_at.isoformat(), "ends_at": one.ends_at.isoformat(),
            "meeting_id": one.meeting_id, "host_id": one.host_id, "participants": people,
        }  # fmt: skip


def noise(prefix: str, number: int, at: datetime) -> tuple[str, dict]:
    """Somebody joins a meeting that is not in the roster: load for the receiver, and nothing follows from it."""
    who = Participant(f"N-{number}", Role.CLIENT, f"Invented Passer-by {number}", "", registrant_id="")
    return f"{prefix}{number}", joined(who, at, meeting=str(83_000_000_000 + number % 50), instance=f"n{number % 50}==")
