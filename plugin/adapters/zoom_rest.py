"""Zoom's REST API through zoomus, with what zoomus 1.2.1 lacks.

zoomus fetches its token in the constructor without timeout or status check, never renews it, retries nothing, ignores
429, and leaves a meeting UUID with a single "/" in it as it is. The subclass here keeps its components and replaces how
they call. Sources: Zoom, "Server-to-Server OAuth", "OAuth error messages", "Rate limits", "Using Zoom APIs"; the source
of zoomus.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import requests
import zoomus
from zoomus.client import COMPONENT_CLASSES
from zoomus.util import API_VERSION_2, ApiClient

from config.settings import Settings
from plugin.adapters.retry_after import retry_after
from plugin.ports.outcome import Away, Permanent, Temporary

TIMEOUT = (3.05, 15)
"""Seconds to connect, and to wait for an answer."""
TRIES = 3
LONGEST_WAIT = timedelta(seconds=5)
"""A longer wish of Zoom's is not slept through here: the outbox comes back later."""
RENEW_BEFORE = 300
"""Seconds before its end at which a token is renewed (it lives an hour)."""
IN_THE_PATH = ("user_id", "id", "meeting_id")
REPEATABLE = ("GET", "PUT", "DELETE")
"""What may be sent twice; a POST that was lost may have been carried out, so whoever made it looks first."""
ADVICE = {
    400: "the app may lack a scope, see `rejoin check`",
    401: "the app's credentials are not accepted, or it was deactivated",
    403: "the account's plan or the app's scopes do not allow it",
    404: "it knows no such user or meeting; check host_id in the roster",
}
# What the token service calls the reason, and the settings to look at.
TOKEN_ADVICE = {
    "invalid_client": "check REJOIN_ZOOM_CLIENT_ID and REJOIN_ZOOM_CLIENT_SECRET, and that the app is activated",
    "invalid_request": "check REJOIN_ZOOM_ACCOUNT_ID",
    "unsupported_grant_type": "REJOIN_ZOOM_CLIENT_ID must belong to an app of the type Server-to-Server OAuth",
}
ANY_CREDENTIAL = "check REJOIN_ZOOM_ACCOUNT_ID, REJOIN_ZOOM_CLIENT_ID and REJOIN_ZOOM_CLIENT_SECRET"


class ZoomRefusal(Permanent):
    """Zoom refused a call for good; `code` is its own number for the reason beside the status, 0 when it gave none."""

    def __init__(self, status: int, code: int):
        number = f", code {code}" if code else ""
        super().__init__(f"Zoom answered {status}{number}: {ADVICE.get(status, 'see the app at Zoom')}")
        self.status, self.code = status, code


def encode_uuid(uuid: str) -> str:
    """A meeting UUID as a path segment: encoded twice when it starts with "/" or holds "//", once otherwise."""
    once = quote(uuid, safe="")
    return quote(once, safe="") if uuid.startswith("/") or "//" in uuid else once


