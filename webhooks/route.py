"""`POST /webhooks/zoom` as a route of Flask: the receiver's door under any WSGI server.

`rejoin serve` answers deliveries at `door` before they come here; what is decided is the same.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from webhooks.inbox import Inbox, NotStored
from webhooks.receiver import Answer, Given, Receiver, plausible_id

PATH = "/webhooks/zoom"
_OF_ZOOM = ("x-zm-request-timestamp", "x-zm-request-id", "x-zm-trackingid")


def route(receiver: Receiver, inbox: Inbox) -> Blueprint:
    """The door as a blueprint; a slash at the end is no redirect."""
    blueprint = Blueprint("receiver", __name__)

    @blueprint.post(PATH, strict_slashes=False)
    def receive() -> Response:
        """Take one delivery: size, proof, inbox; then 204."""
        answer = _take(receiver, inbox)
        response = Response(answer.body, answer.status, content_type="application/json" if answer.body else None)
        return response

    return blueprint


def _take(receiver: Receiver, inbox: Inbox) -> Answer:
    told = request.headers
    given = Given(
        told.get("x-zm-signature"),
        told.get("x-zm-request-timestamp"),
        plausible_id(told.get("x-zm-request-id")),
        any(name in told for name in _OF_ZOOM),
    )
    try:
        raw = _read(receiver.largest)
    except RequestEntityTooLarge:
        return receiver.done("too-large", given)
    except (ClientDisconnected, OSError):
        return receiver.done("cut-off", given)
    answer = receiver.examine(raw, given)
    if answer is not None:
        return answer
    try:
        return receiver.stored(inbox.put(raw, given.request_id), (given,))
    except NotStored as trouble:
        return receiver.done("not-stored", given, because=str(trouble))


def _read(most: int) -> bytes:
    """The raw body, never more than a byte above `most` of it in memory; raises RequestEntityTooLarge."""
    if request.content_length is not None and request.content_length > most:
        raise RequestEntityTooLarge
    # Without a Content-Length werkzeug cuts the body off at its limit and says nothing: hence the one byte more.
    request.max_content_length = most + 1
    raw = request.get_data(cache=False)
    if len(raw) > most:
        raise RequestEntityTooLarge
    return raw
