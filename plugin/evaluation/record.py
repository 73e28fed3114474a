"""What an evaluation is made of: one line of the truth, and one line of what the engine said about the same person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from plugin.core.action import ActionKind
from plugin.core.appointment import Role
from plugin.core.assessment import Cause, Confidence, Flag, Outcome
from plugin.core.result import Result

Key = tuple[str, str]
"""Appointment and participant, by their codes."""


class RecordProblem(ValueError):
    """A line that cannot be used, with its number; a figure counted without it would be a wrong figure."""

    def __init__(self, line: int, what: str):
        super().__init__(f"line {line}: {what}")
        self.line = line
        self.what = what


class Truth(msgspec.Struct, frozen=True):
    """What really happened to one expected participant, as the simulator made it.

    Minutes are of the scheduled time. `trace`: the deliveries that arrived show the technical trouble. `blind`: the
    feed delivered nothing for the time in question. `identifiable`: what arrived says who this was. `both_ends`: the
    joins and leaves of this person and of the clinicians all arrived. `story`: labels of what befell them.
    """

    appointment_id: str
    participant_id: str
    role: Role
    kind: str
    outcome: Outcome
    cause: Cause
    no_show: bool
    held_minutes: float
    attended_minutes: float
    trace: bool
    blind: bool
    identifiable: bool
    both_ends: bool
    story: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no truth can be."""
        if self.outcome is Outcome.UNDETERMINED or self.cause is Cause.UNKNOWN:
            raise ValueError("the truth is never undetermined or unknown")

    @property
    def key(self) -> Key:
        """Whom and which appointment it is about."""
        return self.appointment_id, self.participant_id


class Hit(msgspec.Struct, frozen=True):
    """A rule that was asked; `because` is its sentence."""

    rule: str
    hit: bool
    because: str


class Step(msgspec.Struct, frozen=True):
    """An action, of which only its kind matters here."""

    kind: ActionKind


class Verdict(msgspec.Struct, frozen=True):
    """What of a result of the replay contract an evaluation looks at; everything else in a line is passed over."""

    appointment_id: str
    participant_id: str
    outcome: Outcome
    cause: Cause
    confidence: Confidence
    held_minutes: float
    attended_minutes: float
    flags: tuple[Flag, ...] = ()
    findings: tuple[Hit, ...] = ()
    actions: tuple[Step, ...] = ()

    @property
    def key(self) -> Key:
        """Whom and which appointment it is about."""
        return self.appointment_id, self.participant_id


Line = TypeVar("Line", Truth, Verdict)


def read_truth(lines: Iterable[bytes]) -> dict[Key, Truth]:
    """The truth by appointment and participant; raises RecordProblem at the first line that cannot be used."""
    return _read(lines, Truth)


def read_verdicts(lines: Iterable[bytes]) -> dict[Key, Verdict]:
    """The results of a replay by appointment and participant; raises RecordProblem at the first unusable line."""
    return _read(lines, Verdict)


def verdict_of(result: Result) -> Verdict:
    """The same from a result that was never written down; only the rules that hit are kept."""
    return Verdict(
        appointment_id=result.appointment_id,
        participant_id=result.participant_id,
        outcome=result.outcome,
        cause=result.cause,
        confidence=result.confidence,
        held_minutes=result.held_minutes,
        attended_minutes=result.attended_minutes,
        flags=result.flags,
        findings=tuple([Hit(f.rule, True, f.because) for f in result.findings if f.hit]),
        actions=tuple([Step(action.kind) for action in result.actions]),
    )


def _read(lines: Iterable[bytes], shape: type[Line]) -> dict[Key, Line]:
    decode = msgspec.json.Decoder(shape).decode
    found: dict[Key, Line] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RecordProblem(number, str(error)) from None
        if one.key in found:
            raise RecordProblem(number, f"{' / '.join(one.key)} stands here for the second time")
        found[one.key] = one
    return found
