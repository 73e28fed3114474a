"""The roster as a file: ROSTER.csv into appointments, and every bad row named with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from plugin.core.appointment import Appointment, Kind, Participant, Role, Status

REQUIRED = ("appointment_id", "kind", "starts_at", "ends_at", "meeting_id", "participant_id", "role")
OPTIONAL = (
    "program_id", "title", "timezone", "status", "host_id",
    "name", "email", "phone", "registrant_id", "customer_key", "participant_timezone",
)  # fmt: skip
OF_THE_APPOINTMENT = (
    "kind",
    "starts_at",
    "ends_at",
    "meeting_id",
    "program_id",
    "title",
    "timezone",
    "status",
    "host_id",
)
LONGEST = 500


class RosterProblem(Exception):
    """The file as a whole cannot be read as a roster; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be used: its line in the file (the header is line 1) and a sentence."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class RosterReading:
    """What a roster file holds: the good appointments, in the order of the file, and every problem."""

    appointments: tuple[Appointment, ...]
    problems: tuple[RowProblem, ...]
    ignored_columns: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    line: int
    shared: tuple[str, ...]
    head: dict
    people: dict[str, Participant] = field(default_factory=dict)


class _Bad(Exception):
    pass


def read_roster(source: Path | str | bytes) -> RosterReading:
    """Read a roster from a file's path, or from its content as bytes.

    A bad row is left out and named; a row that disagrees with the others of its appointment as well. Raises
    RosterProblem when there is no such file, it is not UTF-8, or a required column is missing.
    """
    name = "roster" if isinstance(source, bytes) else str(source)
    header, rows = _rows(source, name)
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        raise RosterProblem(f"{name}:1: the header lacks the column(s) {', '.join(missing)}")
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise RosterProblem(f"{name}:1: the header has the column(s) {', '.join(twice)} twice")
    drafts: dict[str, _Draft] = {}
    problems: list[RowProblem] = []
    for line, values in rows:
        if not any(value.strip() for value in values):
            continue
        try:
            _take(drafts, line, _row(header, values))
        except _Bad as bad:
            problems.append(RowProblem(line, str(bad)))
    known = set(REQUIRED) | set(OPTIONAL)
    return RosterReading(
        tuple(Appointment(participants=tuple(d.people.values()), **d.head) for d in drafts.values() if d.people),
        tuple(problems),
        tuple(column for column in header if column not in known),
    )


def _rows(source: Path | str | bytes, name: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    try:
        raw = source if isinstance(source, bytes) else Path(source).read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise RosterProblem(f"{name}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise RosterProblem(f"{name}:{line}: is not UTF-8; save the file as CSV in UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [column.strip() for column in next(_numbered(reader, name), (1, []))[1]]
    if not any(header):
        raise RosterProblem(f"{name}:1: is empty; the first line must name the columns")
    return header, _numbered(reader, name)


def _numbered(reader, name: str) -> Iterator[tuple[int, list[str]]]:
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise RosterProblem(f"{name}:{line}: is not readable as CSV ({error})") from None


def _row(header: list[str], values: list[str]) -> dict[str, str]:
    if len(values) > len(header) and any(value.strip() for value in values[len(header) :]):
        raise _Bad(f"it has {len(values)} fields, the header {len(header)}: a comma too many, or quotes missing")
    row = {column: value.strip() for column, value in zip(header, values, strict=False)}
    for column, value in row.items():
        if len(value) > LONGEST:
            raise _Bad(f"{column} is longer than {LONGEST} characters")
        if "\x00" in value:
            raise _Bad(f"{column} holds a NUL character")
    absent = [column for column in REQUIRED if not row.get(column)]
    if absent:
        raise _Bad(f"{', '.join(absent)} must not be blank")
    return row


def _take(drafts: dict[str, _Draft], line: int, row: dict[str, str]) -> None:
    appointment_id = row["appointment_id"]
    shared = tuple(row.get(column, "") for column in OF_THE_APPOINTMENT)
    person = Participant(
        participant_id=row["participant_id"],
        role=_one_of(Role, row["role"], "role"),
        name=row.get("name", ""),
        email=row.get("email", ""),
        phone=row.get("phone", ""),
        registrant_id=row.get("registrant_id", ""),
        customer_key=row.get("customer_key", ""),
        timezone=_zone(row.get("participant_timezone", ""), "participant_timezone"),
    )
    draft = drafts.get(appointment_id)
    if draft is None:
        draft = _Draft(line, shared, _head(appointment_id, row))
    elif draft.shared != shared:
        odd = [c for c, a, b in zip(OF_THE_APPOINTMENT, draft.shared, shared, strict=True) if a != b]
        raise _Bad(f"{', '.join(odd)} differ(s) from line {draft.line} of the same appointment")
    if person.participant_id in draft.people:
        raise _Bad(f"participant {person.participant_id} stands in this appointment already")
    draft.people[person.participant_id] = person
    drafts[appointment_id] = draft


def _head(appointment_id: str, row: dict[str, str]) -> dict:
    starts_at, ends_at = _moment(row["starts_at"], "starts_at"), _moment(row["ends_at"], "ends_at")
    if ends_at <= starts_at:
        raise _Bad("ends_at is not after starts_at")
    meeting_id = "".join(row["meeting_id"].split()).replace("-", "")
    if not (meeting_id.isascii() and meeting_id.isdigit()):
        raise _Bad(f"meeting_id {row['meeting_id']!r} is not a Zoom meeting number")
    return {
        "appointment_id": appointment_id,
        "kind": _one_of(Kind, row["kind"], "kind"),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "meeting_id": meeting_id,
        "program_id": row.get("program_id", ""),
        "title": row.get("title", ""),
        "timezone": _zone(row.get("timezone", ""), "timezone"),
        "status": _one_of(Status, row.get("status") or Status.BOOKED.value, "status"),
        "host_id": row.get("host_id", ""),
    }


def _one_of(words, text: str, column: str):
    try:
        return words(text.lower())
    except ValueError:
        raise _Bad(f"{column} {text[:40]!r} is not one of {', '.join(word.value for word in words)}") from None


@lru_cache(maxsize=4096)
def _moment(text: str, column: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _Bad(f"{column} {text[:40]!r} is not an ISO 8601 time, such as 2026-03-02T09:00:00-05:00") from None
    if at.tzinfo is None:
        raise _Bad(f"{column} {text!r} has no offset, so it could be any hour; write for example {text}-05:00")
    return at.astimezone(UTC)


@lru_cache(maxsize=512)
def _zone(text: str, column: str) -> str:
    if text:
        try:
            ZoneInfo(text)
        except (KeyError, ValueError, OSError):
            raise _Bad(f"{column} {text[:40]!r} is not an IANA time zone, such as America/New_York") from None
    return text
