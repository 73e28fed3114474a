"""Whether what is stored can still be opened with the keys that are set."""

from __future__ import annotations

from sqlalchemy import select

from plugin.storage.database import Transaction
from plugin.storage.encryption import Unopenable
from plugin.storage.tables import metadata


def unopenable(tx: Transaction) -> tuple[str, ...]:
    """A sentence for each sealed column whose first or last value does not open.

    The first one tells whether a key was taken away that is still needed, the last one whether another service
    seals with a key that is not known here.
    """
    sentences = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if not column.name.endswith("_sealed"):
                continue
            keys = list(table.primary_key)
            for order in (keys, [key.desc() for key in keys]):
                sealed = tx.execute(select(column).where(column.is_not(None)).order_by(*order).limit(1)).scalar()
                try:
                    if sealed is not None:
                        tx.vault.open(f"{table.name}.{column.name}", sealed)
                except Unopenable as problem:
                    sentences.append(str(problem))
    return tuple(dict.fromkeys(sentences))
