"""Text messages by Twilio's Messages API.

Sources: Twilio, "Messages resource", "Error and warning dictionary", "Twilio support for opt-out keywords". Twilio has
no idempotency key. So what was tried before is looked for first, by recipient, sender and words, from the moment of
that try on.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, quote, urlsplit

import requests

from config.settings import Settings
from plugin.adapters.retry_after import retry_after
from plugin.ports.outcome import AddressRefused, Permanent, Stopped, Temporary
from plugin.ports.text import Text

TIMEOUT = (3.05, 12)
"""Seconds to connect, and to wait for an answer."""
SETTLES = timedelta(minutes=1)
"""How long a message that was taken may be missing from Twilio's list: after a lost answer nobody looks sooner."""
SLACK = timedelta(minutes=5)
"""By how much Twilio's clock and ours may differ when a message is looked for."""
PAGE, PAGES = 100, 5
CALLBACK = "/webhooks/twilio/status"
FAILED = ("failed", "undelivered", "canceled")
STOPPED = 21610
# What is wrong with the number itself, whoever asks.
ADDRESS = {
    21211: "no telephone number", 21214: "cannot be reached", 21217: "no telephone number", 21614: "no mobile number",
    30005: "unknown to its network", 30006: "a landline",
}  # fmt: skip
# What an operator must mend, and where.
SETTING = {
    20003: "check REJOIN_TWILIO_ACCOUNT_SID with REJOIN_TWILIO_AUTH_TOKEN, or with the API key",
    20404: "check REJOIN_TWILIO_ACCOUNT_SID",
    21212: "check REJOIN_TWILIO_FROM",
    21606: "the number of REJOIN_TWILIO_FROM cannot send text messages",
    21603: "check REJOIN_TWILIO_FROM",
    21608: "a trial account writes to verified numbers only",
    21408: "the account may not write to that country",
    21609: "REJOIN_PUBLIC_URL is no address that Twilio can reach",
    21703: "the messaging service of REJOIN_TWILIO_FROM has no number",
}


class TwilioTexts:
    """Sends text messages; building it asks nobody."""

    def __init__(self, settings: Settings):
        base, sid = settings.twilio_api_url.rstrip("/"), quote(settings.twilio_account_sid, safe="")
        self._account = f"{base}/2010-04-01/Accounts/{sid}"
        key, secret = settings.twilio_api_key, settings.twilio_api_secret.get_secret_value()
        token = settings.twilio_auth_token.get_secret_value()
        self._auth = (key, secret) if key else (settings.twilio_account_sid, token)
        self._from = settings.twilio_from
        self._callback = settings.public_url.rstrip("/") + CALLBACK
        self._session = requests.Session()

    def send(self, text: Text) -> str:
        """Send one message, or find the one that went before a crash; returns Twilio's SID of it.

        What Twilio took and could not deliver is not found: it is sent again.
        """
        if text.tried_at is not None and (found := self._find(text, text.tried_at)):
            return found
        sender = "MessagingServiceSid" if self._from.startswith("MG") else "From"
        form = {"To": text.to, sender: self._from, "Body": text.body}
        if self._callback.startswith("https://"):  # Twilio refuses an address that it cannot reach
            form["StatusCallback"] = f"{self._callback}?m={text.mark}"
        answer = self._call("POST", "/Messages.json", data=form)
        sid = answer.get("sid")
        if not isinstance(sid, str) or not sid:
            raise Temporary("Twilio's answer about a message lacks its sid", SETTLES)
        return sid

    def check(self) -> None:
        """Sign in and look at the account; nothing is sent. Raises Permanent with the setting to look at."""
        account = self._call("GET", ".json")
        if account.get("status") not in (None, "active"):
            raise Permanent("the account of REJOIN_TWILIO_ACCOUNT_SID is not active")

    def _find(self, text: Text, since: datetime) -> str | None:
        """The SID of a message with these words to this number that was made since then."""
        query: dict[str, object] = {"To": text.to, "PageSize": PAGE}
        if not self._from.startswith("MG"):
            query["From"] = self._from
        asked = query
        for _ in range(PAGES):
            page = self._call("GET", "/Messages.json", params=asked)
            for one in page.get("messages") or ():
                made_at = _moment(one.get("date_created"))
                if made_at is not None and made_at < since - SLACK:
                    return None  # the newest come first
                if one.get("body") == text.body and one.get("status") not in FAILED:
                    return str(one["sid"])
            following = page.get("next_page_uri")
            if not following:
                return None
            asked = dict(parse_qsl(urlsplit(str(following)).query))
        return None

    def _call(self, method: str, path: str, params: dict | None = None, data: dict | None = None) -> dict:
        lost = SETTLES if method == "POST" else None
        try:
            response = self._session.request(
                method, f"{self._account}{path}", params=params, data=data, auth=self._auth, timeout=TIMEOUT,
                allow_redirects=False,
            )  # fmt: skip
        except requests.RequestException as error:
            what = type(error).__name__
            raise Temporary(f"Twilio cannot be reached ({what}): see REJOIN_TWILIO_API_URL", lost) from None
        try:
            answer = response.json()
        except requests.JSONDecodeError:
            answer = None
        answer = answer if isinstance(answer, dict) else {}
        if 200 <= response.status_code < 300:
            if not answer:
                raise Temporary("Twilio's answer is not JSON", lost)
            return answer
        raise _refusal(response, answer.get("code"), lost)


def _refusal(response: requests.Response, code: object, lost: timedelta | None) -> Exception:
    """What a refusal means; never its message, which may quote a number."""
    status = response.status_code
    number = code if isinstance(code, int) else 0
    if status == 429 or number == 20429:
        return Temporary("Twilio is asked too often (429)", retry_after(response))
    if status >= 500 or status == 408:
        return Temporary(f"Twilio answered {status}", lost)
    told = f"Twilio answered {status}" + (f", code {number}" if number else "")
    if number == STOPPED:
        return Stopped(f"{told}: they stopped text messages", str(number))
    if number in ADDRESS:
        return AddressRefused(f"{told}: the number is {ADDRESS[number]}", ADDRESS[number])
    advice = SETTING.get(number) or SETTING.get({401: 20003, 403: 20003, 404: 20404}.get(status, 0))
    return Permanent(f"{told}: {advice}" if advice else told)


def _moment(text: object) -> datetime | None:
    """A time as Twilio writes it (RFC 2822); None when there is none."""
    try:
        return parsedate_to_datetime(text) if isinstance(text, str) else None
    except ValueError:
        return None
