"""`python -m benchmarks`: measure every promise about time, or those that are named, and print the tables."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass

import click
import structlog
from rich.console import Console


@dataclass(frozen=True)
class Benchmark:
    """What is promised, and what measures it: given a console and whether to be quick, tells if the promise held."""

    promise: str
    run: Callable[[Console, bool], bool]


def _acknowledge(console: Console, quick: bool) -> bool:
    from benchmarks import acknowledge

    return acknowledge.run(console, seconds=10 if quick else 60)


def _deadline(console: Console, quick: bool) -> bool:
    from benchmarks import deadline

    return deadline.run(console, quick)


def _receiver(console: Console, quick: bool) -> bool:
    from benchmarks import receiver

    return receiver.run(console, seconds=2, rounds=1) if quick else receiver.run(console)


def _backlog(console: Console, quick: bool) -> bool:
    from benchmarks import scale

    return scale.backlog(console, deliveries=1_200 if quick else 100_000)


def _year(console: Console, quick: bool) -> bool:
    from benchmarks import year

    return year.run(console, deliveries=200_000 if quick else 3_650_000)


def _replay(console: Console, quick: bool) -> bool:
    from benchmarks import replay

    found = replay.run(20_000 if quick else 100_000)
    console.print(*found.tables, sep="\n")
    return found.seconds < 20


def _month(console: Console, quick: bool) -> bool:
    from benchmarks import replay

    found = replay.run(200_000 if quick else 1_000_000)
    console.print(*found.tables, sep="\n")
    return found.ratio <= 4 and found.peak_mb < 400


def _rush(console: Console, quick: bool) -> bool:
    from benchmarks import rush

    return rush.run(console, *((60, 10) if quick else (500, 50)))


def _judge(console: Console, quick: bool) -> bool:
    from benchmarks import judge

    return judge.run(console, rounds=50 if quick else 300)


def _outbound(console: Console, quick: bool) -> bool:
    from benchmarks import outbound

    return outbound.run(console, actions=4_000 if quick else 36_000)


def _prune(console: Console, quick: bool) -> bool:
    from benchmarks import prune

    return prune.run(console, rows=10_000 if quick else 100_000)


def _flood(console: Console, quick: bool) -> bool:
    from benchmarks import flood

    return flood.run(console, deliveries=5_000 if quick else 100_000)


def _scale(console: Console, quick: bool) -> bool:
    from benchmarks import scale

    return scale.run(console, appointments=60 if quick else 1500)


BENCHMARKS = {
    "acknowledge": Benchmark("200 deliveries a second for a minute: all stored, p99 under 100 ms", _acknowledge),
    "backlog": Benchmark("a backlog of 100,000 deliveries is read and judged whole by one process", _backlog),
    "deadline": Benchmark("a verdict stands within 2 s of its deadline", _deadline),
    "flood": Benchmark("100,000 deliveries of strangers in one meeting take one process no 400 MB", _flood),
    "judge": Benchmark("one appointment of 12 people and 200 events is judged in under 2 ms", _judge),
    "month": Benchmark("a replay of 1,000,000 deliveries: 4 times a bare decode of the file, under 400 MB", _month),
    "outbound": Benchmark("what helps now goes out at once; no small program waits behind a large one", _outbound),
    "receiver": Benchmark("2.5 times the requests of an Express sample, every one of them stored", _receiver),
    "prune": Benchmark("old deliveries are deleted while new ones are stored, none of which waits for 2 s", _prune),
    "scale": Benchmark("a backlog is judged whole by one, two and four workers on PostgreSQL", _scale),
    "rush": Benchmark("500 clients pick among 50 times or seats at once: nothing given twice, nobody lost", _rush),
    "year": Benchmark("a replay of a clinic's year, 3,650,000 deliveries, to its end", _year),
    "replay": Benchmark("a replay of 100,000 deliveries takes under 20 s, its memory flat per appointment", _replay),
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(list(BENCHMARKS)))
@click.option("--quick", is_flag=True, help="Shorter and smaller: to see that it works, not to judge by it.")
@click.option("--list", "only_list", is_flag=True, help="Say what there is to measure.")
def main(names: tuple[str, ...], quick: bool, only_list: bool) -> None:
    """Measure all promises, or those of these NAMES; the exit status is 1 when one does not hold."""
    if only_list:
        for name, benchmark in BENCHMARKS.items():
            click.echo(f"{name:12} {benchmark.promise}")
        return
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console() if sys.stdout.isatty() else Console(width=120)
    broken = [name for name in names or BENCHMARKS if not BENCHMARKS[name].run(console, quick)]
    for name in broken:
        click.echo(f"{name}: it does not hold that {BENCHMARKS[name].promise}.", err=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
