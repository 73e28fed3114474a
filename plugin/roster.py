"""The roster as a file: ROSTER.csv into appointments, and every bad row named with its line."""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from pathlib import Path

from msgspec.structs import replace

from plugin import roster_cell as cell
from plugin.core.appointment import Appointment, Kind, Participant, Role, Status
from plugin.roster_remark import Remark, of_columns, of_offsets

REQUIRED = ("appointment_id", "kind", "starts_at", "ends_at", "meeting_id", "participant_id", "role")
OPTIONAL = (
    "program_id", "title", "timezone", "status", "host_id", "module", "capacity",
    "name", "email", "phone", "registrant_id", "customer_key", "participant_timezone", "join_url", "language",
    "channel",
)  # fmt: skip
OF_THE_APPOINTMENT = (
    "appointment_id", "kind", "starts_at", "ends_at", "meeting_id",
    "program_id", "title", "timezone", "host_id", "module", "capacity",
)  # fmt: skip
_STARTS_AT = OF_THE_APPOINTMENT.index("starts_at")
OF_THE_PERSON = (
    "participant_id", "role", "name", "email", "phone", "registrant_id", "customer_key", "participant_timezone",
    "join_url", "language", "channel", "status",
)  # fmt: skip
_BOOKED = Status.BOOKED
SAME_PEOPLE = 1 << 14
"""So many people of a roster are recognised when the same is written of them again."""
_ROLES = {role.value: role for role in Role}
CODES = (
    "appointment_id", "program_id", "host_id", "module", "participant_id", "email", "registrant_id", "customer_key",
)  # fmt: skip


