"""`rejoin demo`: one morning of a small clinic in about a minute, then the pages to look around in."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime

import click
from rich.console import Console

from plugin.demo.cast import CLINIC_ZONE
from plugin.demo.clinic import STAFF, furnish
from plugin.demo.interruption import Interruption
from plugin.demo.morning import Morning, morning_of, working_day
from plugin.demo.player import NotTaken, Player
from plugin.demo.scene import Cue
from plugin.demo.stage import Stage, StageProblem, clock_setting, free_port
from plugin.demo.telling import Telling

SPEED = 150.0
SETTLE_SECONDS = 15.0


@click.command("demo")
@click.option("--port", default=8000, show_default=True, help="Port of 127.0.0.1; when it is taken, any free one.")
@click.option("--speed", default=SPEED, show_default=True, type=click.FloatRange(1, 3000), help="Times faster.")
@click.option("--no-wait", is_flag=True, help="End after the story instead of leaving the pages open.")
def demo(port: int, speed: float, no_wait: bool) -> None:
    """Play one morning of a small clinic: signed deliveries in; verdicts, tickets and offers out."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        with Interruption() as interruption:
            _play(console, port, speed, no_wait, interruption.pause)
    except KeyboardInterrupt:
        console.print("\nStopped.")
    except StageProblem as problem:
        click.echo(str(problem), err=True)
        sys.exit(1)


def _play(console: Console, port: int, speed: float, no_wait: bool, pause: Callable[[float], None]) -> None:
    morning = morning_of(working_day(datetime.now(CLINIC_ZONE).date()))
    chosen = free_port(port)
    with Stage(chosen, CLINIC_ZONE.key, pause) as stage:
        console.print("[bold]Rejoin[/]: one morning of a small clinic. The people are invented; the service is real.")
        clock = clock_setting(morning.opens_at, morning.sessions_over_at, morning.final_at, speed, stage.started)
        password = "demo-" + secrets.token_hex(4)
        rejoin = furnish(stage.settings(clock), morning, password)
        try:
            stage.open(clock)
            if chosen != port:
                console.print(f"Port {port} is taken, so the pages are at another one.")
            console.print(f"Watch the board meanwhile: {stage.url} (login ada, password {password})\n")
            player = Player(f"{stage.url}/webhooks/zoom", stage.secret, rejoin.clock, pause)
            telling = Telling(console, morning, CLINIC_ZONE, rejoin.clock, rejoin.db)
            stage.begin()
            try:
                telling.follow(_story(player, telling, morning, pause))
            except NotTaken as problem:
                raise StageProblem(f"{problem} The service said:\n{stage.last_words()}") from None
            finally:
                player.close()
            telling.report()
            _tell_the_rest(console, stage, player, password)
            if not no_wait:
                _stay_open(console, stage, pause)
        finally:
            rejoin.db.close()


def _story(player: Player, telling: Telling, morning: Morning, pause: Callable[[float], None]) -> Iterator[Cue | None]:
    """Every delivery at its time, then the time until verdicts are final and acted upon."""
    yield from player.play(morning.cues)
    yield from player.wait_until(morning.final_at)
    give_up_at = time.monotonic() + SETTLE_SECONDS
    while not telling.is_settled() and time.monotonic() < give_up_at:
        yield None
        pause(0.1)


def _tell_the_rest(console: Console, stage: Stage, player: Player, password: str) -> None:
    answers = ", ".join(f"{number} with {status}" for status, number in sorted(player.answers.items()))
    console.print(f"\nThe receiver answered {player.answers.total()} deliveries: {answers}.")
    console.print(f"\nThe pages: [bold]{stage.url}[/]   password for everybody: [bold]{password}[/]")
    for login, role, _, told in STAFF:
        console.print(f"   {login:6} {role:13} {told}")


def _stay_open(console: Console, stage: Stage, pause: Callable[[float], None]) -> None:
    console.print("\nThe clock now runs at its usual pace. Stop with Ctrl-C; nothing stays behind.")
    while stage.is_open():
        pause(0.5)
    raise StageProblem("The service ended by itself.\n" + stage.last_words())
