"""The policies that verdicts were judged by, as they were written."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from plugin.core.policy import Policy
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert_once
from plugin.storage.tables import policy as table


def keep(tx: Transaction, policy: Policy, now: datetime) -> None:
    """Keep the text of a policy beside the first verdict that names its version."""
    values = {"version": policy.version, "text": policy.text, "first_used_at": now}
    tx.execute(insert_once(tx, table), values)


def text_of(tx: Transaction, version: str) -> str | None:
    """The text of the policy with this version, or None."""
    return tx.execute(select(table.c.text).where(table.c.version == version)).scalar()
