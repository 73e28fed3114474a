"""Request Tracker 5 (also 4.4 with the REST2 extension) over its REST2 API.

A ticket is found again by its code (`plugin/adapters/ticket_text.py`): in the custom field "Rejoin key" when the queue
has one, otherwise at the end of the subject, so that nobody at the customer's has to set anything up. Both are looked
for in one TicketSQL search, which reads the database and therefore sees what was made a moment ago.

Notes are comments, which RT keeps from requestors; a ticket has no requestor. Closing sets `resolved`, reopening
`open`; which other statuses of a lifecycle mean "done" RT says itself (`__Active__`).
Source: RT 5, "REST 2.0 API" (RT::REST2), "TicketSQL".
"""

from __future__ import annotations

from urllib.parse import quote

from config.settings import Settings
from plugin.adapters.desk_rest import (
    CODE,
    QUEUE,
    TOKEN,
    URL,
    USER,
    DeskRefusal,
    DeskRest,
    by_header,
    by_password,
    number_of,
    said_in,
)
from plugin.adapters.ticket_text import body_of, code_of
from plugin.ports.helpdesk import TicketDraft, TicketState
from plugin.ports.outcome import Permanent

KEY_FIELD = "Rejoin key"
MAY = "see the queue, create, show, comment on and modify tickets, and show comments"
RECENT = 20
"""So many entries of a ticket's history are looked through for its last comment."""
CLOSED, REOPENED = "resolved", "open"


