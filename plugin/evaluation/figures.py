"""The figures of an evaluation: how often verdicts agree with the truth, and how they fail when they do not.

The words (right, wrong, to review, false no-show, forbidden) are those of `plugin.evaluation.participation`.
A share is between 0 and 1, and None when there was nothing to take a share of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from plugin.core.assessment import Cause, Confidence, Outcome
from plugin.evaluation.participation import Pairing, Participation

CLOSE_MINUTES = 0.1
"""Minutes are told with one decimal, so an error up to this is none."""
_ROUNDING = 1e-6

TRUE_OUTCOMES = tuple(o for o in Outcome if o is not Outcome.UNDETERMINED)
TRUE_CAUSES = tuple(c for c in Cause if c is not Cause.UNKNOWN)

Matrix = dict[str, dict[str, int]]
"""Of each word of the truth, how often each word of the verdict; every word has its place, also at 0."""


class Case(msgspec.Struct, frozen=True):
    """One participation, by its codes."""

    appointment_id: str
    participant_id: str


class Found(msgspec.Struct, frozen=True):
    """How well something is found.

    `truth` is how often it was so, `verdict` how often the verdict says so, `both` how often both do. `precision` is
    both / verdict: an undetermined verdict says nothing, so it is not in it. `recall` is both / truth: what was left
    undetermined was not found, so it counts against it; `undetermined` says how many.
    """

    truth: int
    verdict: int
    both: int
    undetermined: int
    precision: float | None
    recall: float | None


class Minutes(msgspec.Struct, frozen=True):
    """How far minutes of the verdict are from those of the truth, in minutes; `within` is the share within 0.1."""

    count: int
    mean: float | None
    max: float | None
    within: float | None


class MinutesError(msgspec.Struct, frozen=True):
    """Attended and held minutes: of everybody with a verdict, and where both ends of it were delivered.

    `both_ends` counts those whose own joins and leaves and those of the clinicians all arrived, and who could be
    identified: of somebody unknown no end was delivered.
    """

    attended: Minutes
    attended_both_ends: Minutes
    held: Minutes
    held_both_ends: Minutes


class FalseNoShows(msgspec.Struct, frozen=True):
    """Verdicts that are a no-show where the truth is none: how many, as a share of all participations, and which.

    `high` counts those at high confidence, which are `cases`.
    """

    count: int
    rate: float | None
    high: int
    cases: tuple[Case, ...]


class Forbidden(msgspec.Struct, frozen=True):
    """Technical, provider's and blind cases called a no-show at high confidence, which must not happen at all."""

    count: int
    cases: tuple[Case, ...]


class Review(msgspec.Struct, frozen=True):
    """How many are sent to a person, as a share of all participations.

    `unknowable` are those of them in which the feed was blind or the person not identifiable, so that nobody could
    have decided from the deliveries.
    """

    count: int
    share: float | None
    undetermined: int
    unknowable: int


class Level(msgspec.Struct, frozen=True):
    """One level of confidence: how many verdicts have it, and the share of those that say something that is right.

    `share_right` is right / (count - undetermined).
    """

    count: int
    undetermined: int
    right: int
    share_right: float | None


class Story(msgspec.Struct, frozen=True):
    """Of one label of the truth: how many have it. Each is right, wrong or for review: who is sent to a person counts
    as `review`, whatever the verdict says."""

    count: int
    right: int
    review: int
    wrong: int


class Disagreement(msgspec.Struct, frozen=True):
    """A way in which verdicts differ from the truth, undetermined ones included: both as outcome/cause."""

    truth: str
    verdict: str
    count: int
    stories: tuple[str, ...]
    """The labels that are most frequent among them, first the most frequent."""
    example: Case


class Figures(msgspec.Struct, frozen=True):
    """Everything that one evaluation measures."""

    participations: int
    unjudged: int
    unexpected: int
    right: int
    wrong: int
    outcome: Matrix
    cause: Matrix
    causes: dict[str, Found]
    no_show: Found
    technical_with_trace: Found
    """Recall of technical causes where the deliveries that arrived show them; its precision is that of all."""
    false_no_shows: FalseNoShows
    forbidden: Forbidden
    minutes: MinutesError
    review: Review
    confidence: dict[str, Level]
    stories: dict[str, Story]
    disagreements: tuple[Disagreement, ...]


