"""Jira Service Management (Cloud) over the REST API of Jira, version 3.

A ticket is found again by a label that is our code (`plugin/adapters/ticket_text.py`). Jira's search lags behind by
some seconds, seldom minutes, and knows entity properties only of installed apps; so when the answer to a creation is
lost, it is not tried again before the search `SETTLES`.

Notes are internal comments. How a ticket closes is the project's workflow: the first way that leads to a status of the
category "done", preferably one that is called so.
Source: Atlassian, "The Jira Cloud platform REST API": Issues, Issue comments, Issue fields, Issue links,
Issue search ("Search and reconcile"),
Projects; "Jira Service Management: internal comments" (`sd.public.comment`); "Rate limiting".
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from config.settings import Settings
from plugin.adapters.desk_rest import CODE, QUEUE, TAGS, TOKEN, USER, DeskRefusal, DeskRest, by_password, said_in
from plugin.adapters.ticket_text import body_of, code_of
from plugin.ports.helpdesk import TicketDraft, TicketState
from plugin.ports.outcome import Permanent

MAY = "browse the project, and create, comment on and move its issues"
SETTLES = timedelta(minutes=2)
DONE = "done"
LINK = "Relates"
SOLVED_WORDS = ("resol", "done", "clos", "complet")
INTERNAL = [{"key": "sd.public.comment", "value": {"internal": True}}]


class Jira:
    """Opens issues in a project of Jira; the reference is the issue's key, such as SUP-17."""

    desk, name = "jira", "Jira"

    def __init__(self, settings: Settings):
        self._project, _, self._type = (part.strip() for part in settings.helpdesk_queue.partition("/"))
        self._code = "labels" if settings.helpdesk_code == TAGS else settings.helpdesk_code
        sign = by_password(settings.helpdesk_user, settings.helpdesk_token.get_secret_value())
        base = f"{settings.helpdesk_url.rstrip('/')}/rest/api/3"
        self._rest = DeskRest(self.name, base, sign, f"{USER} and {TOKEN}", MAY)

    def open_ticket(self, draft: TicketDraft) -> str:
        """Open the issue, or find the one already opened with this key."""
        code = code_of(draft.key)
        found = self._search(code)
        if found:
            return found[0]
        fields = {
            "project": {"key": self._project},
            "issuetype": {"id": self._issue_type()},
            "summary": draft.summary,
            "description": _document(body_of(draft)),
            "labels": [code],
        }
        try:
            return str(self._rest.post("/issue", {"fields": fields}, settles=SETTLES)["key"])
        except DeskRefusal as refusal:
            if refusal.status == 400:
                what = "the issue type has no label or description, or demands a field that Rejoin does not fill"
                raise Permanent(f"Jira answered 400: {what}; choose another issue type in {QUEUE}") from None
            raise

    def add_note(self, reference: str, text: str) -> None:
        """Add an internal comment to the issue."""
        self._standing(reference)
        self._comment(reference, text)

    def close(self, reference: str, text: str) -> None:
        """Add an internal comment and move the issue to a status that is done."""
        self._turn(reference, text, TicketState.RESOLVED)

    def reopen(self, reference: str, text: str) -> None:
        """Add an internal comment and move the issue to a status that is not done."""
        self._turn(reference, text, TicketState.OPEN)

    def state(self, reference: str) -> TicketState:
        """Whether its status is of the category "done"."""
        try:
            said = self._rest.get(_issue(reference), fields="status")
        except DeskRefusal as refusal:
            if refusal.status == 404:
                return TicketState.GONE
            raise
        return TicketState.RESOLVED if _is_done(said["fields"]["status"]) else TicketState.OPEN

    def chosen(self, reference: str) -> tuple[str, ...]:
        """What stands in the field of REJOIN_HELPDESK_CODE, or the labels."""
        if not self._code:
            return ()
        try:
            said = self._rest.get(_issue(reference), fields=self._code)
        except DeskRefusal as refusal:
            if refusal.status == 404:
                return ()
            raise
        return said_in((said.get("fields") or {}).get(self._code))

    def attach(self, reference: str, incident: str) -> None:
        """Link the two issues ("Relates", which every Jira begins with), unless they are."""
        self._standing(reference)
        said = self._rest.get(_issue(reference), fields="issuelinks")
        links = (said.get("fields") or {}).get("issuelinks") or ()
        ends = [link.get(end) or {} for link in links for end in ("inwardIssue", "outwardIssue")]
        if any(end.get("key") == incident for end in ends):
            return
        link = {"type": {"name": LINK}, "inwardIssue": {"key": reference}, "outwardIssue": {"key": incident}}
        self._rest.post("/issueLink", link)

    def check(self) -> None:
        """Whether Jira accepts the credentials, and has the project and the issue type."""
        self._rest.get("/myself")
        self._issue_type()
        self._search(code_of(""))
        fields = self._rest.get("/field").get("items") or () if self._code else ()
        if self._code and self._code not in {str(field.get("id")) for field in fields}:
            raise Permanent(f"Jira has no field as {CODE} names it")

    def _issue_type(self) -> str:
        try:
            said = self._rest.get(f"/project/{quote(self._project, safe='')}")
        except DeskRefusal as refusal:
            if refusal.status == 404:
                raise Permanent(f"Jira has no project as {QUEUE} names it") from None
            raise
        if said.get("deleted") or said.get("archived"):
            raise Permanent(f"the project of {QUEUE} was deleted or archived in Jira")
        types = [one for one in said.get("issueTypes") or () if not one.get("subtask")]
        chosen = next((one for one in types if one.get("name") == self._type or not self._type), None)
        if chosen is None:
            raise Permanent(f"Jira's project has no issue type as {QUEUE} names it after the /")
        return str(chosen["id"])

    def _search(self, code: str) -> list[str]:
        said = self._rest.get("/search/jql", jql=f'labels = "{code}" ORDER BY created', fields="key", maxResults=5)
        return [str(issue["key"]) for issue in said.get("issues") or ()]

    def _standing(self, reference: str) -> TicketState:
        standing = self.state(reference)
        if standing is TicketState.GONE:
            raise Permanent("the issue is gone from Jira")
        return standing

    def _turn(self, reference: str, text: str, wanted: TicketState) -> None:
        standing = self._standing(reference)
        self._comment(reference, text)
        if standing is wanted:
            return
        ways = self._rest.get(f"{_issue(reference)}/transitions", expand="transitions.fields").get("transitions") or ()
        ways = [way for way in ways if _is_done(way["to"]) == (wanted is TicketState.RESOLVED)]
        if not ways:
            raise Permanent(f"Jira's workflow has no way there: see the project of {QUEUE} and what {USER} may do")
        way = next((way for way in ways if _sounds_solved(way)), ways[0])
        move: dict = {"transition": {"id": way["id"]}}
        demanded = (way.get("fields") or {}).get("resolution") or {}
        if demanded.get("required") and demanded.get("allowedValues"):
            move["fields"] = {"resolution": {"id": demanded["allowedValues"][0]["id"]}}
        self._rest.post(f"{_issue(reference)}/transitions", move)

    def _comment(self, reference: str, text: str) -> None:
        newest = self._rest.get(f"{_issue(reference)}/comment", orderBy="-created", maxResults=1).get("comments")
        if not newest or _words(newest[0].get("body")) != _words(_document(text)):
            self._rest.post(f"{_issue(reference)}/comment", {"body": _document(text), "properties": INTERNAL})


def _issue(reference: str) -> str:
    return f"/issue/{quote(reference, safe='')}"


def _is_done(status: dict) -> bool:
    return (status.get("statusCategory") or {}).get("key") == DONE


def _sounds_solved(way: dict) -> bool:
    return any(word in str(way["to"].get("name")).lower() for word in SOLVED_WORDS)


def _document(text: str) -> dict:
    """Text as Atlassian's document format wants it: a paragraph for each line, nothing of it markup."""
    lines = [line for line in text.splitlines() if line.strip()]
    paragraphs = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in lines]
    return {"type": "doc", "version": 1, "content": paragraphs}


def _words(node: object) -> str:
    """The text in a document, without its form."""
    if isinstance(node, list):
        return " ".join(filter(None, map(_words, node)))
    if not isinstance(node, dict):
        return ""
    return str(node["text"]).strip() if "text" in node else _words(node.get("content"))