class RequestTracker:
    """Opens tickets in a queue of Request Tracker; the reference is the ticket's number.

    With REJOIN_HELPDESK_USER the token is that user's password, otherwise an RT authentication token.
    """

    desk, name = "request-tracker", "Request Tracker"

    def __init__(self, settings: Settings):
        secret, user = settings.helpdesk_token.get_secret_value(), settings.helpdesk_user
        sign = by_password(user, secret) if user else by_header(f"token {secret}")
        credentials = f"{USER} and {TOKEN}" if user else TOKEN
        self._queue, self._code = settings.helpdesk_queue, settings.helpdesk_code
        self._rest = DeskRest(self.name, f"{settings.helpdesk_url.rstrip('/')}/REST/2.0", sign, credentials, MAY)

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the ticket, or find the one already opened with this key."""
        code = code_of(draft.key)
        found = self._search(f"'CF.{{{KEY_FIELD}}}' = '{code}' OR Subject LIKE '{code}'")
        if found:
            return min(found, key=int)
        values = {"Queue": self._queue, "Content": body_of(draft), "ContentType": "text/plain"}
        if KEY_FIELD in self._fields_of_queue():
            values |= {"Subject": draft.summary, "CustomFields": {KEY_FIELD: code}}
        else:
            values |= {"Subject": f"{draft.summary} [{code}]"}
        return str(self._rest.post("/ticket", values)["id"])

    def add_note(self, reference: str, text: str) -> None:
        """Comment on the ticket."""
        self._standing(reference)
        self._comment(reference, text)

    def close(self, reference: str, text: str) -> None:
        """Comment on the ticket and set it to `resolved`."""
        self._turn(reference, text, CLOSED, TicketState.RESOLVED)

    def reopen(self, reference: str, text: str) -> None:
        """Comment on the ticket and set it to `open`."""
        self._turn(reference, text, REOPENED, TicketState.OPEN)

    def state(self, reference: str) -> TicketState:
        """Whether its status is an active one of its lifecycle; deleted tickets are never found."""
        number = number_of(reference, self.name)
        if self._search(f"id = {number} AND Status = '__Active__'"):
            return TicketState.OPEN
        try:
            said = self._rest.get(f"/ticket/{number}")
        except DeskRefusal as refusal:
            if refusal.status == 404:
                return TicketState.GONE
            raise
        return TicketState.GONE if said.get("Status") == "deleted" else TicketState.RESOLVED

    def chosen(self, reference: str) -> tuple[str, ...]:
        """What stands in the custom field of REJOIN_HELPDESK_CODE."""
        if not self._code:
            return ()
        try:
            said = self._rest.get(f"/ticket/{number_of(reference, self.name)}")
        except DeskRefusal as refusal:
            if refusal.status == 404:
                return ()
            raise
        if said.get("Status") == "deleted":
            return ()
        mine = [field.get("values") for field in said.get("CustomFields") or () if field.get("name") == self._code]
        return said_in(mine)

    def attach(self, reference: str, incident: str) -> None:
        """Make the ticket a child of the incident's (`MemberOf`); RT keeps one such link however often it is added."""
        self._standing(reference)
        self._rest.put(f"/ticket/{reference}", {"AddMemberOf": number_of(incident, self.name)})

    def check(self) -> None:
        """Whether RT accepts the credentials, shows the queue, and lets tickets be searched for."""
        try:
            self._rest.get("/rt")
        except DeskRefusal as refusal:
            if refusal.status == 404:
                raise Permanent(f"there is no REST2 API of Request Tracker at {URL}") from None
            raise
        fields = self._fields_of_queue()
        if self._code and self._code not in fields:
            raise Permanent(f"the queue of {QUEUE} has no custom field as {CODE} names it")
        self._search("id = 0")

    def _fields_of_queue(self) -> set[str]:
        """The names of the custom fields of its tickets.

        Raises Permanent when there is no such queue, it is disabled, or the account may not create tickets in it.
        """
        try:
            said = self._rest.get(f"/queue/{quote(self._queue, safe='')}")
        except DeskRefusal as refusal:
            if refusal.status == 404:
                raise Permanent(f"Request Tracker has no queue as {QUEUE} names it") from None
            raise
        if str(said.get("Disabled")) == "1":
            raise Permanent(f"the queue of {QUEUE} is disabled in Request Tracker")
        if not any(link.get("ref") == "create" for link in said.get("_hyperlinks") or ()):
            raise Permanent(f"the account of {TOKEN} may not create tickets in the queue of {QUEUE}")
        return {str(field.get("name")) for field in said.get("TicketCustomFields") or ()}

    def _search(self, ticket_sql: str) -> list[str]:
        said = self._rest.get("/tickets", query=ticket_sql, per_page=5)
        return [str(item["id"]) for item in said.get("items") or ()]

    def _standing(self, reference: str) -> TicketState:
        standing = self.state(reference)
        if standing is TicketState.GONE:
            raise Permanent("the ticket is gone from Request Tracker")
        return standing

    def _turn(self, reference: str, text: str, status: str, wanted: TicketState) -> None:
        standing = self._standing(reference)
        self._comment(reference, text)
        if standing is wanted:
            return
        self._rest.put(f"/ticket/{reference}", {"Status": status})
        # RT answers 200 also when the lifecycle or a dependency forbids it, and says so in the user's language.
        if self.state(reference) is not wanted:
            raise Permanent(f"Request Tracker did not set the ticket to `{status}`: see the lifecycle of {QUEUE}")

    def _comment(self, reference: str, text: str) -> None:
        if self._last_comment(reference) != text.strip():
            self._rest.post(f"/ticket/{reference}/comment", {"Content": text, "ContentType": "text/plain"})

    def _last_comment(self, reference: str) -> str | None:
        newest = {"fields": "Type", "orderby": "id", "order": "DESC", "per_page": RECENT}
        entries = self._rest.get(f"/ticket/{reference}/history", **newest).get("items") or ()
        comment = next((entry["id"] for entry in entries if entry.get("Type") == "Comment"), None)
        if comment is None:
            return None
        parts = self._rest.get(f"/transaction/{comment}/attachments", fields="Content").get("items") or ()
        return next((str(part["Content"]).strip() for part in parts if part.get("Content")), None)
