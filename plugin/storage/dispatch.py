"""Messages on their way: one row for each message and channel. States: `plugin.core.message.MessageState`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Row, func, select, update

from plugin.core.message import COUNTED, Channel, MessageState
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import dispatch as table

FINISHED = (MessageState.SENT, MessageState.DELIVERED)


def in_turn(tx: Transaction, participant_id: str) -> None:
    """Let messages to one person be admitted one after the other, until the transaction ends.

    Two workers that count at the same time would each find room for one more. On SQLite every write waits for the one
    before it anyway.
    """
    if tx.is_postgresql:
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"message/{participant_id}", 0))))


def load(tx: Transaction, key: str, channel: Channel) -> Row | None:
    """This message on this channel, or None."""
    return tx.execute(select(table).where(table.c.key == key, table.c.channel == channel.value)).first()


def of_message(tx: Transaction, key: str) -> Sequence[Row]:
    """Every channel that this message was tried on, in the order in which it was."""
    return tx.execute(select(table).where(table.c.key == key).order_by(table.c.id)).all()


def of_appointment(tx: Transaction, appointment_id: str) -> Sequence[Row]:
    """Every message about one appointment, the oldest first."""
    return tx.execute(select(table).where(table.c.appointment_id == appointment_id).order_by(table.c.id)).all()


def put(tx: Transaction, key: str, channel: Channel, state: MessageState, now: datetime, **values) -> None:
    """Write how a message stands on a channel; `values` are further columns, all of them needed the first time."""
    values |= {"state": state.value, "updated_at": now}
    tx.execute(
        insert(tx, table)
        .values(key=key, channel=channel.value, created_at=now, **values)
        .on_conflict_do_update(index_elements=[table.c.key, table.c.channel], set_=values)
    )


def move(
    tx: Transaction,
    dispatch_id: int,
    from_states: Collection[MessageState],
    state: MessageState,
    now: datetime,
    **values,
) -> bool:
    """Change the state by compare-and-set; False when it is in none of `from_states` any more."""
    return bool(
        tx.execute(
            update(table)
            .where(table.c.id == dispatch_id, table.c.state.in_([one.value for one in from_states]))
            .values(state=state.value, updated_at=now, **values)
        ).rowcount
    )


def withdraw(tx: Transaction, action_id: int, now: datetime) -> None:
    """What waits because of this action does not go any more."""
    tx.execute(
        update(table)
        .where(table.c.action_id == action_id, table.c.state == MessageState.WAITING)
        .values(state=MessageState.WITHDRAWN.value, due_at=None, updated_at=now)
    )


def count(tx: Transaction, participant_id: str, from_at: datetime, until_at: datetime, besides: str = "") -> int:
    """How many messages may have reached a person in this time, apart from the one with the key `besides`."""
    counted = select(func.count(func.distinct(table.c.key))).where(
        table.c.participant_id == participant_id,
        table.c.key != besides,
        table.c.counts_at >= from_at,
        table.c.counts_at < until_at,
        table.c.state.in_([one.value for one in COUNTED]),
    )
    return tx.execute(counted).scalar_one()


def went(tx: Transaction, action_id: int) -> bool:
    """Whether a message of this action may have reached somebody."""
    query = select(table.c.id).where(table.c.action_id == action_id, table.c.state.in_([one.value for one in COUNTED]))
    return tx.execute(query.limit(1)).first() is not None


def by_reference(tx: Transaction, reference: str) -> Row | None:
    """The message that the channel knows by this reference, or None."""
    return tx.execute(select(table).where(table.c.reference == reference)).first()


def people_at(tx: Transaction, fingerprints: Collection[str]) -> list[str]:
    """The codes of those who were written to at this address, the last one first."""
    rows = tx.execute(
        select(table.c.participant_id)
        .where(table.c.address.in_(fingerprints))
        .group_by(table.c.participant_id)
        .order_by(func.max(table.c.id).desc())
    )
    return [row.participant_id for row in rows]


def last_at(tx: Transaction, fingerprints: Collection[str]) -> Row | None:
    """The newest message to this address, or None."""
    query = select(table).where(table.c.address.in_(fingerprints)).order_by(table.c.id.desc()).limit(1)
    return tx.execute(query).first()


def load_number(tx: Transaction, dispatch_id: int) -> Row | None:
    """The message with this number, or None."""
    return tx.execute(select(table).where(table.c.id == dispatch_id)).first()
