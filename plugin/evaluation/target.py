"""The targets that the engine is held to, in one table, and whether an evaluation meets them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from plugin.evaluation.figures import Figures

_COMPARE = {"<": operator.lt, "≤": operator.le, "≥": operator.ge, "=": operator.eq}


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and its limit; `share` tells whether it is a share, to be shown in percent, or a count."""

    name: str
    figure: str
    compare: str
    limit: float
    measured: Callable[[Figures], float | None]
    share: bool = True


TARGETS = (
    Target("judged", "participations without a verdict", "=", 0, lambda f: f.unjudged, share=False),
    Target(
        "forbidden-no-shows", "technical, provider or blind cases called a no-show at high confidence",
        "=", 0, lambda f: f.forbidden.count, share=False,
    ),
    Target("false-no-shows", "false no-shows, of all participations", "<", 0.001, lambda f: f.false_no_shows.rate),
    Target(
        "technical-recall", "technical causes found, of those with a trace in the deliveries",
        "≥", 0.97, lambda f: f.technical_with_trace.recall,
    ),
    Target(
        "technical-precision", "verdicts of a technical cause that are so",
        "≥", 0.97, lambda f: f.technical_with_trace.precision,
    ),
    Target(
        "minutes", "attended minutes within 0.1, where both ends were delivered",
        "=", 1, lambda f: f.minutes.attended_both_ends.within,
    ),
    Target("review", "sent to a person", "≤", 0.03, lambda f: f.review.share),
)  # fmt: skip


class Measured(msgspec.Struct, frozen=True):
    """A target beside what was measured; nothing to measure (None) offends no target."""

    name: str
    figure: str
    asked: str
    measured: float | None
    shown: str
    met: bool


def hold_against(figures: Figures) -> tuple[Measured, ...]:
    """Each target with its measured value and whether it is met."""
    return tuple(_measured(target, target.measured(figures)) for target in TARGETS)


def percent(share: float | None) -> str:
    """A share as people read it; as many decimals as keep 0.1 % and the last hundredth apart."""
    return "–" if share is None else f"{share * 100:.3f}".rstrip("0").rstrip(".") + " %"


def _measured(target: Target, value: float | None) -> Measured:
    show = percent if target.share else (lambda number: f"{number:,}")
    met = value is None or _COMPARE[target.compare](value, target.limit)
    return Measured(
        target.name, target.figure, f"{target.compare} {show(target.limit)}", value,
        "no such case" if value is None else show(value), met,
    )  # fmt: skip