class ZoomRest(zoomus.ZoomClient):
    """zoomus with a token that has a timeout, a status check and a renewal, and calls that are retried if they may be.

    Building it never talks to the network. Raises Temporary or Permanent instead of returning a failed response.
    Encode what goes into a path: a UUID with `encode_uuid`, a user id with `quote`.
    """

    def __init__(
        self,
        settings: Settings,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ):
        base_uri = settings.zoom_api_url
        ApiClient.__init__(self, base_uri=base_uri, timeout=TIMEOUT[1])  # not zoomus's own: that one asks for a token
        self.config = {
            "client_id": settings.zoom_client_id,
            "client_secret": settings.zoom_client_secret.get_secret_value(),
            "api_account_id": settings.zoom_account_id,
            "data_type": "json",
            "version": API_VERSION_2,
            "base_uri": base_uri,
            "oauth_uri": settings.zoom_oauth_url,
            "token": None,
        }
        self.components = {}
        for name, component_class in COMPONENT_CLASSES[API_VERSION_2].items():
            component = component_class(base_uri=base_uri, config=self.config)
            for verb in ("get", "post", "put", "patch", "delete"):
                setattr(component, f"{verb}_request", getattr(self, f"{verb}_request"))
            self.components[name] = component
        self.scopes: frozenset[str] = frozenset()
        self._session = requests.Session()
        self._monotonic = monotonic
        self._sleep = sleep
        self._token_lock = threading.Lock()
        self._renew_at = 0.0

    def get_request(self, endpoint, params=None, headers=None):
        """GET, retried on 429 and 5xx by Retry-After."""
        return self._call("GET", endpoint, params)

    def post_request(self, endpoint, params=None, data=None, headers=None, cookies=None):
        """POST, never repeated by itself."""
        return self._call("POST", endpoint, params, data)

    def patch_request(self, endpoint, params=None, data=None, headers=None, cookies=None):
        """PATCH, never repeated by itself."""
        return self._call("PATCH", endpoint, params, data)

    def put_request(self, endpoint, params=None, data=None, headers=None, cookies=None):
        """PUT, retried like GET."""
        return self._call("PUT", endpoint, params, data)

    def delete_request(self, endpoint, params=None, data=None, headers=None, cookies=None):
        """DELETE, retried like GET."""
        return self._call("DELETE", endpoint, params, data)

    def pages(self, fetch: Callable[..., requests.Response], field: str, **query) -> Iterator[dict]:
        """Every item of a paged list: the same question again with `next_page_token` until it is empty."""
        token, seen = "", set()
        while True:
            page = read_json(fetch(**query, **({"next_page_token": token} if token else {})))
            yield from page.get(field) or ()
            token = page.get("next_page_token") or ""
            if not token:
                return
            if token in seen:
                raise Temporary("Zoom's list turns in a circle")
            seen.add(token)

    def whole(self, fetch: Callable[..., requests.Response], field: str, **query) -> list[dict]:
        """Every item of a paged list that says how many there are; raises Temporary while some of them are missing."""
        totals = []

        def counted(**page) -> requests.Response:
            response = fetch(**page)
            totals.append(read_json(response).get("total_records"))
            return response

        items = list(self.pages(counted, field, **query))
        if totals[-1] != len(items):
            raise Temporary("Zoom's list is not whole yet")
        return items

    def refresh_token(self) -> None:
        """Fetch a new token; raises Permanent with the settings to look at when Zoom refuses the credentials."""
        form = {"grant_type": "account_credentials", "account_id": self.config["api_account_id"]}
        credentials = (self.config["client_id"], self.config["client_secret"])
        try:
            response = self._session.post(self.config["oauth_uri"], data=form, auth=credentials, timeout=TIMEOUT)
        except requests.RequestException as error:
            what = type(error).__name__
            raise Away(f"Zoom's token service cannot be reached ({what}): see REJOIN_ZOOM_OAUTH_URL") from None
        status = response.status_code
        if _may_pass(status):
            raise Temporary(f"Zoom's token service answered {status}", retry_after(response))
        if status != 200:
            advice = TOKEN_ADVICE.get(str(_said(response, "error")), ANY_CREDENTIAL)
            raise Permanent(f"Zoom gives no token ({status}): {advice}")
        answer = read_json(response)
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token:
            raise Temporary("Zoom's token service gave no token")
        lifetime = lifetime if isinstance(lifetime, int) else 3600
        self.config["token"] = token
        self.scopes = frozenset(str(answer.get("scope") or "").split())
        self._renew_at = self._monotonic() + lifetime - min(RENEW_BEFORE, lifetime / 2)

    def _token(self, refused: str | None = None) -> str:
        """A token that holds; one thread renews it, the others wait for the new one."""
        with self._token_lock:
            held = self.config["token"]
            if held is None or held == refused or self._monotonic() > self._renew_at:
                self.refresh_token()
            return self.config["token"]

    def _call(self, method: str, endpoint: str, params=None, data=None) -> requests.Response:
        body = _without_path(json.loads(data) if isinstance(data, str) else data)
        token, renewed, tries = self._token(), False, 0
        while True:
            tries, wish = tries + 1, None
            try:
                response = self._session.request(
                    method,
                    self.url_for(endpoint),
                    params=_without_path(params),
                    json=body,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=TIMEOUT,
                )
            except requests.RequestException as error:
                kind, trouble = Away, f"Zoom cannot be reached ({type(error).__name__}): see REJOIN_ZOOM_API_URL"
            else:
                if response.status_code == 401 and not renewed:
                    renewed, token, tries = True, self._token(refused=token), tries - 1
                    continue  # a call with a token that ended did nothing
                if not _may_pass(response.status_code):
                    return _accepted(response)
                kind, trouble = Temporary, f"Zoom answered {response.status_code}"
                wish = retry_after(response)
                wish = _until_tomorrow(response) if wish is None else wish
            wait = timedelta(seconds=tries) if wish is None else wish
            if tries == TRIES or method not in REPEATABLE or wait > LONGEST_WAIT:
                raise kind(trouble, wish)
            self._sleep(wait.total_seconds())


def read_json(response: requests.Response) -> dict:
    """The answer's JSON object; raises Temporary when it is something else, such as a proxy's page."""
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        raise Temporary("Zoom's answer is not JSON") from None
    if not isinstance(answer, dict):
        raise Temporary("Zoom's answer has an unexpected shape")
    return answer


def _accepted(response: requests.Response) -> requests.Response:
    if response.ok:
        return response
    code = _said(response, "code")
    raise ZoomRefusal(response.status_code, code if isinstance(code, int) else 0)


def _may_pass(status: int) -> bool:
    """Whether the same call may succeed later."""
    return status in (408, 425, 429) or status >= 500


def _until_tomorrow(response: requests.Response) -> timedelta | None:
    """How long a daily limit still holds that names no time: such limits end at midnight UTC."""
    if response.status_code != 429 or "daily" not in str(_said(response, "message")).casefold():
        return None
    try:
        there = parsedate_to_datetime(response.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return timedelta(hours=1)  # the remote's clock is not known: ask again now and then
    return timedelta(days=1) - timedelta(hours=there.hour, minutes=there.minute, seconds=there.second)


def _said(response: requests.Response, field: str) -> object:
    """One field of a refusal; never its message, which may quote an address."""
    try:
        told = response.json()
    except requests.JSONDecodeError:
        return None
    return told.get(field) if isinstance(told, dict) else None


def _without_path(values: dict | None) -> dict | None:
    """What belongs into the query or body: zoomus repeats there what stands in the path already."""
    return None if values is None else {k: v for k, v in values.items() if k not in IN_THE_PATH}
