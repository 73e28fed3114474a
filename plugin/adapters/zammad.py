"""Zammad over its REST API.

A ticket is found again by its code (`plugin/adapters/ticket_text.py`) at the end of the title. The search is asked with
a condition and without a query, so that Zammad looks into its database and not into its search index, which is behind.

Notes are internal articles. The customer of a ticket is the service's own account, since Zammad wants one.
Source: Zammad, "API documentation": Introduction, Ticket, Ticket articles, Ticket links, Tags, Users; its
source (`CanSearch`).
"""

from __future__ import annotations

from config.settings import Settings
from plugin.adapters.desk_rest import QUEUE, TAGS, TOKEN, URL, DeskRefusal, DeskRest, by_header, number_of, said_in
from plugin.adapters.ticket_text import body_of, code_of
from plugin.ports.helpdesk import TicketDraft, TicketState
from plugin.ports.outcome import Permanent

MAY = "work as an agent (`ticket.agent`) with full access to the group"
DONE = ("closed", "merged", "removed")
CLOSED, REOPENED = "closed", "open"
ENOUGH = ({"full"}, {"create", "read", "change"})
"""What the account may do in the group: one of these."""


class Zammad:
    """Opens tickets in a group of Zammad; the reference is the ticket's id (not the number that Zammad shows)."""

    desk, name = "zammad", "Zammad"

    def __init__(self, settings: Settings):
        sign = by_header(f"Token token={settings.helpdesk_token.get_secret_value()}")
        self._group, self._code = settings.helpdesk_queue, settings.helpdesk_code
        self._rest = DeskRest(self.name, f"{settings.helpdesk_url.rstrip('/')}/api/v1", sign, TOKEN, MAY)

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the ticket, or find the one already opened with this key."""
        code = code_of(draft.key)
        found = self._search(code)
        if found:
            return str(min(found))
        values = {
            "title": f"{draft.summary} [{code}]",
            "group": self._group,
            "customer_id": self._account(),
            "article": _note(body_of(draft)),
        }
        return str(self._rest.post("/tickets", values)["id"])

    def add_note(self, reference: str, text: str) -> None:
        """Add an internal article to the ticket."""
        self._standing(reference)
        if self._last_note(reference) != text.strip():
            self._rest.post("/ticket_articles", {"ticket_id": int(reference), **_note(text)})

    def close(self, reference: str, text: str) -> None:
        """Set the ticket to `closed`, with an internal article that says why."""
        self._turn(reference, text, CLOSED, TicketState.RESOLVED)

    def reopen(self, reference: str, text: str) -> None:
        """Set the ticket to `open`, with an internal article that says why."""
        self._turn(reference, text, REOPENED, TicketState.OPEN)

    def state(self, reference: str) -> TicketState:
        """Whether its state is one that ends a ticket; one that was merged into another counts as resolved."""
        try:
            said = self._rest.get(f"/tickets/{number_of(reference, self.name)}", expand="true")
        except DeskRefusal as refusal:
            if refusal.status == 404:
                return TicketState.GONE
            raise
        return TicketState.RESOLVED if said.get("state") in DONE else TicketState.OPEN

    def chosen(self, reference: str) -> tuple[str, ...]:
        """What stands in the attribute of REJOIN_HELPDESK_CODE, or the ticket's tags."""
        number = number_of(reference, self.name)
        if not self._code:
            return ()
        try:
            if self._code == TAGS:
                return said_in(self._rest.get("/tags", object="Ticket", o_id=number).get("tags"))
            return said_in(self._rest.get(f"/tickets/{number}", expand="true").get(self._code))
        except DeskRefusal as refusal:
            if refusal.status == 404:
                return ()
            raise

    def attach(self, reference: str, incident: str) -> None:
        """Link the two tickets (`normal`), unless they are; Zammad wants the number that it shows of one of them."""
        self._standing(reference)
        links = self._rest.get("/links", link_object="Ticket", link_object_value=number_of(incident, self.name))
        if any(str(link.get("link_object_value")) == reference for link in links.get("links") or ()):
            return
        shown = self._rest.get(f"/tickets/{reference}").get("number")
        link = {"link_type": "normal", "link_object_source": "Ticket", "link_object_source_number": shown}
        link |= {"link_object_target": "Ticket", "link_object_target_value": int(incident)}
        self._rest.post("/links/add", link)

    def check(self) -> None:
        """Whether Zammad accepts the token, and the account may work in the group."""
        self._account()
        self._search(code_of(""))

    def _account(self) -> int:
        """The service's own account; raises Permanent when it may not work in the group, or there is none."""
        said = self._rest.get("/users/me", expand="true")
        groups, account = said.get("groups"), said.get("id")
        if not isinstance(account, int):
            raise Permanent(f"there is no API of Zammad at {URL}")
        # Active groups only, each with what the account may do there.
        if isinstance(groups, dict):
            if self._group not in groups:
                raise Permanent(
                    f"Zammad has no active group as {QUEUE} names it in which the account of {TOKEN} may work"
                )
            rights = groups[self._group]
            held = set(rights if isinstance(rights, list) else [rights])
            if not any(enough <= held for enough in ENOUGH):
                raise Permanent(f"the account of {TOKEN} lacks full access to the group of {QUEUE} in Zammad")
        return account

    def _search(self, code: str) -> list[int]:
        condition = {"condition[ticket.title][operator]": "contains", "condition[ticket.title][value]": code}
        said = self._rest.get("/tickets/search", expand="true", limit=5, **condition)
        return [item["id"] for item in said.get("items") or () if code in str(item.get("title"))]

    def _standing(self, reference: str) -> TicketState:
        standing = self.state(reference)
        if standing is TicketState.GONE:
            raise Permanent("the ticket is gone from Zammad")
        return standing

    def _turn(self, reference: str, text: str, state: str, wanted: TicketState) -> None:
        standing = self._standing(reference)
        values = {} if standing is wanted else {"state": state}
        if self._last_note(reference) != text.strip():
            values["article"] = _note(text)
        if values:
            self._rest.put(f"/tickets/{reference}", values)

    def _last_note(self, reference: str) -> str | None:
        articles = self._rest.get(f"/ticket_articles/by_ticket/{reference}").get("items") or ()
        return str(articles[-1].get("body")).strip() if articles else None


def _note(text: str) -> dict:
    return {"body": text, "content_type": "text/plain", "type": "note", "internal": True}
