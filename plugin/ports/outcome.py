"""How a call to a remote can fail: an adapter says whether a retry can help, one stage owns the waiting."""

from __future__ import annotations

from datetime import timedelta


class RemoteTrouble(Exception):
    """A remote did not do what it was asked; the message names the remote and the status, nothing personal."""


class Temporary(RemoteTrouble):
    """Trying again later may help; `retry_after` is what the remote asked for, if it did."""

    def __init__(self, message: str, retry_after: timedelta | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class Away(Temporary):
    """The remote as a whole is away, or asks everybody to wait: nothing else would get through to it now either."""


class Permanent(RemoteTrouble):
    """Trying again cannot help: a person must look (wrong setting, refused address, no such host)."""


class AddressRefused(Permanent):
    """This address or number does not work, however often it is tried; `code` is what the remote calls the reason."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code


class Stopped(AddressRefused):
    """Whoever owns this number told the telephone company that they want nothing from us."""
