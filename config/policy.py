"""Reads a policy file and says exactly what is wrong with it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from plugin.core.appointment import Kind
from plugin.core.approval import ApprovalLimits
from plugin.core.feed import FeedLimits
from plugin.core.makeup import MakeupLimits
from plugin.core.message import MessageLimits
from plugin.core.policy import Policy, ReportLimits, RetentionLimits, Thresholds

DEFAULT = Path(__file__).with_name("policy.toml")

Fraction = Annotated[float, msgspec.Meta(ge=0, le=1)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Length = Annotated[float, msgspec.Meta(ge=0, le=1_000_000)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=24)]
LEAST_DAYS = 30
"""Deliveries stay at least this long: Zoom's log, late reports and people's questions reach back weeks."""


class PolicyProblem(Exception):
    """The policy file cannot be used; the message names the file and the entry."""


class _Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One table of thresholds as written, units in the names."""

    attended_fraction: Fraction
    min_held_fraction: Fraction
    min_presence_seconds: Length
    arrive_grace_minutes: Length
    nudge_after_minutes: Length
    no_show_after_minutes: Length
    drop_grace_seconds: Length
    early_window_minutes: Length
    final_after_minutes: Length
    end_tolerance_seconds: Length
    short_connection_seconds: Length
    short_connections: Annotated[int, msgspec.Meta(ge=2)]
    quick_return_seconds: Length
    group_drop_people: Count
    group_drop_window_seconds: Length
    quality_window_seconds: Length
    guest_presence_seconds: Length
    reschedule_lost_fraction: Fraction
    reschedule: bool
    checkin_at: tuple[Count, ...]
    # Policies that were stored before these were thought of have none of them.
    most_guest_events: Count = 30_000
    checkin_within_days: Annotated[float, msgspec.Meta(ge=1, le=3650)] = 84
    incident_grace_minutes: Length = 5

    def thresholds(self) -> Thresholds:
        return Thresholds(**_with_units(self))


class _Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    slots: Count
    lead_hours: Length
    horizon_days: Length
    expires_days: Length
    waking_from_hour: Hour
    waking_until_hour: Hour
    hold_hours: Length = 48
    look_minutes: Annotated[float, msgspec.Meta(ge=1, le=1440)] = 30
    calendar_minutes: Annotated[float, msgspec.Meta(ge=1, le=1440)] = 15
    calendar_stale_minutes: Length = 60


