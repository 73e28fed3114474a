"""A simulation: a program's appointments played one by one, and written as roster, deliveries and truth."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from plugin.simulator import names
from plugin.simulator.rates import Rates
from plugin.simulator.session import Session, play
from plugin.simulator.transport import Arrival, blind_for, carry, in_order
from plugin.simulator.truth import Arrived, truths_of
from plugin.simulator.weather import Weather, forecast
from plugin.simulator.world import Appointment, calendar
from plugin.simulator.zoom import deliveries_of

COLUMNS = (
    "appointment_id", "program_id", "kind", "title", "starts_at", "ends_at", "timezone", "status", "meeting_id",
    "host_id", "participant_id", "role", "name", "email", "phone", "registrant_id", "customer_key",
    "participant_timezone",
)  # fmt: skip

NIGHT = 10 * 3600
"""Until this hour of the day (UTC) the sessions of an evening are over everywhere, and no morning's have begun."""


class Simulation:
    """One simulated program; the same for the same rates, seed, number of appointments and days."""

    def __init__(self, rates: Rates, seed: int, appointments: int, days: int):
        self.rates, self.seed = rates, seed
        self.appointments = sorted(
            calendar(rates, seed, appointments, days), key=lambda a: (a.starts, a.appointment_id)
        )
        mornings: dict[int, int] = {}
        for one in self.appointments:
            mornings.setdefault((one.starts - NIGHT) // 86400, one.starts)
        self.weather = forecast(rates, seed, mornings.values())
        self.rows: list[dict] = []
        self.truths: list[dict] = []
        self.arrivals: list[Arrival] = []

    def run(self) -> Iterator[Appointment]:
        """Play every appointment, and yield each when it is over."""
        for appointment in self.appointments:
            rng = Random(f"{self.seed}/session/{appointment.appointment_id}")
            session = play(self.rates, rng, appointment, self.weather)
            self.rows += _rows(session)
            self.truths += truths_of(session, self._carry(session))
            yield appointment

    def _carry(self, session: Session) -> Arrived:
        """Send what Zoom and Rejoin's own pages tell of a session, and note what arrived."""
        key = f"{self.seed}/transport/{session.appointment.appointment_id}"
        rng = Random(key)
        marks, lost = set(), set()
        for delivery in deliveries_of(session, Random(f"{key}/zoom")):
            came = carry(self.rates, rng, delivery, self.weather)
            self.arrivals += came
            (marks if came else lost).add((delivery.who, delivery.mark))
        self.arrivals += _evidence(session, rng)
        planned = session.appointment
        blind = blind_for(planned.starts, planned.ends, self.weather)
        known = frozenset(n for n, spell in enumerate(self.weather.incidents) if spell.known)
        return Arrived(marks - lost, known, blind)

    def write(self, folder: Path) -> None:
        """Write roster.csv, events.jsonl, truth.jsonl and rates.toml into a folder that may exist already."""
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "roster.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        _lines(folder / "truth.jsonl", self.truths)
        incidents = _incidents(self.weather, Random(f"{self.seed}/incidents"))
        _lines(folder / "events.jsonl", map(_envelope, in_order([*self.arrivals, *incidents])))
        (folder / "rates.toml").write_text(self.rates.text, encoding="utf-8")


def _rows(session: Session) -> Iterator[dict]:
    planned = session.appointment
    zone = ZoneInfo(planned.timezone)
    for person in planned.people:
        yield {
            "appointment_id": planned.appointment_id, "program_id": f"P{planned.host_id[:4]}", "kind": planned.kind,
            "title": "Session", "starts_at": datetime.fromtimestamp(planned.starts, zone).isoformat(),
            "ends_at": datetime.fromtimestamp(planned.ends, zone).isoformat(), "timezone": planned.timezone,
            "status": "cancelled" if session.cancelled else "booked", "meeting_id": planned.meeting_id,
            "host_id": planned.host_id, "participant_id": person.code, "role": person.role, "name": person.name,
            "email": person.email, "phone": person.phone, "registrant_id": person.registrant_id,
            "customer_key": person.customer_key, "participant_timezone": person.timezone,
        }  # fmt: skip


def _evidence(session: Session, rng: Random) -> Iterator[Arrival]:
    """What Rejoin's own pages heard; that needs no delivery."""
    for code, course in session.courses.items():
        for told in course.told:
            about = {"appointment_id": session.appointment.appointment_id, "participant_id": code}
            body = {"event": f"rejoin.{told.what}", "event_ts": told.at * 1000, "payload": about}
            yield Arrival(told.at * 1000, names.request_id(rng), body)


def _incidents(weather: Weather, rng: Random) -> Iterator[Arrival]:
    for spell in weather.incidents:
        if spell.known:
            about = {"started_at": _iso(spell.begin * 1000)[:19] + "Z", "ended_at": _iso(spell.end * 1000)[:19] + "Z"}
            at = spell.end * 1000 + rng.randrange(60_000, 3_600_000)
            body = {"event": "rejoin.platform_incident", "event_ts": at, "payload": about}
            yield Arrival(at, names.request_id(rng), body)


def _envelope(arrival: Arrival) -> dict:
    headers = {"x-zm-request-id": arrival.request_id}
    return {"received_at": _iso(arrival.at_ms), "headers": headers, "body": arrival.body}


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{at_ms % 1000:03d}Z"


def _lines(path: Path, objects: Iterable[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for one in objects:
            file.write(json.dumps(one, separators=(",", ":"), ensure_ascii=False) + "\n")
