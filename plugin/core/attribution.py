"""Whose or what's doing is the time that was lost: each lost minute laid to the first rule that explains it."""

from __future__ import annotations

from plugin.core.assessment import WORSE, Cause, Confidence
from plugin.core.case import Case
from plugin.core.interval import NO_TIME, Spans, intersect, length, subtract, union
from plugin.core.rules import Answer, Rule

Hits = list[tuple[Rule, Answer]]
"""The rules that hit, in the order of the table."""
Lost = dict[Cause, Spans]
"""The lost time by its cause."""
_ABSENCE = Cause.ABSENCE
CAUSE_ORDER = (Cause.TECHNICAL, Cause.PROVIDER, Cause.ABSENCE)
"""On equal terms the first one wins."""
NOTHING: Lost = dict.fromkeys(CAUSE_ORDER, ())
_IN_WORDS = {
    Cause.TECHNICAL: "technical trouble",
    Cause.PROVIDER: "the program's doing",
    Cause.ABSENCE: "absence",
}


def attribute(case: Case, hits: Hits) -> Lost:
    """Lay each lost minute to the first rule that explains it; what is left over is absence."""
    causes: Lost = dict.fromkeys(CAUSE_ORDER, ())
    rest = case.lost
    for rule, answer in hits:
        if rule.cause is not None and answer.explains:
            mine = intersect(rest, answer.explains)
            causes[rule.cause] = union((*causes[rule.cause], *mine))
            rest = subtract(rest, mine)
    found = causes[_ABSENCE]
    causes[_ABSENCE] = union((*found, *rest)) if found else rest
    return causes


def costliest(lost: Lost) -> Cause:
    """The cause that cost most of the held time."""
    return max(CAUSE_ORDER, key=lambda cause: (length(lost[cause]), -CAUSE_ORDER.index(cause)))


def part_in_words(lost: Lost, cause: Cause, whole: str) -> str:
    """How much of the lost time the costliest cause cost, such as "most of the rest is absence"."""
    mine, total = length(lost[cause]), sum(map(length, lost.values()), NO_TIME)
    if mine == total:
        return f"{whole} is {_IN_WORDS[cause]}"
    if 2 * mine > total:
        return f"most of {whole} is {_IN_WORDS[cause]}"
    if any(length(lost[other]) == mine for other in CAUSE_ORDER if other is not cause):
        return f"{_IN_WORDS[cause]} is as large a part of {whole} as any other"
    return f"the largest part of {whole} is {_IN_WORDS[cause]}"


def strength(hits: Hits, lost: Lost, cause: Cause) -> Confidence:
    """How sure the rules are that explain most of the time that was lost by this cause: what a sure one explains of it
    makes the rest no surer."""
    found = [answer for rule, answer in hits if rule.cause is cause and answer.explains]
    if not found:
        return Confidence.HIGH
    weakest = max([answer.strength for answer in found], key=WORSE.__getitem__)
    for sure in sorted({answer.strength for answer in found}, key=WORSE.__getitem__):
        spans = [span for answer in found if WORSE[answer.strength] <= WORSE[sure] for span in answer.explains]
        if 2 * length(intersect(lost[cause], union(spans))) >= length(lost[cause]):
            return sure
    return weakest
