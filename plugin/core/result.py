"""An assessment as a result of the replay contract: the one shape that replay, API, pages and database share."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from plugin.core.action import Action, ActionKind, Purpose
from plugin.core.assessment import Assessment
from plugin.core.rules import MISSES


class Follows(msgspec.Struct, frozen=True, omit_defaults=True):
    """An action as it is told: what is to be done, whether a coordinator must approve it first, and why."""

    kind: ActionKind
    hold: bool
    because: str
    incident: bool = False
    participants: tuple[str, ...] = ()
    purpose: Purpose | None = None
    appointments: tuple[str, ...] = ()


class Result(Assessment, frozen=True, gc=False):
    """The contract's result: an assessment with the actions of this person; times as ISO 8601 UTC, nothing personal."""

    actions: tuple[Follows, ...] = ()


class _Written(Result, frozen=True, gc=False):
    """A result whose findings are JSON already."""

    findings: msgspec.Raw


_encode, _encode_into = msgspec.json.Encoder().encode, msgspec.json.Encoder().encode_into
_FINDINGS = Assessment.__struct_fields__.index("findings")
_MISSES = _encode(MISSES)[1:]


def result_of(assessment: Assessment, actions: Iterable[Action] = ()) -> Result:
    """The result of one assessment, ready to be written as JSON."""
    return Result(*msgspec.structs.astuple(assessment), _follows(assessment, actions))


def write(assessment: Assessment, actions: Iterable[Action], lines: bytearray) -> None:
    """Write the result of one assessment as a line of JSON; what was asked and not found is encoded once for all."""
    findings = assessment.findings
    if findings[1:] != MISSES:
        _encode_into(result_of(assessment, actions), lines, -1)
    else:
        told = list(msgspec.structs.astuple(assessment))
        told[_FINDINGS] = msgspec.Raw(b"[%b,%b" % (_encode(findings[0]), _MISSES))
        _encode_into(_Written(*told, _follows(assessment, actions)), lines, -1)
    lines += b"\n"


def as_result(assessment: Assessment, actions: Iterable[Action] = ()) -> dict:
    """The same as plain values, as they are stored and looked at."""
    return plain(result_of(assessment, actions))


def plain(result: Result) -> dict:
    """A result as whoever reads the JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(result))


def _follows(assessment: Assessment, actions: Iterable[Action]) -> tuple[Follows, ...]:
    code, mine = assessment.participant_id, []
    for action in actions:
        if action.participant_id == code:
            mine.append(_told(action))
    return tuple(mine)


def _told(action: Action) -> Follows:
    who = action.participants if action.incident else ()
    return Follows(action.kind, action.hold, action.because, action.incident, who, action.purpose, action.appointments)
