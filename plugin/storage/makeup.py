"""Make-up material, and what was assigned of it; titles, texts, links, answers and files are sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, and_, select, update

from plugin.core.makeup import Attachment, MakeupState, MakeupStep, next_state
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert, insert_once
from plugin.storage.tables import makeup as table
from plugin.storage.tables import makeup_item as items


@dataclass(frozen=True, slots=True)
class Item:
    """One piece of material, opened; `link` and `text` may be blank, `file_bytes` is 0 without a file."""

    id: int
    code: str
    module: str
    minutes: int
    title: str
    text: str
    link: str
    file_name: str
    file_bytes: int
    version: int
    retired_at: datetime | None


def add_item(
    tx: Transaction, code: str, module: str, minutes: int, title: str, text: str, link: str, now: datetime,
    file: Attachment | None = None,
) -> int | None:  # fmt: skip
    """Write a new item; returns its number, or None when there is one with this code."""
    values = _written(tx, module, minutes, title, text, link, now, file)
    new = insert_once(tx, items, "code").returning(items.c.id)
    return tx.execute(new, {"code": code, "version": 1, "created_at": now, **values}).scalar()


def put_item(
    tx: Transaction, code: str, module: str, minutes: int, title: str, text: str, link: str, now: datetime
) -> None:
    """Write the item with this code as a file has it, new or changed; what was retired is back, and keeps its file."""
    values = _written(tx, module, minutes, title, text, link, now, None) | {"retired_at": None}
    put = insert(tx, items).values(code=code, version=1, created_at=now, **values)
    changed = values | {"version": items.c.version + 1}
    tx.execute(put.on_conflict_do_update(index_elements=[items.c.code], set_=changed))


def change_item(
    tx: Transaction, item_id: int, version: int, module: str, minutes: int, title: str, text: str, link: str,
    now: datetime, file: Attachment | None = None,
) -> bool:  # fmt: skip
    """Change an item by compare-and-set on the version that a person saw; False when somebody else was quicker.

    A file that is not given stays as it was, and what is retired stays retired.
    """
    values = _written(tx, module, minutes, title, text, link, now, file)
    mine = update(items).where(items.c.id == item_id, items.c.version == version)
    return bool(tx.execute(mine.values(version=version + 1, **values)).rowcount)


def _written(
    tx: Transaction, module: str, minutes: int, title: str, text: str, link: str, now: datetime, file: Attachment | None
) -> dict:
    return {
        "module": module, "minutes": minutes, "title_sealed": tx.vault.seal("makeup_item.title_sealed", title),
        "text_sealed": _seal(tx, "makeup_item.text_sealed", text),
        "link_sealed": _seal(tx, "makeup_item.link_sealed", link), "updated_at": now,
    } | _file(tx, "makeup_item", file)  # fmt: skip


def item(tx: Transaction, item_id: int) -> Item | None:
    """The item with this number, or None."""
    row = tx.execute(select(items).where(items.c.id == item_id)).first()
    return _item(tx, row) if row else None


def catalogue(tx: Transaction, retired: bool = False) -> list[Item]:
    """Every item, by module and code; retired ones only when asked for."""
    query = select(items).order_by(items.c.module, items.c.code)
    return [_item(tx, row) for row in tx.execute(query if retired else query.where(items.c.retired_at.is_(None)))]


def retire(tx: Transaction, item_id: int, at: datetime | None) -> bool:
    """Retire an item from now on, or with None bring it back; False when it stood like that already."""
    stands = items.c.retired_at.is_(None) if at else items.c.retired_at.is_not(None)
    values = {"retired_at": at, "version": items.c.version + 1}
    return bool(tx.execute(update(items).where(items.c.id == item_id, stands).values(**values)).rowcount)


def item_file(tx: Transaction, item_id: int) -> Attachment | None:
    """The file of an item, or None."""
    row = tx.execute(select(items).where(items.c.id == item_id)).first()
    return _attachment(tx, "makeup_item", row) if row else None


def assign(
    tx: Transaction, action_key: str, appointment_id: str, participant_id: str, item_id: int | None, minutes: int,
    note: str, due_at: datetime, now: datetime,
) -> None:  # fmt: skip
    """Write an assignment once; one that was withdrawn is assigned anew with these values."""
    values = {
        "item_id": item_id, "minutes": minutes, "note_sealed": _seal(tx, "makeup.note_sealed", note),
        "state": MakeupState.ASSIGNED.value, "due_at": due_at, "updated_at": now,
    }  # fmt: skip
    put = insert(tx, table).values(
        action_key=action_key, appointment_id=appointment_id, participant_id=participant_id, version=1, created_at=now,
        **values,
    )  # fmt: skip
    tx.execute(
        put.on_conflict_do_update(
            index_elements=[table.c.action_key],
            set_=values | {"version": table.c.version + 1},
            where=table.c.state == MakeupState.WITHDRAWN.value,
        )
    )


def load(tx: Transaction, makeup_id: int) -> Row | None:
    """The assignment with this number, or None."""
    return tx.execute(select(table).where(table.c.id == makeup_id)).first()


def by_action(tx: Transaction, action_key: str) -> Row | None:
    """The assignment that came of an action, or None."""
    return tx.execute(select(table).where(table.c.action_key == action_key)).first()


def of_person(tx: Transaction, appointment_id: str, participant_id: str) -> Row | None:
    """What was assigned to this person in place of this session, or None."""
    mine = (table.c.appointment_id == appointment_id, table.c.participant_id == participant_id)
    return tx.execute(select(table).where(*mine).order_by(table.c.id.desc()).limit(1)).first()


def of_appointments(tx: Transaction, appointment_ids: Collection[str]) -> Sequence[Row]:
    """Everything that was assigned in place of these sessions, without what was withdrawn."""
    if not appointment_ids:
        return []
    query = select(table).where(table.c.appointment_id.in_(list(appointment_ids)))
    return tx.execute(query.where(table.c.state != MakeupState.WITHDRAWN.value).order_by(table.c.id)).all()


def in_states(tx: Transaction, states: Sequence[str], limit: int = 200) -> Sequence[Row]:
    """The assignments in these states, whoever waits longest first."""
    query = select(table).where(table.c.state.in_(states)).order_by(table.c.updated_at, table.c.id)
    return tx.execute(query.limit(limit)).all()


def step(tx: Transaction, row: Row, what: MakeupStep, now: datetime, version: int | None = None, **values) -> bool:
    """Take an assignment one step on, by compare-and-set on the version that was read (or that a person saw).

    False when the step cannot happen in its state, or somebody else was quicker; then nothing is changed.
    """
    state, seen = next_state(row.state, what), row.version if version is None else version
    if state is None:
        return False
    query = update(table).where(table.c.id == row.id, table.c.version == seen)
    return bool(tx.execute(query.values(state=state.value, version=seen + 1, updated_at=now, **values)).rowcount)


def handed_in(tx: Transaction, answer: str, file: Attachment | None, now: datetime) -> dict:
    """What a hand-in writes into an assignment; it replaces what was handed in before."""
    none = {"file_sealed": None, "file_name_sealed": None, "file_kind": None, "file_bytes": None}
    sealed = {"answer_sealed": _seal(tx, "makeup.answer_sealed", answer), "handed_in_at": now}
    return sealed | none | _file(tx, "makeup", file)


def reviewed(tx: Transaction, note: str, login: str, now: datetime) -> dict:
    """What a review writes into an assignment."""
    return {"review_sealed": _seal(tx, "makeup.review_sealed", note), "reviewed_at": now, "reviewed_by": login}


def text_of(tx: Transaction, row: Row, column: str) -> str:
    """A sealed text of an assignment, opened: `note`, `answer`, `review` or `file_name`; "" when there is none."""
    sealed = row._mapping[f"{column}_sealed"]
    return tx.vault.open_text(f"makeup.{column}_sealed", sealed) if sealed else ""


def file_of(tx: Transaction, row: Row) -> Attachment | None:
    """The file that was handed in, or None."""
    return _attachment(tx, "makeup", row)


def accepted_minutes(tx: Transaction, from_at: datetime, until_at: datetime) -> Sequence[Row]:
    """Accepted make-up work that was handed in within this time: rows of participant, when, minutes."""
    within = and_(table.c.handed_in_at >= from_at, table.c.handed_in_at < until_at)
    query = select(table.c.participant_id, table.c.handed_in_at, table.c.minutes)
    return tx.execute(query.where(within, table.c.state == MakeupState.ACCEPTED.value).order_by(table.c.id)).all()


def _item(tx: Transaction, row: Row) -> Item:
    def opened(column: str) -> str:
        sealed = row._mapping[f"{column}_sealed"]
        return tx.vault.open_text(f"makeup_item.{column}_sealed", sealed) if sealed else ""

    return Item(
        row.id, row.code, row.module, row.minutes, opened("title"), opened("text"), opened("link"),
        opened("file_name"), row.file_bytes or 0, row.version, row.retired_at,
    )  # fmt: skip


def _seal(tx: Transaction, place: str, text: str) -> bytes | None:
    return tx.vault.seal(place, text) if text else None


def _file(tx: Transaction, name: str, file: Attachment | None) -> dict:
    if file is None:
        return {}
    return {
        "file_sealed": tx.vault.seal(f"{name}.file_sealed", file.content),
        "file_name_sealed": tx.vault.seal(f"{name}.file_name_sealed", file.name),
        "file_kind": file.kind,
        "file_bytes": len(file.content),
    }


def _attachment(tx: Transaction, name: str, row: Row) -> Attachment | None:
    if row.file_sealed is None:
        return None
    called = tx.vault.open_text(f"{name}.file_name_sealed", row.file_name_sealed)
    return Attachment(called, row.file_kind, tx.vault.open(f"{name}.file_sealed", row.file_sealed))
