"""One call to a help desk over HTTP: bounded in time and size, and its failures in words that name the setting.

What the remote writes into an answer never reaches an exception: it may quote what somebody typed there.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta

import requests
import structlog
from requests.auth import HTTPBasicAuth

from plugin.adapters.retry_after import retry_after
from plugin.ports.outcome import Away, Permanent, Temporary

log = structlog.get_logger(__name__)

TIMEOUT = (3.05, 8)
"""Seconds to connect, and to wait for a part of an answer."""
LONGEST_SECONDS = 12.0
"""No call takes longer: four of them must fit into the lease of one piece of work."""
LARGEST_ANSWER = 4 * 2**20
URL, USER, TOKEN, QUEUE, CODE = (f"REJOIN_HELPDESK_{name}" for name in ("URL", "USER", "TOKEN", "QUEUE", "CODE"))
TAGS = "tags"
"""Stands in REJOIN_HELPDESK_CODE for the tags (labels) of a ticket."""

Sign = Callable[[requests.PreparedRequest], requests.PreparedRequest]


class DeskRefusal(Permanent):
    """The desk refused a call for good; `status` is its HTTP status."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


def by_header(value: str) -> Sign:
    """Sign calls with this `Authorization` header."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = value
        return request

    return sign


def by_password(user: str, password: str) -> Sign:
    """Sign calls with a user and a password or token."""
    return HTTPBasicAuth(user.encode(), password.encode())


class DeskRest:
    """The REST API of one help desk: `name` as people call it, `credentials` the settings that hold them.

    `may` says what their account must be able to do. An answer that is a list is returned as `items`.
    """

    def __init__(self, name: str, base: str, sign: Sign, credentials: str, may: str):
        self.name = name
        self._base = base.rstrip("/")
        self._sign = sign
        self._credentials = credentials
        self._may = may

    def get(self, path: str, **query: object) -> dict:
        """Ask for something."""
        return self._call("GET", path, query, None, None)

    def post(self, path: str, body: object, headers: dict | None = None, settles: timedelta | None = None) -> dict:
        """Make something; after a lost answer it is not looked for until the desk's search `settles`."""
        return self._call("POST", path, {}, body, settles, headers)

    def put(self, path: str, body: object) -> dict:
        """Change something."""
        return self._call("PUT", path, {}, body, None)

    def _call(
        self, method: str, path: str, query: dict, body: object, settles: timedelta | None, headers: dict | None = None
    ) -> dict:
        began = time.monotonic()
        try:
            with requests.request(
                method,
                f"{self._base}{path}",
                params=query,
                json=body,
                headers={"Accept": "application/json", "User-Agent": "rejoin", **(headers or {})},
                auth=self._sign,
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as response:
                log.info("desk-called", desk=self.name, method=method, status=response.status_code)
                self._accept(response, settles)
                said = self._read(response, began, settles)
        except requests.exceptions.SSLError:
            raise Away(f"{self.name}'s certificate is not trusted: see {URL}", settles) from None
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema):
            raise Permanent(f"{URL} is no web address of {self.name}") from None
        except requests.RequestException as error:
            what = type(error).__name__
            raise Away(f"{self.name} cannot be reached ({what}): see {URL}", settles) from None
        try:
            answer = json.loads(said) if said.strip() else {}
        except (ValueError, RecursionError):
            raise Temporary(f"{self.name}'s answer is not JSON: see {URL}", settles) from None
        if isinstance(answer, list):
            return {"items": answer}
        if not isinstance(answer, dict):
            raise Temporary(f"{self.name}'s answer has an unexpected shape: see {URL}", settles)
        return answer

    def _accept(self, response: requests.Response, settles: timedelta | None) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        told = f"{self.name} answered {status}"
        if status in (408, 409, 425, 429) or status >= 500:
            wish = retry_after(response)
            lost = settles if status != 429 else None
            kind = Away if status in (429, 502, 503, 504) else Temporary
            raise kind(told, max(filter(None, (wish, lost)), default=None))
        if 300 <= status < 400:
            raise DeskRefusal(f"{told}, which sends us elsewhere: check {URL}", status)
        advice = {
            401: f"check {self._credentials}",
            403: f"the account of {self._credentials} may not do this; it must be able to {self._may}",
            404: f"there is no such thing there; check {URL}",
        }
        raise DeskRefusal(f"{told}: {advice.get(status, 'it does not understand what it was asked')}", status)

    def _read(self, response: requests.Response, began: float, settles: timedelta | None) -> bytes:
        said = bytearray()
        for part in response.iter_content(65536):
            said += part
            if len(said) > LARGEST_ANSWER or time.monotonic() - began > LONGEST_SECONDS:
                raise Temporary(f"{self.name}'s answer does not end: see {URL}", settles)
        return bytes(said)


def said_in(value: object) -> tuple[str, ...]:
    """The words in the value of a field, whatever shape it has: a word, a choice (`value` or `name`), several."""
    if isinstance(value, list):
        return tuple(word for one in value for word in said_in(one))
    if isinstance(value, dict):
        return said_in(value.get("value") or value.get("name"))
    return (str(value),) if value not in (None, "", False, True) else ()


def number_of(reference: str, name: str) -> int:
    """A reference of a desk that counts its tickets; raises Permanent for one that another desk gave."""
    if not (reference.isascii() and reference.isdigit()):
        raise Permanent(f"{name} gave no such ticket number; it is of another help desk")
    return int(reference)
