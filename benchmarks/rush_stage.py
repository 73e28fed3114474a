"""What a rush finds and what it leaves: everybody with the same offer in their hands, and what became of it."""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import update

from config.settings import Settings
from plugin.adapters.clock import SystemClock
from plugin.composition import assemble
from plugin.core.appointment import Appointment, Kind, Participant, Role
from plugin.core.slot import Slot
from plugin.ports.queue import WorkKind
from plugin.service import grants
from plugin.service.availability import open_slots
from plugin.service.offer_watch import OfferWatch
from plugin.service.rejoin import Rejoin
from plugin.storage import action as outbox
from plugin.storage import appointment as appointments
from plugin.storage import offer as offers
from plugin.storage import work
from plugin.storage.database import Database
from plugin.storage.encryption import Vault
from plugin.storage.migration import migrate
from plugin.storage.tables import appointment, booked_slot, seat

KEY = "bench:" + base64.b64encode(bytes(32)).decode()
CLINICIAN = Participant("S-RUSH", Role.CLINICIAN)
HOST = "host"
HOUR = timedelta(hours=1)
SEATS = 5
"""Free seats in each group: the policy has room for eight, three are in it."""


@dataclass(frozen=True)
class Ending:
    """What stands in the database afterwards."""

    accepted: int
    waiting_again: int
    """Offers that are back at a coordinator's desk."""
    beyond: int
    """Times that were given twice, or seats beyond the room."""
    turned_away: int
    """Clients whose offer still waits although something of it is left."""


def open_service(url: str) -> Rejoin:
    """The service on this database, as one process has it."""
    settings = Settings(_env_file=None, database_url=url, data_keys=KEY, zoom_webhook_secrets="bench")
    return assemble(settings, Database(url, Vault.from_settings((KEY,))), SystemClock())


def migrate_at(url: str) -> None:
    """Make the tables."""
    db = Database(url, Vault.from_settings((KEY,)))
    migrate(db)
    db.close()


def offer_times(rejoin: Rejoin, clients: int, slots: int) -> list[str]:
    """Everybody missed an hour with one clinician and was offered the same times; returns the tokens of their links.

    Every second of them was offered times half an hour later, so that times overlap without being equal.
    """
    now = _hour(rejoin)
    offered = [
        [Slot(at, at + HOUR, "Free.") for at in (now + timedelta(days=3) + n * HOUR + later for n in range(slots))]
        for later in (timedelta(), HOUR / 2)
    ]
    return [_missed(rejoin, number, now, Kind.INDIVIDUAL, offered[number % 2]) for number in range(clients)]


def offer_seats(rejoin: Rejoin, clients: int, slots: int) -> list[str]:
    """Everybody missed a group and was offered a seat in each of the same others; returns the tokens of their links."""
    now = _hour(rejoin)
    groups = [Slot(at, at + HOUR, "Free.", f"G-{n}") for n, at in _hours(now, slots // SEATS)]
    members = tuple(Participant(f"M-{n}", Role.CLIENT) for n in range(rejoin.policy.seats["group"] - SEATS))
    with rejoin.db.begin() as tx:
        for one in groups:
            people, number = (*members, CLINICIAN), f"8100000{one.appointment_id[2:]:0>4}"
            group = Appointment(
                one.appointment_id, Kind.GROUP, one.starts_at, one.ends_at, number, people,
                timezone=rejoin.settings.timezone,
            )  # fmt: skip
            appointments.put(tx, group, now)
    return [_missed(rejoin, number, now, Kind.GROUP, groups) for number in range(clients)]


def _hours(now: datetime, count: int) -> list[tuple[int, datetime]]:
    return [(n, now + timedelta(days=3) + n * HOUR) for n in range(count)]


def _hour(rejoin: Rejoin) -> datetime:
    return rejoin.clock.now().replace(minute=0, second=0, microsecond=0)


def _missed(rejoin: Rejoin, number: int, now: datetime, kind: Kind, offered: list[Slot]) -> str:
    """One client who missed an hour and has an offer in their hands; returns the token of its link."""
    code, old, seats = f"C-{number:04}", f"R-{number:04}", kind is Kind.GROUP
    people = (Participant(code, Role.CLIENT, email=f"{code}@example.org"), CLINICIAN)
    begin = now - timedelta(days=10)
    zone, meeting_id = rejoin.settings.timezone, f"8000000{number:04}"
    missed = Appointment(old, kind, begin, begin + HOUR, meeting_id, people, host_id=HOST, timezone=zone)
    with rejoin.db.begin() as tx:
        appointments.put(tx, missed, now)
        # What was received of it is gone, so that a worker does not judge it anew and take the offer back.
        tx.execute(update(appointment).where(appointment.c.appointment_id == old).values(pruned_at=now))
        what = "makeup" if seats else "reschedule"
        action = outbox.add_row(
            tx, key=f"{what}/{old}/{code}", kind=what, appointment_id=old, participant_id=code, because="",
            state=outbox.DONE, now=now,
        )  # fmt: skip
        offer, _ = offers.add(tx, action.key, old, code, "" if seats else CLINICIAN.participant_id, now, seats)
        expires_at = now + timedelta(days=7)
        values = {"state": offers.SENT, "slots": offers.written(offered), "expires_at": expires_at}
        offers.change(tx, offer.id, offer.version, now, **values)
        return grants.issue(tx, rejoin, grants.ANSWER, action.key, old, code, expires_at, now, offer.id)


def ending(rejoin: Rejoin) -> Ending:
    """Look in the database what became of everybody, and let the worker have its next round."""
    now = rejoin.clock.now()
    with rejoin.db.read() as tx:
        rows = offers.listed(tx, (offers.SENT, offers.ACCEPTED))
        picked = [offers.slots_of(row)[row.chosen] for row in rows if row.state == offers.ACCEPTED]
        turned_away = sum(bool(open_slots(tx, rejoin, row, now)) for row in rows if row.state == offers.SENT)
        kept = len(tx.execute(seat.select()).all()) + len(
            set(tx.execute(booked_slot.select().with_only_columns(booked_slot.c.offer_id)).scalars())
        )
    in_groups = Counter(slot.appointment_id for slot in picked if slot.appointment_id)
    alone = sorted((slot for slot in picked if not slot.appointment_id), key=lambda slot: slot.starts_at)
    beyond = sum(before.ends_at > after.starts_at for before, after in pairwise(alone))
    beyond += sum(max(0, many - SEATS) for many in in_groups.values())
    assert kept >= len(picked), "somebody who picked holds nothing"
    _let_the_worker_look(rejoin)
    with rejoin.db.read() as tx:
        again = len(offers.listed(tx, (offers.PROPOSED,)))
    return Ending(len(picked), again, beyond, turned_away)


def _let_the_worker_look(rejoin: Rejoin) -> None:
    """What the worker does at the next round: offers of which nothing is left go back to the coordinator.

    Nothing counts as leased any more to a worker that was stopped.
    """
    now = rejoin.clock.now() + timedelta(seconds=1)
    with rejoin.db.begin() as tx:
        for row in offers.listed(tx, (offers.SENT,)):
            rejoin.queue.request(tx, WorkKind.OFFER, str(row.id), now)
    watch = OfferWatch(rejoin)
    while True:
        with rejoin.db.begin() as tx:
            claims = work.claim_due(tx, (WorkKind.OFFER,), now, now + HOUR, limit=100)
        if not claims:
            return
        for claim in claims:
            watch.perform(claim)
