"""The letters of the local mailbox, sealed."""

from __future__ import annotations

from datetime import datetime

from plugin.ports.mail import Letter
from plugin.storage.database import Transaction
from plugin.storage.insertion import insert
from plugin.storage.tables import message as table


def keep_once(tx: Transaction, letter: Letter, now: datetime) -> None:
    """Keep a letter; one with the same key stands already and stays as it is."""
    invitation = tx.vault.seal("message.invitation_sealed", letter.invitation) if letter.invitation else None
    tx.execute(
        insert(tx, table)
        .values(
            key=letter.key,
            appointment_id=letter.appointment_id,
            participant_id=letter.participant_id,
            to_sealed=tx.vault.seal("message.to_sealed", letter.to),
            subject=letter.subject,
            body_sealed=tx.vault.seal("message.body_sealed", letter.body),
            invitation_sealed=invitation,
            sent_at=now,
        )
        .on_conflict_do_nothing(index_elements=[table.c.key])
    )
