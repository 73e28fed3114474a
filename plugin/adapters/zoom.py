"""Zoom's REST API through zoomus, with what zoomus 1.2.1 lacks.

zoomus fetches its token in the constructor without timeout or status check, never renews it, retries nothing, ignores
429 and encodes meeting UUIDs wrongly. The subclass here keeps its components and replaces how they call.
Sources: Zoom, "Server-to-Server OAuth", "Rate limits", "Meetings" REST reference; the source of zoomus.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

import requests
import zoomus
from zoomus.client import COMPONENT_CLASSES
from zoomus.util import API_VERSION_2, ApiClient

from config.settings import Settings
from plugin.ports.meeting import Meeting
from plugin.ports.outcome import Permanent, RemoteTrouble, Temporary

TIMEOUT = (3.05, 15)
"""Seconds to connect, and to wait for an answer."""
TRIES = 3
LONGEST_WAIT = timedelta(seconds=5)
"""A longer wish of Zoom's is not slept through here: the outbox comes back later."""
RENEW_BEFORE = 300
"""Seconds before its end at which a token is renewed (it lives an hour)."""
IN_THE_PATH = ("user_id", "id", "meeting_id")


def encode_uuid(uuid: str) -> str:
    """A meeting UUID as a path segment: encoded twice when it starts with "/" or holds "//", once otherwise."""
    once = quote(uuid, safe="")
    return quote(once, safe="") if uuid.startswith("/") or "//" in uuid else once


