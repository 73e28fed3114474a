"""The figures of an evaluation as tables for people, and single participations as short paragraphs."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from plugin.evaluation.figures import Figures, Found, Matrix, Minutes
from plugin.evaluation.participation import Participation
from plugin.evaluation.record import Truth, Verdict
from plugin.evaluation.target import Measured, percent

MOST_DISAGREEMENTS = 20


def print_figures(figures: Figures, targets: Iterable[Measured]) -> None:
    """Print every figure, the targets last, where the eye ends."""
    console = _console()
    console.print(
        f"{figures.participations:,} participations: {figures.right:,} right, {figures.wrong:,} wrong, "
        f"{figures.review.undetermined:,} undetermined; {figures.review.count:,} sent to a person, of which "
        f"{figures.review.unknowable:,} were blind or not identifiable."
    )
    if figures.unjudged or figures.unexpected:
        console.print(f"{figures.unjudged:,} have no verdict; {figures.unexpected:,} verdicts are about nobody known.")
    for table in (
        _matrix("Outcome: truth down, verdict across", figures.outcome),
        _matrix("Cause: truth down, verdict across", figures.cause),
        _found(figures),
        _minutes(figures),
        _confidence(figures),
        _stories(figures),
        _disagreements(figures),
        _targets(targets),
    ):
        console.print(table)
    for case in figures.forbidden.cases:
        console.print(f"forbidden no-show: {case.appointment_id} {case.participant_id}", highlight=False)
    for case in figures.false_no_shows.cases:
        console.print(f"false no-show at high confidence: {case.appointment_id} {case.participant_id}", highlight=False)


def print_participations(name: str, participations: Iterable[Participation]) -> None:
    """Print participations one by one: truth, verdict, the rules that hit, the story."""
    console = _console()
    for p in participations:
        truth, verdict = p.truth, p.verdict
        lines = [
            f"{name}: {truth.appointment_id} {truth.participant_id} ({truth.role}, {truth.kind})",
            f"  truth    {truth.outcome}/{truth.cause}, {_of(truth)}{_words(truth)}",
            f"  story    {' '.join(truth.story) or '–'}",
            f"  verdict  {verdict.outcome}/{verdict.cause}, {_of(verdict)}, {verdict.confidence} confidence",
            f"  flags    {' '.join(verdict.flags) or '–'}",
            *(f"  because  {f.rule}: {f.because}" for f in verdict.findings if f.hit),
        ]
        console.print(Text("\n".join(lines)))


def _of(one: Truth | Verdict) -> str:
    return f"{one.attended_minutes:.1f} of {one.held_minutes:.1f} min"


def _words(truth: Truth) -> str:
    words = {
        "a trace": truth.trace,
        "blind": truth.blind,
        "not identifiable": not truth.identifiable,
        "both ends": truth.both_ends,
    }
    told = [word for word, so in words.items() if so]
    return f" ({', '.join(told)})" if told else ""


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else 160)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _matrix(title: str, matrix: Matrix) -> Table:
    table = _table(title, "", *next(iter(matrix.values())))
    for true, counts in matrix.items():
        table.add_row(true, *(f"{count:,}" if count else "·" for count in counts.values()))
    return table


def _found(figures: Figures) -> Table:
    table = _table("Found", "", "truth", "verdict", "both", "left open", "precision", "recall")
    rows: dict[str, Found] = {
        f"cause {cause}": found for cause, found in figures.causes.items()
    } | {"technical, with a trace": figures.technical_with_trace, "no-show": figures.no_show}  # fmt: skip
    for name, found in rows.items():
        counts = (found.truth, found.verdict, found.both, found.undetermined)
        table.add_row(name, *(f"{n:,}" for n in counts), percent(found.precision), percent(found.recall))
    return table


def _minutes(figures: Figures) -> Table:
    table = _table("Error of minutes", "", "of", "mean", "largest", "within 0.1")
    rows: dict[str, Minutes] = {
        "attended": figures.minutes.attended,
        "attended, both ends delivered": figures.minutes.attended_both_ends,
        "held": figures.minutes.held,
        "held, both ends delivered": figures.minutes.held_both_ends,
    }
    for name, error in rows.items():
        mean, largest = ("–" if n is None else f"{n:.2f}" for n in (error.mean, error.max))
        table.add_row(name, f"{error.count:,}", mean, largest, percent(error.within))
    return table


def _confidence(figures: Figures) -> Table:
    table = _table("Confidence", "", "verdicts", "left open", "right", "share right")
    for name, level in figures.confidence.items():
        counts = (level.count, level.undetermined, level.right)
        table.add_row(name, *(f"{n:,}" for n in counts), percent(level.share_right))
    return table


def _stories(figures: Figures) -> Table:
    table = _table("Stories", "", "of", "right", "to review", "wrong")
    for label, story in figures.stories.items():
        table.add_row(label, *(f"{n:,}" for n in (story.count, story.right, story.review, story.wrong)))
    return table


def _disagreements(figures: Figures) -> Table:
    table = Table(
        "truth", "verdict", "how often", "stories, the most frequent first", "for example",
        title=f"Where verdict and truth differ ({len(figures.disagreements)} ways)",
        title_justify="left", title_style="bold",
    )  # fmt: skip
    for d in figures.disagreements[:MOST_DISAGREEMENTS]:
        example = f"{d.example.appointment_id} {d.example.participant_id}"
        table.add_row(d.truth, d.verdict, f"{d.count:,}", " ".join(d.stories), example)
    return table


def _targets(targets: Iterable[Measured]) -> Table:
    table = Table("", "asked", "measured", "", title="Targets", title_justify="left", title_style="bold")
    for target in targets:
        table.add_row(target.figure, target.asked, target.shown, "met" if target.met else "[bold red]not met")
    return table
