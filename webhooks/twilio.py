"""What Twilio reports: about messages at `POST /webhooks/twilio/status`, what people answer at `…/message`.

Sources: Twilio, "Webhooks security", "Track outbound message status", "Support for opt-out keywords".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

import structlog
from apiflask import APIBlueprint
from flask import Response, request

from plugin.service import feedback
from plugin.service.reaching import phone_number
from plugin.service.rejoin import Rejoin
from plugin.storage import dispatch as dispatches

log = structlog.get_logger(__name__)

# What Twilio itself obeys, and the same in Spanish. The whole text must be the word: "stop by" is an answer.
STOP = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"} | {"alto", "parar", "baja"}
)
START = frozenset({"start", "unstop"})
WRONG_NUMBER = {"30005": "unknown to its network", "30006": "a landline"}
SILENCE = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def twilio(rejoin: Rejoin) -> APIBlueprint:
    """Twilio's reports as a blueprint; without REJOIN_TWILIO_AUTH_TOKEN nothing is believed."""
    blueprint = APIBlueprint("twilio", __name__, enable_openapi=False)
    token = rejoin.settings.twilio_auth_token.get_secret_value()
    public = rejoin.settings.public_url.rstrip("/")

    @blueprint.before_request
    def prove() -> Response | None:
        query = request.query_string.decode("latin-1")
        url = f"{public}{request.path}" + (f"?{query}" if query else "")
        if token and is_signed(token, url, request.form, request.headers.get("X-Twilio-Signature", "")):
            return None
        log.warning("twilio-forged", because="signature" if token else "no REJOIN_TWILIO_AUTH_TOKEN")
        return Response(status=403)

    @blueprint.post("/webhooks/twilio/status")
    def status() -> Response:
        """What became of one message."""
        told, now = request.form, rejoin.clock.now()
        mark = request.args.get("m", "")
        dispatch_id = int(mark) if mark.isascii() and mark.isdigit() and len(mark) < 19 else 0
        with rejoin.db.begin() as tx:
            row = dispatches.load_number(tx, dispatch_id)
            became, sid = told.get("MessageStatus", ""), told.get("MessageSid", "")[:64]
            if row is not None and became == "delivered":
                feedback.arrived(tx, row.id, sid, now)
            elif row is not None and became in ("failed", "undelivered"):
                code = told.get("ErrorCode", "")[:8]
                why = WRONG_NUMBER.get(code) or (f"Twilio {code}" if code.isdigit() else became)
                feedback.could_not_be_delivered(tx, rejoin, row, sid, why, code in WRONG_NUMBER, now)
        rejoin.queue.wake()
        return Response(status=204)

    @blueprint.post("/webhooks/twilio/message")
    def message() -> Response:
        """What somebody answered; Twilio answers STOP and START by itself."""
        told, now = request.form, rejoin.clock.now()
        number = phone_number(told.get("From", "")[:40], rejoin.settings.phone_region)
        word = (told.get("OptOutType") or told.get("Body") or "").strip().rstrip(".!").casefold()
        if number:
            with rejoin.db.begin() as tx:
                if word in STOP or word in START:
                    feedback.stop_number(tx, number, word in STOP, now)
                elif word != "help":
                    feedback.answered(tx, number, told.get("MessageSid", "")[:64], now)
        return Response(SILENCE, mimetype="text/xml")

    return blueprint


def is_signed(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether the signature is Twilio's: HMAC-SHA1, with the auth token, of the address and the sorted form."""
    told = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    wanted = base64.b64encode(hmac.digest(token.encode(), told.encode(), hashlib.sha1))
    return hmac.compare_digest(wanted, signature.encode("utf-8", "replace"))
