"""Many clients pick among few times at once, from several processes, through the real service on one database.

All have been offered the same times of one clinician, every second of them half an hour later, so that times overlap
without being equal. Nothing is kept for anybody any more. Each client does what a person does: opens the page, taps one
of the times that are left, and when it was taken a moment ago looks again, until they have one or none is left.
"""

from __future__ import annotations

import base64
import multiprocessing
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import OperationalError

from benchmarks.engine import engines
from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import assemble
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.slot import Slot
from plugin.ports.queue import WorkKind
from plugin.service import grants, offering
from plugin.service.availability import open_slots
from plugin.service.offer_watch import OfferWatch
from plugin.service.refusal import Conflict
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import offer as offers
from plugin.storage import work
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate

KEY = "bench:" + base64.b64encode(bytes(32)).decode()
CLINICIAN = "S-RUSH"
HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 1500.0


@dataclass(frozen=True)
class Rush:
    """What became of everybody."""

    clients: int
    accepted: int
    told_none_is_left: int
    waiting_again: int
    overlapping: int
    turned_away: int
    """Clients who were told that nothing is left although something was."""
    taps: Counter
    seconds: float

    @property
    def holds(self) -> bool:
        """No time given twice, nobody lost: everybody has a time, or was told and waits at a coordinator's desk."""
        everybody = self.accepted + self.told_none_is_left == self.clients
        return everybody and self.waiting_again == self.told_none_is_left and not (self.overlapping or self.turned_away)


def open_service(url: str) -> Rejoin:
    """The service on this database, as one process has it."""
    settings = Settings(_env_file=None, database_url=url, data_keys=KEY, zoom_webhook_secrets="bench")
    return assemble(settings, Database(url, Vault.from_settings((KEY,))), SystemClock())


def migrate_at(url: str) -> None:
    """Make the tables."""
    db = Database(url, Vault.from_settings((KEY,)))
    migrate(db)
    db.close()


def furnish(rejoin: Rejoin, clients: int, slots: int) -> list[str]:
    """Everybody missed an hour and was offered the same times; returns the tokens of their links."""
    now = rejoin.clock.now().replace(minute=0, second=0, microsecond=0)
    begin, tokens = now + timedelta(days=3), []
    with rejoin.db.begin() as tx:
        for number in range(clients):
            code, old = f"C-{number:04}", f"R-{number:04}"
            people = (Participant(code, Role.CLIENT), Participant(CLINICIAN, Role.CLINICIAN))
            missed = Appointment(
                old, Kind.INDIVIDUAL, now - 2 * HOUR, now - HOUR, "80000000000", people, host_id="host"
            )
            later = HOUR / 2 if number % 2 else timedelta()
            offered = [Slot(begin + n * HOUR + later, begin + (n + 1) * HOUR + later, "Free.") for n in range(slots)]
            appointments.put(tx, missed, now)
            action = outbox.add_row(
                tx, key=f"reschedule/{old}/{code}", kind="reschedule", appointment_id=old, participant_id=code,
                because="", state=outbox.DONE, now=now,
            )  # fmt: skip
            offer, _ = offers.add(tx, action.key, old, code, CLINICIAN, now)
            expires_at = now + timedelta(days=7)
            values = {"state": offers.SENT, "slots": offers.written(offered), "expires_at": expires_at}
            offers.change(tx, offer.id, offer.version, now, **values)
            tokens.append(grants.issue(tx, rejoin, grants.ANSWER, action.key, old, code, expires_at, now, offer.id))
    return tokens


def rush(url: str, clients: int, slots: int, processes: int) -> Rush:
    """Let everybody pick at once, and look in the database what became of them."""
    rejoin = open_service(url)
    tokens = furnish(rejoin, clients, slots)
    context = multiprocessing.get_context("spawn")
    gate, told = context.Barrier(processes + 1), context.Queue()
    running = [
        context.Process(target=_crowd, args=(url, tokens[number::processes], number, gate, told), daemon=True)
        for number in range(processes)
    ]
    for process in running:
        process.start()
    gate.wait(PATIENCE_SECONDS)
    started = time.monotonic()
    said = [told.get(timeout=PATIENCE_SECONDS) for _ in running]
    seconds = time.monotonic() - started
    for process in running:
        process.join(PATIENCE_SECONDS)
    try:
        return _look(rejoin, clients, sum(said, Counter()), seconds)
    finally:
        rejoin.db.close()


