"""Zendesk Support over its Ticketing API.

A ticket is found again by its `external_id`, which holds our code (`plugin/adapters/ticket_text.py`); besides, the code
is sent as `Idempotency-Key`, by which Zendesk itself refuses to make a second one for two hours.

Notes are private comments. The requester of a ticket is the service's own account, since Zendesk wants one.
Source: Zendesk, "Ticketing API": Introduction (Idempotency), Tickets (problems and incidents), Ticket fields,
Ticket comments, Groups; "Security and
authentication"; "Rate limits".
"""

from __future__ import annotations

from urllib.parse import quote

from config.settings import Settings
from plugin.adapters.desk_rest import (
    CODE,
    QUEUE,
    TAGS,
    TOKEN,
    USER,
    DeskRefusal,
    DeskRest,
    by_password,
    number_of,
    said_in,
)
from plugin.adapters.ticket_text import body_of, code_of
from plugin.ports.helpdesk import TicketDraft, TicketState
from plugin.ports.outcome import Permanent

MAY = "work as an agent who sees all tickets"
SOLVED, REOPENED = "solved", "open"
FOR_GOOD = "closed"
"""Zendesk closes what was solved for some days; nobody can change such a ticket any more."""


class Zendesk:
    """Opens tickets for a group of Zendesk (its name or number); the reference is the ticket's number."""

    desk, name = "zendesk", "Zendesk"

    def __init__(self, settings: Settings):
        self._user = settings.helpdesk_user
        self._group, self._code = settings.helpdesk_queue, settings.helpdesk_code
        sign = by_password(f"{self._user}/token", settings.helpdesk_token.get_secret_value())
        base = f"{settings.helpdesk_url.rstrip('/')}/api/v2"
        self._rest = DeskRest(self.name, base, sign, f"{USER} and {TOKEN}", MAY)

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the ticket, or find the one already opened with this key."""
        code = code_of(draft.key)
        found = self._search(code)
        if found:
            return str(min(found))
        values = {
            "subject": draft.summary,
            "comment": {"body": body_of(draft), "public": False},
            "external_id": code,
            "group_id": self._group_number(),
        }
        said = self._rest.post("/tickets", {"ticket": values}, headers={"Idempotency-Key": code})
        return str(said["ticket"]["id"])

    def add_note(self, reference: str, text: str) -> None:
        """Add a private comment; raises Permanent for a ticket that Zendesk has closed for good."""
        self._standing(reference, change=True)
        self._change(reference, text, {})

    def close(self, reference: str, text: str) -> None:
        """Set the ticket to `solved`; one without an assignee gets the service's own account, which Zendesk demands."""
        ticket = self._standing(reference)
        if ticket.get("status") == FOR_GOOD:
            return
        values: dict = {}
        if ticket.get("status") != SOLVED:
            values = {"status": SOLVED} | ({} if ticket.get("assignee_id") else {"assignee_email": self._user})
        self._change(reference, text, values)

    def reopen(self, reference: str, text: str) -> None:
        """Set the ticket to `open`; raises Permanent for a ticket that Zendesk has closed for good."""
        ticket = self._standing(reference, change=True)
        self._change(reference, text, {"status": REOPENED} if ticket.get("status") == SOLVED else {})

    def state(self, reference: str) -> TicketState:
        """Whether it is solved (or closed for good)."""
        ticket = self._ticket(reference)
        if ticket is None:
            return TicketState.GONE
        return TicketState.RESOLVED if ticket.get("status") in (SOLVED, FOR_GOOD) else TicketState.OPEN

    def chosen(self, reference: str) -> tuple[str, ...]:
        """What stands in the custom field of REJOIN_HELPDESK_CODE (a choice stands there as its tag), or the tags."""
        ticket = self._ticket(reference) if self._code else None
        if ticket is None:
            return ()
        if self._code == TAGS:
            return said_in(ticket.get("tags"))
        fields = ticket.get("custom_fields") or ()
        return said_in([field.get("value") for field in fields if str(field.get("id")) == self._code])

    def attach(self, reference: str, incident: str) -> None:
        """Make the incident's ticket a problem, and this one an incident of it, as Zendesk calls them."""
        for number, wanted in ((incident, {"type": "problem"}), (reference, {"type": "incident"})):
            wanted |= {"problem_id": number_of(incident, self.name)} if number == reference else {}
            ticket = self._standing(number, change=True)
            if any(ticket.get(name) != value for name, value in wanted.items()):
                self._rest.put(f"/tickets/{number}", {"ticket": wanted})

    def check(self) -> None:
        """Whether Zendesk accepts the credentials, and has the group."""
        self._group_number()
        self._search(code_of(""))
        if self._code and self._code != TAGS:
            try:
                self._rest.get(f"/ticket_fields/{quote(self._code, safe='')}")
            except DeskRefusal as refusal:
                if refusal.status in (400, 404):
                    raise Permanent(f"Zendesk has no ticket field with the number of {CODE}") from None
                raise

    def _group_number(self) -> int:
        groups = self._rest.get("/groups/assignable", per_page=100).get("groups") or ()
        for group in groups:
            if self._group in (str(group.get("id")), group.get("name")):
                return group["id"]
        if len(groups) >= 100 and self._group.isascii() and self._group.isdigit():
            return int(self._group)
        raise Permanent(f"Zendesk has no group as {QUEUE} names it")

    def _search(self, code: str) -> list[int]:
        found = self._rest.get("/tickets", external_id=code).get("tickets") or ()
        return [ticket["id"] for ticket in found if ticket.get("external_id") == code]

    def _ticket(self, reference: str) -> dict | None:
        try:
            return self._rest.get(f"/tickets/{number_of(reference, self.name)}").get("ticket") or {}
        except DeskRefusal as refusal:
            if refusal.status == 404:
                return None
            raise

    def _standing(self, reference: str, change: bool = False) -> dict:
        ticket = self._ticket(reference)
        if ticket is None:
            raise Permanent("the ticket is gone from Zendesk")
        if change and ticket.get("status") == FOR_GOOD:
            raise Permanent("Zendesk has closed the ticket for good; it takes no more notes")
        return ticket

    def _change(self, reference: str, text: str, values: dict) -> None:
        comments = self._rest.get(f"/tickets/{reference}/comments", sort_order="desc", per_page=1).get("comments")
        if not comments or str(comments[0].get("body")).strip() != text.strip():
            values = values | {"comment": {"body": text, "public": False}}
        if not values:
            return
        try:
            self._rest.put(f"/tickets/{reference}", {"ticket": values})
        except DeskRefusal as refusal:
            if refusal.status == 422:
                what = "a field that Zendesk demands before a ticket is solved is empty; see the form of its group"
                raise Permanent(f"Zendesk answered 422: {what} ({QUEUE})") from None
            raise