class ZoomRest(zoomus.ZoomClient):
    """zoomus with a token that has a timeout, a status check and a renewal, and calls that are retried if they may be.

    Building it never talks to the network. Raises Temporary or Permanent instead of returning a failed response.
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
            component.get_request = self.get_request
            component.post_request = self.post_request
            self.components[name] = component
        self._session = requests.Session()
        self._monotonic = monotonic
        self._sleep = sleep
        self._token_lock = threading.Lock()
        self._token_ends = 0.0

    def get_request(self, endpoint, params=None, headers=None):
        """GET, retried on 429 and 5xx by Retry-After."""
        return self._call("GET", endpoint, params=_without_path(params), may_repeat=True)

    def post_request(self, endpoint, params=None, data=None, headers=None, cookies=None):
        """POST, never repeated by itself: whoever calls it knows whether that is safe."""
        body = json.loads(data) if isinstance(data, str) else data
        return self._call("POST", endpoint, params=params, data=_without_path(body), may_repeat=False)

    def pages(self, fetch: Callable[..., requests.Response], field: str, **query):
        """Every item of a paged list: the same question again with `next_page_token` until it is empty."""
        token = ""
        while True:
            page = _json(fetch(**query, **({"next_page_token": token} if token else {})))
            yield from page.get(field) or ()
            token = page.get("next_page_token") or ""
            if not token:
                return

    def refresh_token(self) -> None:
        """Fetch a new token; raises Permanent when Zoom refuses the credentials."""
        form = {"grant_type": "account_credentials", "account_id": self.config["api_account_id"]}
        credentials = (self.config["client_id"], self.config["client_secret"])
        try:
            response = self._session.post(self.config["oauth_uri"], data=form, auth=credentials, timeout=TIMEOUT)
        except requests.RequestException as error:
            raise Temporary(f"Zoom's token service cannot be reached ({type(error).__name__})") from None
        if response.status_code == 429 or response.status_code >= 500:
            raise Temporary(f"Zoom's token service answered {response.status_code}", _retry_after(response))
        if response.status_code != 200:
            raise Permanent(
                f"Zoom refused the credentials ({response.status_code}): check REJOIN_ZOOM_ACCOUNT_ID, "
                "REJOIN_ZOOM_CLIENT_ID and REJOIN_ZOOM_CLIENT_SECRET, and that the app is activated"
            )
        answer = _json(response)
        token, lifetime = answer.get("access_token"), answer.get("expires_in", 3600)
        if not isinstance(token, str) or not token:
            raise Temporary("Zoom's token service gave no token")
        self.config["token"] = token
        self._token_ends = self._monotonic() + (lifetime if isinstance(lifetime, int) else 3600)

    def _authorization(self, refused: str | None = None) -> dict[str, str]:
        """The header with a token that holds; one thread renews it, the others wait for the new one."""
        with self._token_lock:
            old = self.config["token"]
            if old is None or old == refused or self._monotonic() > self._token_ends - RENEW_BEFORE:
                self.refresh_token()
            return {"Authorization": f"Bearer {self.config['token']}"}

    def _call(self, method: str, endpoint: str, *, params=None, data=None, may_repeat: bool) -> requests.Response:
        header = self._authorization()
        renewed = False
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES or not may_repeat
            try:
                response = self._session.request(
                    method, self.url_for(endpoint), params=params, json=data, headers=header, timeout=TIMEOUT
                )
            except requests.RequestException as error:
                if last:
                    raise Temporary(f"Zoom cannot be reached ({type(error).__name__})") from None
                self._sleep(attempt)
                continue
            if response.status_code == 401 and not renewed:
                renewed = True
                header = self._authorization(refused=header["Authorization"].removeprefix("Bearer "))
                response = self._session.request(
                    method, self.url_for(endpoint), params=params, json=data, headers=header, timeout=TIMEOUT
                )
            if response.status_code != 429 and response.status_code < 500:
                return _accepted(response)
            wish = _retry_after(response)
            if last or (wish or timedelta()) > LONGEST_WAIT:
                raise Temporary(f"Zoom answered {response.status_code}", wish)
            self._sleep((wish or timedelta(seconds=attempt)).total_seconds())
        raise AssertionError("every way through the loop returns or raises")


class ZoomMeetings:
    """Makes meetings at Zoom; each carries our key, so that a repetition finds it instead of making a second one."""

    def __init__(self, settings: Settings, rest: ZoomRest | None = None):
        self._settings = settings
        self._rest = rest or ZoomRest(settings)

    def book(self, key: str, host_id: str, starts_at: datetime, minutes: int, timezone: str) -> Meeting:
        """Make a meeting for this host, or find the one made with this key before; nothing in it is personal."""
        mark = f"rejoin:{hashlib.sha256(key.encode()).hexdigest()[:24]}"
        for known in self._rest.pages(
            self._rest.meeting.list, "meetings", user_id=quote(host_id, safe=""), type="upcoming", page_size=300
        ):
            if mark in str(known.get("agenda") or ""):
                return _meeting(known)
        made = self._rest.meeting.create(
            user_id=quote(host_id, safe=""),
            topic="Appointment",
            agenda=mark,
            type=2,
            start_time=starts_at.astimezone(UTC),
            duration=minutes,
            timezone=timezone,
            settings={"use_pmi": False, "registrants_email_notification": False},
        )
        return _meeting(_json(made))

    def check(self) -> None:
        """Ask for a token and for one user; raises Permanent with a sentence that names the setting to look at."""
        settings = self._settings
        missing = [
            name
            for name, value in (
                ("REJOIN_ZOOM_ACCOUNT_ID", settings.zoom_account_id),
                ("REJOIN_ZOOM_CLIENT_ID", settings.zoom_client_id),
                ("REJOIN_ZOOM_CLIENT_SECRET", settings.zoom_client_secret.get_secret_value()),
            )
            if not value
        ]
        if missing:
            raise Permanent(f"{', '.join(missing)} not set: no meeting can be made for a picked time")
        self._rest.user.list(page_size=1)


def _meeting(told: dict) -> Meeting:
    meeting_id, join_url = told.get("id"), told.get("join_url")
    if not meeting_id or not isinstance(join_url, str):
        raise Temporary("Zoom's answer about a meeting lacks its id or join_url")
    return Meeting(str(meeting_id), join_url)


def _accepted(response: requests.Response) -> requests.Response:
    if response.ok:
        return response
    raise Permanent(f"Zoom answered {response.status_code}: {_ADVICE.get(response.status_code, 'see the app in Zoom')}")


_ADVICE = {
    400: "a scope of the app may be missing (meeting:write:meeting:admin, user:read:list_users:admin)",
    401: "the app's credentials or scopes are not accepted",
    403: "the account's plan or the app's scopes do not allow it",
    404: "it knows no such user or meeting; check host_id in the roster",
}


def _without_path(values: dict | None) -> dict | None:
    """What belongs into the query or body: zoomus repeats there what stands in the path already."""
    return None if values is None else {k: v for k, v in values.items() if k not in IN_THE_PATH}


def _json(response: requests.Response) -> dict:
    try:
        answer = response.json()
    except requests.JSONDecodeError:
        raise Temporary("Zoom's answer is not JSON") from None
    if not isinstance(answer, dict):
        raise Temporary("Zoom's answer has an unexpected shape")
    return answer


def _retry_after(response: requests.Response) -> timedelta | None:
    """Zoom's wish, given as seconds, an HTTP date, or (daily limits) an ISO 8601 time."""
    text = response.headers.get("Retry-After", "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 86_400))
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(text)
        except ValueError:
            continue
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        served = response.headers.get("Date")
        now = parsedate_to_datetime(served) if served else None
        return max(at - now, timedelta()) if now else timedelta(minutes=15)
    return None


__all__ = ["RemoteTrouble", "ZoomMeetings", "ZoomRest", "encode_uuid"]