def _crowd(url: str, tokens: list[str], seed: int, gate, told) -> None:
    """One process with its clients, who take turns at random."""
    rejoin, chance, said = open_service(url), random.Random(seed), Counter()
    waiting = list(tokens)
    gate.wait(PATIENCE_SECONDS)
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while waiting and time.monotonic() < give_up_at:
        token = waiting.pop(chance.randrange(len(waiting)))
        outcome = _tap(rejoin, token, chance)
        said[outcome] += 1
        if outcome in ("taken a moment ago", "busy"):
            waiting.append(token)
    rejoin.db.close()
    told.put(said)


def _tap(rejoin: Rejoin, token: str, chance: random.Random) -> str:
    """Open the page, tap one of the times that are left."""
    try:
        now = rejoin.clock.now()
        with rejoin.db.read() as tx:
            grant = grants.open_grant(tx, rejoin, token, grants.ANSWER, now)
            left = open_slots(tx, rejoin, offers.load(tx, grant.offer_id), now)
        if not left:
            return "none is left"
        with rejoin.db.begin() as tx:
            try:
                offering.pick(tx, rejoin, grant, chance.choice(left)[0], rejoin.clock.now())
            except Conflict:
                return "taken a moment ago"
        return "picked"
    except OperationalError:  # the page says that the service is busy, and the person taps again
        return "busy"


def _look(rejoin: Rejoin, clients: int, taps: Counter, seconds: float) -> Rush:
    now = rejoin.clock.now()
    with rejoin.db.read() as tx:
        rows = offers.listed(tx, (offers.SENT, offers.ACCEPTED))
        picked = sorted(
            (offers.slots_of(row)[row.chosen] for row in rows if row.state == offers.ACCEPTED),
            key=lambda slot: slot.starts_at,
        )
        turned_away = sum(bool(open_slots(tx, rejoin, row, now)) for row in rows if row.state == offers.SENT)
    _watch(rejoin)
    with rejoin.db.read() as tx:
        again = len(offers.listed(tx, (offers.PROPOSED,)))
    overlapping = sum(before.ends_at > after.starts_at for before, after in pairwise(picked))
    return Rush(clients, len(picked), taps["none is left"], again, overlapping, turned_away, taps, seconds)


def _watch(rejoin: Rejoin) -> None:
    """What the worker does at the next round: offers of which nothing is left go back to the coordinator."""
    now = rejoin.clock.now() + timedelta(seconds=1)
    with rejoin.db.begin() as tx:
        for row in offers.listed(tx, (offers.SENT,)):
            rejoin.queue.request(tx, WorkKind.OFFER, str(row.id), now)
    watch = OfferWatch(rejoin)
    while True:
        with rejoin.db.begin() as tx:
            claims = work.claim_due(tx, (WorkKind.OFFER,), now, now, limit=100)
        if not claims:
            return
        for claim in claims:
            watch.perform(claim)


def run(console: Console, clients: int, slots: int, processes: int = 6) -> bool:
    """Rush on both databases and print what became of everybody; whether the promise held."""
    table = Table(title=f"{clients} clients pick among {slots} times at once, from {processes} processes")
    headings = "database", "picked", "none is left", "lost", "given twice", "taken a moment ago", "busy", "seconds"
    for heading in headings:
        table.add_column(heading, justify="left" if heading == "database" else "right")
    held = True
    with tempfile.TemporaryDirectory(prefix="rejoin-rush-") as folder, engines(Path(folder)) as found:
        for name, make in found.items():
            url = make("rush")
            migrate_at(url)
            one = rush(url, clients, slots, processes)
            held &= one.holds
            lost = clients - one.accepted - one.waiting_again
            numbers = (one.accepted, one.told_none_is_left, lost, one.overlapping)
            again = (one.taps["taken a moment ago"], one.taps["busy"])
            table.add_row(name.rpartition(" ")[2], *map(str, (*numbers, *again)), f"{one.seconds:.1f}")
    console.print(table)
    return held
