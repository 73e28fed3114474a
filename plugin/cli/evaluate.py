"""`rejoin evaluate`: compare verdicts with the truth of a simulation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import click
import msgspec

from plugin.cli.recorded import policy_of, read, refuse
from plugin.core.appointment import Role
from plugin.core.result import Result
from plugin.evaluation.figures import Figures, measure, minutes_off
from plugin.evaluation.participation import JUDGED, Pairing, Participation, pair
from plugin.evaluation.picture import picture
from plugin.evaluation.record import Key, RecordProblem, Truth, Verdict, read_truth, read_verdicts, verdict_of
from plugin.evaluation.target import Measured, hold_against
from plugin.replay import replay

NOT_MET = 1
"""The exit status with --strict when a target is not met."""
Read = TypeVar("Read", Truth, Verdict)
_FILE = click.Path(path_type=Path)


@click.command("evaluate")
@click.argument("folder", required=False, type=_FILE)
@click.option("--truth", "truth_file", type=_FILE, help="truth.jsonl of a simulation, with --results")
@click.option("--results", "results_file", type=_FILE, help="What `rejoin replay --format json` printed")
@click.option("--policy", "policy_file", type=_FILE, help="Policy to use instead of the shipped one, with FOLDER")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option("--picture", "picture_file", type=_FILE, help="Write the figures as an SVG, too")
@click.option("--wrong", type=click.IntRange(0), default=0, help="Tell so many wrong participations, by their codes")
@click.option("--review", type=click.IntRange(0), default=0, help="Tell so many of those sent to a person")
@click.option("--minutes", type=click.IntRange(0), default=0, help="Tell so many whose minutes are wrong")
@click.option("--story", help="Tell only of those whose story has this label")
@click.option(
    "--role", "roles", multiple=True, type=click.Choice([r.value for r in Role]),
    help="Whom to look at, repeatable (default: client, family)",
)  # fmt: skip
@click.option("--strict", is_flag=True, help="End with status 1 when a target is not met")
def evaluate(
    folder: Path | None, truth_file: Path | None, results_file: Path | None, policy_file: Path | None, form: str,
    picture_file: Path | None, wrong: int, review: int, minutes: int, story: str | None, roles: tuple[str, ...],
    strict: bool,
) -> None:  # fmt: skip
    """Compare verdicts with the truth of a simulation: FOLDER is what `rejoin simulate` wrote and is replayed here,
    or give --truth and the --results of a replay."""
    truth_file, verdicts = _inputs(folder, truth_file, results_file, policy_file)
    pairing = pair(_records(truth_file, read_truth), verdicts(), [Role(r) for r in roles] or JUDGED)
    if not pairing.participations:
        refuse(f"{truth_file}: no participation in it has a verdict; do the truth and the results belong together?")
    figures = measure(pairing)
    targets = hold_against(figures)
    if picture_file:
        _write(picture_file, picture(figures, targets))
    asked = {
        "wrong": (wrong, lambda p: p.wrong),
        "review": (review, lambda p: p.to_review),
        "minutes": (minutes, minutes_off),
    }
    told = {name: _some(pairing, fits, most, story) for name, (most, fits) in asked.items() if most}
    _print(form, figures, targets, told)
    if strict and not all(target.met for target in targets):
        sys.exit(NOT_MET)


Verdicts = Callable[[], dict[Key, Verdict]]


def _inputs(
    folder: Path | None, truth_file: Path | None, results_file: Path | None, policy_file: Path | None
) -> tuple[Path, Verdicts]:
    """Where the truth is, and how to come by the verdicts."""
    if folder and not truth_file and not results_file:
        return folder / "truth.jsonl", lambda: _replayed(folder, policy_file)
    if truth_file and results_file and not folder:
        if policy_file:
            refuse("--policy has no effect on --results, which are judged already; give it to `rejoin replay`")
        return truth_file, lambda: _records(results_file, read_verdicts)
    refuse("Give either the folder that `rejoin simulate` wrote, or --truth and --results")


def _records(path: Path, read: Callable[[Iterable[bytes]], dict[Key, Read]]) -> dict[Key, Read]:
    try:
        with path.open("rb") as lines:
            return read(lines)
    except RecordProblem as problem:
        refuse(f"{path}:{problem.line}: {problem.what}")
    except OSError as error:
        refuse(f"{path}: cannot be read ({error.strerror})")


def _replayed(folder: Path, policy_file: Path | None) -> dict[Key, Verdict]:
    """The verdicts of the very code that replays and serves."""
    policy = policy_of(policy_file)
    appointments, recording = read(folder / "roster.csv", folder / "events.jsonl")
    people = sum(len(appointment.participants) for appointment in appointments)
    results = _with_progress(replay(appointments, recording, policy), people)
    return {(result.appointment_id, result.participant_id): verdict_of(result) for result in results}


def _with_progress(results: Iterable[Result], people: int) -> Iterator[Result]:
    if not sys.stderr.isatty():
        yield from results
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Judging", total=people)
        for result in results:
            progress.advance(task)
            yield result


def _some(pairing: Pairing, fits: Callable[[Participation], bool], most: int, story: str | None) -> list[Participation]:
    found = (p for p in pairing.participations if fits(p) and (story is None or story in p.truth.story))
    return [p for p, _ in zip(found, range(most), strict=False)]


def _print(form: str, figures: Figures, targets: tuple[Measured, ...], told: dict[str, list[Participation]]) -> None:
    if form == "json":
        whole = {"figures": figures, "targets": targets, **{name: [_plain(p) for p in of] for name, of in told.items()}}
        click.echo(msgspec.json.format(msgspec.json.encode(whole), indent=2))
        return
    from plugin.cli.evaluation_table import print_figures, print_participations

    print_figures(figures, targets)
    for name, them in told.items():
        print_participations(name, them)


def _plain(p: Participation) -> dict:
    hits = [finding for finding in p.verdict.findings if finding.hit]
    return {"truth": p.truth, "verdict": msgspec.structs.replace(p.verdict, findings=tuple(hits))}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{path}: cannot be written ({error.strerror})")
