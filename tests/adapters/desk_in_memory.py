"""Zammad, Zendesk and Jira in memory: as much of their HTTP as the contract needs, from their documentation.

What they refuse they refuse with the status of the original, and with somebody's name in the body.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import requests

from tests.adapters.line import CANARY, Answer

TOKEN, USER = "token-of-rejoin", "rejoin@desk.invalid"


class Refused(Exception):
    """The desk answers with this status."""


@dataclass
class Thing:
    """A ticket as the desk keeps it."""

    number: int
    subject: str
    body: str
    key: str
    state: str
    private: bool = True
    notes: list[str] = field(default_factory=list)
    assignee: str | None = None
    links: set[str] = field(default_factory=set)
    tags: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    kind: str | None = None
    problem: int | None = None


@dataclass
class Call:
    """What came over the line."""

    method: str
    path: str
    query: dict[str, str]
    body: dict
    headers: dict


class Desk:
    """What the three have in common: routes, credentials, tickets by number."""

    authorization = ""
    routes: tuple[tuple[str, str, Callable], ...] = ()

    def __init__(self):
        self.tickets: dict[int, Thing] = {}

    def __call__(self, request: requests.PreparedRequest) -> Answer:
        url = urlsplit(request.url)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        call = Call(request.method, url.path, query, json.loads(request.body or b"{}"), dict(request.headers))
        try:
            return self._answer(call)
        except Refused as refusal:
            return int(str(refusal)), {}, json.dumps({"error": CANARY})

    def _answer(self, call: Call) -> Answer:
        if call.headers.get("Authorization") != self.authorization:
            raise Refused(401)
        for method, pattern, do in self.routes:
            matched = re.fullmatch(pattern, call.path)
            if method == call.method and matched:
                return (201 if method == "POST" else 200), {}, json.dumps(do(self, call, *matched.groups()))
        raise Refused(404)

    def ticket(self, number: str) -> Thing:
        """The ticket of this number, or 404."""
        if int(number) not in self.tickets:
            raise Refused(404)
        return self.tickets[int(number)]

    def keep(self, subject: str, body: str, key: str, state: str, private: bool = True) -> Thing:
        """Make a ticket."""
        number = len(self.tickets) + 7
        self.tickets[number] = Thing(number, subject, body, key, state, private)
        return self.tickets[number]

    def delete(self, reference: str) -> None:
        """Somebody deletes a ticket."""
        del self.tickets[int(reference.rpartition("-")[2])]

    def close_by_hand(self, reference: str) -> None:
        """Somebody at the desk closes a ticket."""
        self.tickets[int(reference.rpartition("-")[2])].state = self.closed

    def find(self, reference: str) -> Thing:
        """The ticket behind a reference of ours."""
        return self.tickets[int(reference.rpartition("-")[2])]


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class ZammadInMemory(Desk):
    """Groups: Support (full access), Reading (no more than that), and no other."""

    authorization = f"Token token={TOKEN}"
    closed = "closed"

    def me(self, call: Call) -> dict:
        assert call.query["expand"] == "true"
        return {"id": 3, "login": USER, "groups": {"Support": ["full"], "Reading": ["read"]}}

    def search(self, call: Call) -> list:
        assert call.query["condition[ticket.title][operator]"] == "contains"
        assert "query" not in call.query, "the search index lags behind"
        wanted = call.query["condition[ticket.title][value]"]
        return [{"id": t.number, "title": t.subject} for t in self.tickets.values() if wanted in t.subject]

    def create(self, call: Call) -> dict:
        article = call.body["article"]
        if call.body["group"] != "Support" or call.body["customer_id"] != 3:
            raise Refused(422)
        assert article["content_type"] == "text/plain"
        return {"id": self.keep(call.body["title"], article["body"], "", "new", article["internal"]).number}

    def show(self, call: Call, number: str) -> dict:
        ticket = self.ticket(number)
        told = {"id": int(number), "number": f"900{number}", "state": ticket.state}
        return told | {"turned_out": ticket.fields.get("turned_out")}

    def tags(self, call: Call) -> dict:
        assert call.query["object"] == "Ticket"
        return {"tags": self.ticket(call.query["o_id"]).tags}

    def links(self, call: Call) -> dict:
        ticket = self.ticket(call.query["link_object_value"])
        return {"links": [
            {"link_type": "normal", "link_object": "Ticket", "link_object_value": int(one)} for one in ticket.links
        ]}  # fmt: skip

    def link(self, call: Call) -> dict:
        told = call.body
        source = told["link_object_source_number"].removeprefix("900")
        target = str(told["link_object_target_value"])
        assert told["link_type"] == "normal"
        if target in self.ticket(source).links:
            raise Refused(422)
        self.ticket(source).links.add(target)
        self.ticket(target).links.add(source)
        return {}

    def update(self, call: Call, number: str) -> dict:
        ticket = self.ticket(number)
        ticket.state = call.body.get("state", ticket.state)
        if "article" in call.body:
            assert call.body["article"]["internal"]
            ticket.notes.append(call.body["article"]["body"])
        return {}

    def article(self, call: Call) -> dict:
        assert call.body["internal"]
        assert call.body["type"] == "note"
        self.ticket(str(call.body["ticket_id"])).notes.append(call.body["body"])
        return {}

    def articles(self, call: Call, number: str) -> list:
        ticket = self.ticket(number)
        return [{"body": said} for said in (ticket.body, *ticket.notes)]

    routes = (
        ("GET", "/api/v1/users/me", me),
        ("GET", "/api/v1/tickets/search", search),
        ("POST", "/api/v1/tickets", create),
        ("GET", r"/api/v1/tickets/(\d+)", show),
        ("PUT", r"/api/v1/tickets/(\d+)", update),
        ("POST", "/api/v1/ticket_articles", article),
        ("GET", r"/api/v1/ticket_articles/by_ticket/(\d+)", articles),
        ("GET", "/api/v1/tags", tags),
        ("GET", "/api/v1/links", links),
        ("POST", "/api/v1/links/add", link),
    )


class ZendeskInMemory(Desk):
    """One group: Support, number 360."""

    authorization = basic(f"{USER}/token", TOKEN)
    closed = "solved"

    def groups(self, call: Call) -> dict:
        return {"groups": [{"id": 360, "name": "Support"}]}

    def search(self, call: Call) -> dict:
        return {"tickets": [self._told(t) for t in self.tickets.values() if t.key == call.query["external_id"]]}

    def create(self, call: Call) -> dict:
        told = call.body["ticket"]
        if told["group_id"] != 360:
            raise Refused(422)
        assert call.headers["Idempotency-Key"] == told["external_id"]
        comment = told["comment"]
        return {"ticket": self._told(self.keep(
            told["subject"], comment["body"], told["external_id"], "new", not comment["public"]
        ))}  # fmt: skip

    def show(self, call: Call, number: str) -> dict:
        return {"ticket": self._told(self.ticket(number))}

    def update(self, call: Call, number: str) -> dict:
        ticket, told = self.ticket(number), call.body["ticket"]
        ticket.assignee = told.get("assignee_email", ticket.assignee)
        if ticket.state == "closed" or (told.get("status") == "solved" and not ticket.assignee):
            raise Refused(422)
        ticket.state = told.get("status", ticket.state)
        if "problem_id" in told:
            assert told["type"] == "incident"
            if self.ticket(str(told["problem_id"])).kind != "problem":
                raise Refused(422)
            ticket.links.add(str(told["problem_id"]))
        ticket.kind, ticket.problem = told.get("type", ticket.kind), told.get("problem_id", ticket.problem)
        if "comment" in told:
            assert told["comment"]["public"] is False
            ticket.notes.append(told["comment"]["body"])
        return {}

    def comments(self, call: Call, number: str) -> dict:
        assert call.query["sort_order"] == "desc"
        ticket = self.ticket(number)
        return {"comments": [{"body": [ticket.body, *ticket.notes][-1]}]}

    def _told(self, ticket: Thing) -> dict:
        return {
            "id": ticket.number, "external_id": ticket.key, "status": ticket.state,
            "assignee_id": ticket.assignee and 5, "tags": ticket.tags, "type": ticket.kind,
            "problem_id": ticket.problem,
            "custom_fields": [{"id": 41, "value": None}, {"id": 42, "value": ticket.fields.get("42")}],
        }  # fmt: skip

    def fields(self, call: Call, number: str) -> dict:
        if number != "42":
            raise Refused(404)
        return {"ticket_field": {"id": 42}}

    routes = (
        ("GET", "/api/v2/groups/assignable", groups),
        ("GET", "/api/v2/tickets", search),
        ("POST", "/api/v2/tickets", create),
        ("GET", r"/api/v2/tickets/(\d+)", show),
        ("PUT", r"/api/v2/tickets/(\d+)", update),
        ("GET", r"/api/v2/tickets/(\d+)/comments", comments),
        ("GET", r"/api/v2/ticket_fields/([^/]+)", fields),
    )


class JiraInMemory(Desk):
    """One project: SUP, with the type Incident; its workflow cancels, resolves (with a resolution) and reopens."""

    authorization = basic(USER, TOKEN)
    closed = "Resolved"
    ways = (("31", "Canceled"), ("32", "Resolved"), ("33", "Open"))

    def me(self, call: Call) -> dict:
        return {"accountId": "rejoin"}

    def project(self, call: Call, key: str) -> dict:
        if key != "SUP":
            raise Refused(404)
        return {"issueTypes": [{"id": "1", "name": "Sub-task", "subtask": True}, {"id": "9", "name": "Incident"}]}

    def search(self, call: Call) -> dict:
        label = re.match(r'labels = "(.+)" ORDER', call.query["jql"]).group(1)
        return {"issues": [{"key": f"SUP-{t.number}"} for t in self.tickets.values() if t.key == label]}

    def create(self, call: Call) -> dict:
        told = call.body["fields"]
        if told["project"]["key"] != "SUP" or told["issuetype"]["id"] != "9":
            raise Refused(400)
        (label,) = told["labels"]
        return {"key": f"SUP-{self.keep(told['summary'], words(told['description']), label, 'Open').number}"}

    def show(self, call: Call, number: str) -> dict:
        ticket = self.ticket(number)
        chosen = ticket.fields.get("customfield_42")
        every = {
            "status": self._status(ticket.state), "labels": [ticket.key, *ticket.tags],
            "customfield_42": chosen and {"value": chosen},
            "issuelinks": [{"type": {"name": "Relates"}, "outwardIssue": {"key": key}} for key in ticket.links],
        }  # fmt: skip
        return {"fields": {call.query["fields"]: every[call.query["fields"]]}}

    def fields(self, call: Call) -> list:
        return [{"id": "labels"}, {"id": "customfield_42"}]

    def link(self, call: Call) -> dict:
        assert call.body["type"] == {"name": "Relates"}
        ends = [call.body[end]["key"] for end in ("inwardIssue", "outwardIssue")]
        for mine, other in (ends, ends[::-1]):
            self.ticket(mine.removeprefix("SUP-")).links.add(other)
        self.made = getattr(self, "made", 0) + 1
        return {}

    def transitions(self, call: Call, number: str) -> dict:
        self.ticket(number)
        demanded = {"resolution": {"required": True, "allowedValues": [{"id": "10000"}]}}
        ways = [
            {"id": way, "to": self._status(name), "fields": demanded if name == "Resolved" else {}}
            for way, name in self.ways
        ]
        return {"transitions": ways}

    def move(self, call: Call, number: str) -> dict:
        name = dict(self.ways)[call.body["transition"]["id"]]
        if name == "Resolved" and call.body["fields"]["resolution"] != {"id": "10000"}:
            raise Refused(400)
        self.ticket(number).state = name
        return {}

    def comment(self, call: Call, number: str) -> dict:
        assert call.body["properties"] == [{"key": "sd.public.comment", "value": {"internal": True}}]
        self.ticket(number).notes.append(words(call.body["body"]))
        return {}

    def comments(self, call: Call, number: str) -> dict:
        assert call.query["orderBy"] == "-created"
        return {"comments": [{"body": document(said)} for said in self.ticket(number).notes[-1:]]}

    def _status(self, name: str) -> dict:
        category = "done" if name in ("Canceled", "Resolved") else "new"
        return {"name": name, "statusCategory": {"key": category}}

    routes = (
        ("GET", "/rest/api/3/myself", me),
        ("GET", r"/rest/api/3/project/([^/]+)", project),
        ("GET", "/rest/api/3/search/jql", search),
        ("POST", "/rest/api/3/issue", create),
        ("GET", r"/rest/api/3/issue/SUP-(\d+)", show),
        ("GET", r"/rest/api/3/issue/SUP-(\d+)/transitions", transitions),
        ("POST", r"/rest/api/3/issue/SUP-(\d+)/transitions", move),
        ("POST", r"/rest/api/3/issue/SUP-(\d+)/comment", comment),
        ("GET", r"/rest/api/3/issue/SUP-(\d+)/comment", comments),
        ("GET", "/rest/api/3/field", fields),
        ("POST", "/rest/api/3/issueLink", link),
    )


def words(document: dict) -> str:
    """What a document says, a line for each paragraph."""
    assert document["version"] == 1
    return "\n".join(part["content"][0]["text"] for part in document["content"])


def document(text: str) -> dict:
    """A document that says this."""
    lines = [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.splitlines()]
    return {"type": "doc", "version": 1, "content": lines}