class _Seats(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Room in a session for one who comes from another; 0: nobody does."""

    group: Annotated[int, msgspec.Meta(ge=0)] = 8
    education: Annotated[int, msgspec.Meta(ge=0)] = 8


class _Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes out without a person; what is left out is as in the shipped policy: nothing."""

    automatic_causes: tuple[Literal["technical", "provider", "absence"], ...] = ()
    automatic_kinds: tuple[Kind, ...] = (Kind.INDIVIDUAL,)
    first_in_days: Length = 30
    automatic_most: Annotated[int, msgspec.Meta(ge=0)] = 10

    def limits(self) -> ApprovalLimits:
        kinds, first_in = tuple(kind.value for kind in self.automatic_kinds), timedelta(days=self.first_in_days)
        return ApprovalLimits(self.automatic_causes, kinds, first_in, self.automatic_most)


class _Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the feed counts as blind; what is left out is as in the shipped policy."""

    check_seconds: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 60
    silence_minutes: Annotated[float, msgspec.Meta(ge=1, le=1_000_000)] = 10
    silence_meetings: Count = 2
    signature_failures: Count = 5
    signature_span_minutes: Length = 5
    skew_seconds: Length = 120
    skew_deliveries: Count = 3
    skew_window_minutes: Length = 10
    validations_warn: Count = 2
    validations_failed: Count = 6
    validation_due_hours: Length = 84
    settle_seconds: Length = 60
    retry_reach_minutes: Length = 85
    retry_gap_minutes: Length = 60


class _Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When Zoom is asked for its report; what is left out is as in the shipped policy."""

    ask: bool = True
    after_minutes: Length = 10
    retry_minutes: Annotated[float, msgspec.Meta(ge=1, le=1440)] = 15
    tries: Annotated[int, msgspec.Meta(ge=1, le=24)] = 6


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When clients are left in peace; what is left out is as in the shipped policy."""

    quiet_from_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 21
    quiet_until_hour: Annotated[int, msgspec.Meta(ge=0, le=23)] = 8
    daily_cap: Count = 6
    preferences_days: Annotated[float, msgspec.Meta(ge=30, le=3650)] = 60


class _Makeup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long there is time for make-up work, and how large a file may be."""

    due_days: Length = 14
    file_megabytes: Annotated[float, msgspec.Meta(gt=0, le=20)] = 5


class _Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long deliveries are kept; what is left out is as in the shipped policy."""

    deliveries_days: Annotated[float, msgspec.Meta(ge=0, le=36500)] = 400
    every_hours: Annotated[float, msgspec.Meta(ge=1, le=8760)] = 24


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    default: dict
    offer: _Offer
    kind: dict[Kind, dict] = {}
    ignored_names: tuple[str, ...] = ()
    seats: _Seats = _Seats()
    approval: _Approval = _Approval()
    feed: _Feed = _Feed()
    report: _Report = _Report()
    message: _Message = _Message()
    makeup: _Makeup = _Makeup()
    retention: _Retention = _Retention()


def load_policy(path: Path | str | None = None) -> Policy:
    """Read a policy file (the shipped one when none is named); raises PolicyProblem.

    The version that is stored with verdicts is the file's own and a fingerprint of its content, so that two files
    that say the same version but different numbers are told apart.
    """
    path = Path(path) if path else DEFAULT
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PolicyProblem(f"{path}: cannot be read ({error.strerror})") from None
    return read_policy(raw, str(path))


def read_policy(raw: bytes, path: str) -> Policy:
    """The policy that a file's bytes say; `path` is how an error names them. Raises PolicyProblem."""
    try:
        text = raw.decode("utf-8-sig")
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PolicyProblem(f"{path}: is not valid TOML ({error})") from None
    file = _convert(data, _File, path)
    _leaves_room(file.offer, path)
    thresholds = {}
    for kind in Kind:
        own = file.kind.get(kind, {})
        thresholds[kind] = _convert(file.default | own, _Numbers, path, f"kind.{kind.value}", own).thresholds()
    return Policy(
        version=f"{file.version}+{hashlib.sha256(raw).hexdigest()[:8]}",
        thresholds=thresholds,
        ignored_names=tuple(name.casefold() for name in file.ignored_names if name.strip()),
        offer_slots=file.offer.slots,
        offer_lead=timedelta(hours=file.offer.lead_hours),
        offer_horizon=timedelta(days=file.offer.horizon_days),
        offer_expires=timedelta(days=file.offer.expires_days),
        offer_hold=timedelta(hours=file.offer.hold_hours),
        offer_look=timedelta(minutes=file.offer.look_minutes),
        calendar_look=timedelta(minutes=file.offer.calendar_minutes),
        calendar_stale=timedelta(minutes=file.offer.calendar_stale_minutes),
        seats=msgspec.structs.asdict(file.seats),
        approval=file.approval.limits(),
        waking_from_hour=file.offer.waking_from_hour,
        waking_until_hour=file.offer.waking_until_hour,
        feed=FeedLimits(**_with_units(file.feed)),
        report=ReportLimits(**_with_units(file.report)),
        message=MessageLimits(**_with_units(file.message)),
        makeup=MakeupLimits(timedelta(days=file.makeup.due_days), round(file.makeup.file_megabytes * 1_000_000)),
        retention=_retention(file.retention, path),
        text=text,
    )


def _leaves_room(numbers: _Offer, path: str) -> None:
    """Refuse what would leave no time that could ever be proposed."""
    if numbers.waking_until_hour <= numbers.waking_from_hour:
        raise PolicyProblem(f"{path} [offer]: waking_until_hour must be later than waking_from_hour")
    if numbers.horizon_days * 24 <= numbers.lead_hours:
        raise PolicyProblem(f"{path} [offer]: horizon_days must be longer than lead_hours")


def _retention(numbers: _Retention, path: str) -> RetentionLimits:
    if 0 < numbers.deliveries_days < LEAST_DAYS:
        raise PolicyProblem(f"{path} [retention]: deliveries_days is 0 (for ever) or at least {LEAST_DAYS}")
    return RetentionLimits(**_with_units(numbers))


def _with_units(numbers: msgspec.Struct) -> dict:
    """The numbers of a table by their names; those that say a unit become lengths of time."""
    values = {}
    for name in numbers.__struct_fields__:
        value = getattr(numbers, name)
        for unit in ("seconds", "minutes", "hours", "days"):
            if name.endswith(f"_{unit}"):
                name, value = name.removesuffix(f"_{unit}"), timedelta(**{unit: value})
        values[name] = value
    return values


def _convert(data: dict, shape: type, path: str, table: str = "", own: Collection[str] = ()):
    """The numbers in a shape; of the entries only those in `own` stand in the table, the others in [default]."""
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        what, _, place = str(error).replace("`key` in ", "").partition(" - at ")
        entry = place.strip("`").removeprefix("$").removeprefix(".") or what.rpartition("field ")[2].strip("`")
        where = "" if not table else f" [{table}]" if entry in own else " [default]"
        raise PolicyProblem(f"{path}{where}: {_in_words(what, entry)}") from None


_TYPES = {"str": "text in quotation marks", "int": "a whole number", "float": "a number", "bool": "true or false",
          "array": "a list", "object": "a table", "date": "a date", "time": "a time",
          "datetime": "a moment"}  # fmt: skip
_BOUNDS = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than"}


def _in_words(what: str, entry: str) -> str:
    """What msgspec says of an entry, for people."""
    if what.startswith("Object missing"):
        return f"{entry} is missing"
    if what.startswith("Object contains unknown"):
        return f"{entry} is no entry that Rejoin knows; is it misspelt?"
    if bound := re.fullmatch(r"Expected `\w+` (>=|<=|>|<) ([\d.]+)", what):
        return f"{entry} must be {_BOUNDS[bound[1]]} {float(bound[2]):g}"
    if other := re.fullmatch("Invalid enum value ('.*')", what):
        return f"{entry}: {other[1]} is none that Rejoin knows"
    if kinds := re.fullmatch(r"Expected `(\w+)`, got `(\w+)`", what):
        wanted, got = (_TYPES.get(name, name) for name in kinds.groups())
        return f"{entry} must be {wanted} and is {got}"
    return f"{entry}: {what[:1].lower()}{what[1:]}"
