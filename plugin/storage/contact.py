"""What people want to get from us, and what is known of their addresses.

An address or number is kept here as a keyed fingerprint only (`Vault.fingerprints`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from plugin.core.message import Channel
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import address, contact

PLACE = "contact"


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person wants: the channel they would rather have, and the channels that they stopped."""

    channel: Channel | None = None
    stopped: frozenset[Channel] = frozenset()


@dataclass(frozen=True, slots=True)
class AddressState:
    """What is known of one address: its owner stopped us, or it does not work and what the remote calls the reason."""

    stopped: bool = False
    failure: str | None = None


def wish_of(tx: Transaction, participant_id: str) -> Wish:
    """What this person wants; nothing was said means everything, on the usual channel."""
    row = tx.execute(select(contact).where(contact.c.participant_id == participant_id)).first()
    if row is None:
        return Wish()
    stopped = {Channel.EMAIL: row.email_stopped_at, Channel.SMS: row.sms_stopped_at}
    return Wish(Channel(row.channel) if row.channel else None, frozenset(c for c, at in stopped.items() if at))


def wants(tx: Transaction, participant_id: str, channel: Channel, wanted: bool, now: datetime) -> None:
    """Stop a channel for this person, or take it up again."""
    _write(tx, participant_id, now, **{f"{channel.value}_stopped_at": None if wanted else now})


def prefers(tx: Transaction, participant_id: str, channel: Channel | None, now: datetime) -> None:
    """Write which channel this person would rather have; None: the usual one."""
    _write(tx, participant_id, now, channel=channel.value if channel else None)


def state_of(tx: Transaction, channel: Channel, text: str) -> AddressState:
    """What is known of an address or number, in its normal form."""
    marks = marks_of(tx, channel, text)
    rows = tx.execute(select(address).where(address.c.fingerprint.in_(marks))).all()
    failures = [row.failure for row in rows if row.failed_at]
    return AddressState(any(row.stopped_at for row in rows), failures[0] if failures else None)


def stop(tx: Transaction, channel: Channel, text: str, stopped: bool, now: datetime) -> None:
    """The owner of this address wants nothing from us, or takes that back."""
    for mark in marks_of(tx, channel, text):
        _mark(tx, mark, channel, now, stopped_at=now if stopped else None)


def fail(tx: Transaction, channel: Channel, text: str, failure: str, now: datetime) -> None:
    """This address does not work, for the reason that the remote gives."""
    _mark(tx, marks_of(tx, channel, text)[0], channel, now, failed_at=now, failure=failure)


def fail_mark(tx: Transaction, channel: Channel, mark: str, failure: str, now: datetime) -> None:
    """The same for an address of which only the fingerprint is at hand."""
    _mark(tx, mark, channel, now, failed_at=now, failure=failure)


def marks_of(tx: Transaction, channel: Channel, text: str) -> Sequence[str]:
    """The fingerprints of an address or number, case aside; the first one is for writing."""
    return tx.vault.fingerprints(f"{PLACE}/{channel.value}", text.casefold())


def _write(tx: Transaction, participant_id: str, now: datetime, **values) -> None:
    values |= {"updated_at": now}
    tx.execute(
        insert(tx, contact)
        .values(participant_id=participant_id, **values)
        .on_conflict_do_update(index_elements=[contact.c.participant_id], set_=values)
    )


def _mark(tx: Transaction, mark: str, channel: Channel, now: datetime, **values) -> None:
    values |= {"updated_at": now}
    tx.execute(
        insert(tx, address)
        .values(fingerprint=mark, channel=channel.value, **values)
        .on_conflict_do_update(index_elements=[address.c.fingerprint], set_=values)
    )
