"""`rejoin simulate`: write a roster, deliveries and the truth of an invented program."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from plugin.cli.recorded import refuse
from plugin.simulator.rates import RatesProblem, read_rates
from plugin.simulator.simulation import Simulation
from plugin.simulator.world import usual_days


@click.command("simulate")
@click.option("--appointments", required=True, type=click.IntRange(1), help="How many appointments")
@click.option("--seed", required=True, type=int, help="The same seed writes the same files, byte by byte")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write into")
@click.option(
    "--rates", "rates_file", type=click.Path(path_type=Path), help="TOML with rates that differ from shipped ones"
)
@click.option("--days", type=click.IntRange(1, 250), help="Working days to spread them over (default: 5 to 20)")
def simulate(appointments: int, seed: int, out: Path, rates_file: Path | None, days: int | None) -> None:
    """Write roster.csv, events.jsonl (in arrival order), truth.jsonl and rates.toml of an invented program."""
    try:
        rates = read_rates(rates_file)
    except RatesProblem as problem:
        refuse(str(problem))
    simulation = Simulation(rates, seed, appointments, days or usual_days(appointments))
    _with_progress(simulation.run(), appointments)
    try:
        simulation.write(out)
    except OSError as error:
        refuse(f"{out}: cannot be written ({error.strerror})")
    click.echo(f"{out}: {len(simulation.truths)} participations in {appointments} appointments", err=True)


def _with_progress(played: Iterable, appointments: int) -> None:
    if not sys.stderr.isatty():
        for _ in played:
            pass
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Simulating", total=appointments)
        for _ in played:
            progress.advance(task)