class RosterProblem(Exception):
    """The file as a whole cannot be read as a roster; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be used: its line in the file (the header is line 1) and a sentence without its values."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class RosterReading:
    """What a roster file holds: the good appointments, in the order of the file, and every problem."""

    appointments: tuple[Appointment, ...]
    problems: tuple[RowProblem, ...]
    remarks: tuple[Remark, ...] = ()
    """What is worth a look though it can be used as it is."""


@dataclass(slots=True)
class _Draft:
    line: int
    written: tuple[str, ...]
    head: dict
    people: dict[str, Participant] = field(default_factory=dict)
    lines: array[int] = field(default_factory=lambda: array("L"))
    """The lines of the people, in their order."""

    def appointment(self) -> Appointment:
        people = tuple(self.people.values())
        if _all_cancelled(people):
            standing = tuple([replace(one, status=Status.BOOKED) for one in people])
            return Appointment(participants=standing, status=Status.CANCELLED, **self.head)
        return Appointment(participants=people, **self.head)


def _all_cancelled(people: Sequence[Participant]) -> bool:
    """Whether nobody is left for whom a session is held, or nobody who could hold it: then all of it is cancelled."""
    if all([one.status is _BOOKED for one in people]):
        return False
    hold = [one.status for one in people if one.role is Role.CLINICIAN]
    come = [one.status for one in people if one.role in (Role.CLIENT, Role.FAMILY)]
    return any(some and Status.BOOKED not in some for some in (hold, come, [one.status for one in people]))


def read_roster(source: Path | str | bytes) -> RosterReading:
    """Read a roster from a file's path, or from its content as bytes.

    A bad row is left out and named, and so is a row that says something else about its appointment than the first
    row of it: that one stands. Raises RosterProblem when there is no such file, or its header cannot be used.
    """
    name = "roster" if isinstance(source, bytes) else str(source)
    lines = _lines(source, name)
    header = _header(next(lines, (1, [])), name)
    pick_head, pick_person = _picker(header, OF_THE_APPOINTMENT), _picker(header, OF_THE_PERSON)
    person = lru_cache(SAME_PEOPLE)(_person)  # who comes again and again is held once
    drafts: dict[str, _Draft] = {}
    problems: list[RowProblem] = []
    for line, row in lines:
        try:
            if isinstance(row, ValueError):
                raise row
            if values := _cells(header, row):
                _take(drafts, line, pick_head(values), pick_person(values), person)
        except ValueError as bad:
            problems.append(RowProblem(line, str(bad)))
    return RosterReading(
        appointments=tuple(draft.appointment() for draft in drafts.values()),
        problems=tuple(problems),
        remarks=(
            *of_columns(header, REQUIRED + OPTIONAL),
            *of_offsets((draft.line, draft.written[_STARTS_AT], draft.head["timezone"]) for draft in drafts.values()),
        ),
    )


def _lines(source: Path | str | bytes, name: str) -> Iterator[tuple[int, list[str] | ValueError]]:
    """Each row with the line it begins on; one that is no CSV comes as the error, and the next line goes on."""
    try:
        stream = io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb")  # noqa: SIM115, below
    except (OSError, ValueError) as error:
        raise RosterProblem(f"{name}: cannot be read ({getattr(error, 'strerror', error)})") from None
    # Bytes that are no UTF-8 come through as surrogates, so that their row can be named (see `roster_cell.plain`).
    with io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        reader = csv.reader(text, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                for row in reader:
                    yield line, row
                    line = reader.line_num + 1
                return
            except csv.Error as error:
                yield line, ValueError(_csv_trouble(str(error)))
            except OSError as error:
                raise RosterProblem(f"{name}: cannot be read ({error.strerror})") from None


def _csv_trouble(error: str) -> str:
    if "field limit" in error:
        return (
            f"a field that begins here is longer than {csv.field_size_limit():,} characters: shorten it, or, if a "
            "quotation mark is opened and never closed, close it; rows below it may not have been read"
        )
    if "unexpected end of data" in error:
        return "a quotation mark is opened here and never closed, so the rows below it were not read"
    return "a quotation mark stands inside a field; write it twice, or leave it out"


def _header(first: tuple[int, list[str] | ValueError], name: str) -> list[str]:
    if isinstance(first[1], ValueError):
        raise RosterProblem(f"{name}:1: the first line must name the columns: {first[1]}")
    header = [column.strip() for column in first[1]]
    if not "".join(header).replace("\t", "").isprintable():
        raise RosterProblem(f"{name}:1: is not UTF-8; save the file as CSV in UTF-8")
    if not any(header):
        raise RosterProblem(f"{name}:1: is empty; the first line must name the columns")
    missing = [column for column in REQUIRED if column not in header]
    if missing:
        hint = ""
        for separator, called in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            if separator in ",".join(header):
                hint = f" (the columns seem to be separated by {called}; use commas)"
        raise RosterProblem(f"{name}:1: the header lacks {columns_in_words(missing)}{hint}")
    twice = [column for column in REQUIRED + OPTIONAL if header.count(column) > 1]
    if twice:
        raise RosterProblem(f"{name}:1: the header has {columns_in_words(twice)} twice")
    return header


def columns_in_words(names: Sequence[str]) -> str:
    """Some columns of a file, such as "the column kind" or "the columns kind, role"."""
    return f"the column{'s' if len(names) > 1 else ''} {', '.join(names)}"


def _picker(header: list[str], columns: tuple[str, ...]) -> Callable[[list[str]], tuple[str, ...]]:
    """Takes these columns out of a row; one that the file does not have is blank (`_cells` puts that at the end)."""
    return itemgetter(*(header.index(column) if column in header else -1 for column in columns))


def _cells(header: list[str], row: list[str]) -> list[str]:
    """The row's cells without outer spaces, as many as the header has and a blank one; none for an empty row."""
    whole, width = "".join(row), len(header)
    if len(row) == width and len(whole) <= cell.LONGEST and whole.isprintable() and whole.strip():
        # Nearly every row: nothing in it needs a closer look, and a space is all that could be outside.
        values = [value.strip() for value in row] if " " in whole else row
        return [*values, ""]
    values = [value.strip() for value in row]
    if not any(values):
        return []
    if any(values[width:]):
        raise ValueError(f"it has {len(values)} fields, the header {width}: a comma too many, or quotes missing")
    values = values[:width] + [""] * (width + 1 - len(values[:width]))
    if len(max(values, key=len)) > cell.LONGEST or not "".join(values).isprintable():
        for at, column in enumerate(header):
            if column in CODES:
                _checked(column, cell.code, values[at])
            else:  # a line break in a title is only how it was laid out
                values[at] = _checked(column, cell.plain, " ".join(values[at].split()))
    return values