def measure(pairing: Pairing) -> Figures:
    """Every figure of the participations; nothing in it depends on their order."""
    all_of = pairing.participations
    false = [p for p in all_of if p.false_no_show]
    forbidden = [p for p in all_of if p.forbidden]
    return Figures(
        participations=len(all_of),
        unjudged=len(pairing.unjudged),
        unexpected=len(pairing.unexpected),
        right=sum(p.right for p in all_of),
        wrong=sum(p.wrong for p in all_of),
        outcome=_matrix(all_of, TRUE_OUTCOMES, Outcome, lambda p: (p.truth.outcome, p.verdict.outcome)),
        cause=_matrix(all_of, TRUE_CAUSES, Cause, lambda p: (p.truth.cause, p.verdict.cause)),
        causes={cause.value: _found_cause(all_of, cause) for cause in TRUE_CAUSES},
        no_show=_found(all_of, lambda p: p.truth.no_show, lambda p: p.called_no_show),
        technical_with_trace=_found_traced(all_of),
        false_no_shows=FalseNoShows(
            len(false), _share(len(false), len(all_of)), sum(p.sure for p in false), _cases(p for p in false if p.sure)
        ),
        forbidden=Forbidden(len(forbidden), _cases(forbidden)),
        minutes=_minutes_error(all_of),
        review=_review(all_of),
        confidence={level.value: _level([p for p in all_of if p.verdict.confidence is level]) for level in Confidence},
        stories=_stories(all_of),
        disagreements=_disagreements(all_of),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _cases(participations: Iterable[Participation]) -> tuple[Case, ...]:
    return tuple(Case(*p.truth.key) for p in participations)


def _matrix(
    all_of: Iterable[Participation],
    rows: Iterable[str],
    columns: Iterable[str],
    words: Callable[[Participation], tuple[str, str]],
) -> Matrix:
    columns = tuple(columns)
    matrix = {str(row): {str(column): 0 for column in columns} for row in rows}
    for participation in all_of:
        true, told = words(participation)
        matrix[str(true)][str(told)] += 1
    return matrix


def _found(
    all_of: Iterable[Participation], true: Callable[[Participation], bool], told: Callable[[Participation], bool]
) -> Found:
    so = said = both = undetermined = 0
    for p in all_of:
        so += true(p)
        said += told(p)
        both += true(p) and told(p)
        undetermined += true(p) and p.undetermined
    return Found(so, said, both, undetermined, _share(both, said), _share(both, so))


def _found_cause(all_of: Iterable[Participation], cause: Cause) -> Found:
    return _found(all_of, lambda p: p.truth.cause is cause, lambda p: p.verdict.cause is cause)


def _found_traced(all_of: Iterable[Participation]) -> Found:
    traced = _found_cause([p for p in all_of if p.truth.trace], Cause.TECHNICAL)
    everywhere = _found_cause(all_of, Cause.TECHNICAL)
    return msgspec.structs.replace(traced, precision=everywhere.precision)


def _minutes_error(all_of: Iterable[Participation]) -> MinutesError:
    known = [p for p in all_of if p.truth.both_ends and p.truth.identifiable]
    return MinutesError(
        attended=_minutes(_attended_error(p) for p in all_of),
        attended_both_ends=_minutes(_attended_error(p) for p in known),
        held=_minutes(_held_error(p) for p in all_of),
        held_both_ends=_minutes(_held_error(p) for p in known),
    )


def _attended_error(p: Participation) -> float:
    return abs(p.verdict.attended_minutes - p.truth.attended_minutes)


def _held_error(p: Participation) -> float:
    return abs(p.verdict.held_minutes - p.truth.held_minutes)


def minutes_off(p: Participation) -> bool:
    """Whether the attended minutes are further from the truth than rounding explains, with both ends delivered."""
    return p.truth.both_ends and p.truth.identifiable and _attended_error(p) > CLOSE_MINUTES + _ROUNDING


def _minutes(errors: Iterable[float]) -> Minutes:
    errors = list(errors)
    if not errors:
        return Minutes(0, None, None, None)
    close = sum(error <= CLOSE_MINUTES + _ROUNDING for error in errors)
    mean = round(sum(errors) / len(errors), 4)
    return Minutes(len(errors), mean, round(max(errors), 4), _share(close, len(errors)))


def _review(all_of: tuple[Participation, ...]) -> Review:
    sent = [p for p in all_of if p.to_review]
    return Review(
        len(sent),
        _share(len(sent), len(all_of)),
        sum(p.undetermined for p in sent),
        sum(not p.knowable for p in sent),
    )


def _level(of_it: list[Participation]) -> Level:
    undetermined, right = sum(p.undetermined for p in of_it), sum(p.right for p in of_it)
    return Level(len(of_it), undetermined, right, _share(right, len(of_it) - undetermined))


def _stories(all_of: Iterable[Participation]) -> dict[str, Story]:
    by_label: dict[str, Counter[str]] = {}
    for p in all_of:
        end = "review" if p.to_review else "right" if p.right else "wrong"
        for label in set(p.truth.story):
            by_label.setdefault(label, Counter())[end] += 1
    return {
        label: Story(ends.total(), ends["right"], ends["review"], ends["wrong"])
        for label, ends in sorted(by_label.items())
    }


def _disagreements(all_of: Iterable[Participation]) -> tuple[Disagreement, ...]:
    """The ways to disagree, the most frequent first."""
    ways: dict[tuple[str, str], list[Participation]] = {}
    for p in all_of:
        if not p.right:
            way = f"{p.truth.outcome}/{p.truth.cause}", f"{p.verdict.outcome}/{p.verdict.cause}"
            ways.setdefault(way, []).append(p)
    ordered = sorted(ways.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Disagreement(*way, len(them), _labels(them), Case(*them[0].truth.key)) for way, them in ordered)


def _labels(them: Iterable[Participation]) -> tuple[str, ...]:
    counted = Counter(label for p in them for label in set(p.truth.story))
    return tuple(label for label, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:4])
