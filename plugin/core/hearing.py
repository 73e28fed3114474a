"""When accounts were heard: what one account says proves nothing of another's feed."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

_Moments = array
"""Seconds since 1970."""


class Hearing:
    """The moments at which each account was heard, in seconds since 1970; "" is an account that was not named.

    Asked about an account, what names none counts too; asked about "", everything does.
    """

    def __init__(self) -> None:
        self._by_account: dict[str, _Moments] = {}
        self._all: _Moments | None = None

    def add(self, moments: Iterable[float], account_id: str = "") -> None:
        """Take in when an account was heard."""
        self._by_account.setdefault(account_id, array("d")).extend(moments)
        self._all = None

    def settle(self) -> None:
        """Put in order what was heard, once for all who will ask."""
        if self._all is None:
            settled = {account: array("d", sorted(set(heard))) for account, heard in self._by_account.items()}
            self._by_account = settled
            lists = list(settled.values())
            self._all = lists[0] if len(lists) == 1 else array("d", sorted(set().union(*lists)))

    def all(self) -> Sequence[float]:
        """Every moment at which anything was heard, sorted."""
        self.settle()
        return self._all or ()

    def between(self, begin: float, end: float, account_id: str = "") -> bool:
        """Whether an account was heard at all between two moments, both included."""
        return any(bisect_right(heard, end) > bisect_left(heard, begin) for heard in self._of(account_id))

    def after(self, moment: float, account_id: str = "") -> float | None:
        """When an account was heard first after a moment, None when it was not."""
        found = [heard[place] for heard in self._of(account_id) if (place := bisect_right(heard, moment)) < len(heard)]
        return min(found, default=None)

    def _of(self, account_id: str) -> Iterator[Sequence[float]]:
        everything = self.all()
        if not account_id:
            yield everything
            return
        for account in (account_id, ""):
            yield self._by_account.get(account, ())