def _take(
    drafts: dict[str, _Draft],
    line: int,
    written: tuple[str, ...],
    about: tuple[str, ...],
    person: Callable[[tuple[str, ...]], Participant],
) -> None:
    draft = drafts.get(written[0])
    if draft is None or draft.written != written or not (about[0] and about[1]):
        # Not the rule: most rows are another person of the appointment before.
        draft = _draft(draft, line, written, about)
    participant_id = about[0]
    if participant_id in draft.people:
        earlier = draft.lines[list(draft.people).index(participant_id)]
        raise ValueError(f"the same participant_id as in line {earlier}, in the same appointment")
    draft.people[participant_id] = person(about)
    draft.lines.append(line)
    if len(draft.lines) == 1:
        drafts[written[0]] = draft


def _person(about: tuple[str, ...]) -> Participant:
    participant_id, role, name, email, phone, registrant_id, customer_key, zone, join_url, *rest = about
    language, channel, status = rest
    return Participant(
        participant_id,
        _ROLES.get(role) or _checked("role", cell.word, Role, role),
        name,
        email,
        phone,
        registrant_id,
        customer_key,
        _checked("participant_timezone", cell.zone, zone) if zone else "",
        _checked("join_url", cell.link, join_url) if join_url else "",
        _checked("language", cell.language, language) if language else "",
        _checked("channel", cell.channel, channel) if channel else "",
        _checked("status", cell.word, Status, status) if status else Status.BOOKED,
    )


def _draft(known: _Draft | None, line: int, written: tuple[str, ...], about: tuple[str, ...]) -> _Draft:
    """The appointment that a row is of, once it says nothing else about it than the rows before."""
    if "" in (needed := written[:5] + about[:2]):
        blank = [column for column, value in zip(REQUIRED, needed, strict=True) if not value]
        raise ValueError(f"{', '.join(blank)} must not be blank")
    if known is None:
        return _Draft(line, written, _head(written))
    if known.written != written and known.head != (head := _head(written)):
        # A blank cell says nothing, so it is no other value: one row may tell what another leaves out.
        said = {name: value for name, value in head.items() if value not in ("", None)}
        if odd := ", ".join(name for name in said if known.head[name] not in (said[name], "", None)):
            raise ValueError(f"another {odd} than in line {known.line}, which is of the same appointment")
        known.head |= said
    return known


def _head(written: tuple[str, ...]) -> dict:
    """An appointment's own values, checked, by their names."""
    head = dict(zip(OF_THE_APPOINTMENT, written, strict=True))
    head["kind"] = _checked("kind", cell.word, Kind, head["kind"])
    head["starts_at"] = _checked("starts_at", cell.moment, head["starts_at"])
    head["ends_at"] = _checked("ends_at", cell.moment, head["ends_at"])
    head["meeting_id"] = _checked("meeting_id", cell.meeting_number, head["meeting_id"])
    head["timezone"] = _checked("timezone", cell.zone, head["timezone"])
    head["capacity"] = _checked("capacity", cell.capacity, head["capacity"])
    if head["ends_at"] <= head["starts_at"]:
        raise ValueError("ends_at is not after starts_at")
    return head


def _checked(column: str, check: Callable, *values):
    try:
        return check(*values)
    except ValueError as bad:
        raise ValueError(f"{column} {bad}") from None
