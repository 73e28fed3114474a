"""Each help desk as the contract sees it: the adapter, the line to it, and what somebody sees who looks at the desk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from plugin.adapters.helpdesk import BuiltInHelpdesk
from plugin.adapters.jira import Jira
from plugin.adapters.request_tracker import RequestTracker
from plugin.adapters.ticket_text import code_of
from plugin.adapters.zammad import Zammad
from plugin.adapters.zendesk import Zendesk
from plugin.storage import ticket
from plugin.storage.tables import ticket as ticket_table
from tests.adapters.desk_in_memory import TOKEN, USER, Desk, JiraInMemory, ZammadInMemory, ZendeskInMemory
from tests.adapters.line import BASE, Line, carried_to
from tests.adapters.request_tracker import RealTracker
from tests.conftest import make_settings


class Stand:
    """A remote desk with one line to it."""

    def __init__(self, adapter_class: type, line: Line, **settings: str):
        self._class = adapter_class
        self.line = line
        self._settings = {"helpdesk": adapter_class.desk, "helpdesk_url": BASE} | settings
        self.desk = self.adapter()

    def adapter(self, **changes: str):
        """An adapter with other settings."""
        return self._class(make_settings(**(self._settings | changes)))


class StandInMemory(Stand):
    """Zammad, Zendesk or Jira."""

    def __init__(self, adapter_class: type, remote: Desk, line: Line, **settings: str):
        self.remote = remote
        super().__init__(adapter_class, line, **settings)

    def count(self, key: str) -> int:
        """How many tickets there are for this key."""
        return len([one for one in self.remote.tickets.values() if code_of(key) in (one.key, one.subject[-24:-1])])

    def text(self, reference: str) -> str:
        """Everything the ticket said at first; nobody outside the desk sees it."""
        found = self.remote.find(reference)
        assert found.private
        return f"{found.subject}\n{found.body}"

    def notes(self, reference: str) -> list[str]:
        """The notes of a ticket."""
        return self.remote.find(reference).notes

    def delete(self, reference: str) -> None:
        """Somebody at the desk deletes the ticket."""
        self.remote.delete(reference)

    def choose(self, reference: str, word: str) -> None:
        """Somebody at the desk says in its field what the ticket turned out to be."""
        self.remote.find(reference).fields[FIELDS[self.desk.desk]] = word

    def linked(self, reference: str) -> list[str]:
        """With which tickets this one is linked, as often as it is."""
        return sorted(self.remote.find(reference).links)


class StandOfTracker(Stand):
    """A real Request Tracker; what a person sees there is asked for beside the line."""

    def __init__(self, tracker: RealTracker, **settings: str):
        self.tracker = tracker
        super().__init__(RequestTracker, Line(carried_to(tracker.url)), helpdesk_token=tracker.token, **settings)
        self._direct = Line(carried_to(tracker.url))

    def _ask(self, path: str, **query: object) -> dict:
        request = requests.Request("GET", f"{BASE}/REST/2.0{path}", params=query).prepare()
        request.headers["Authorization"] = f"token {self.tracker.token}"
        status, _, body = self._direct.remote(request)
        assert status == 200, body
        return requests.models.complexjson.loads(body)

    def count(self, key: str) -> int:
        """How many tickets there are for this key."""
        code = code_of(key)
        return self._ask("/tickets", query=f"Subject LIKE '{code}' OR CF.{{Rejoin key}} = '{code}'")["count"]

    def text(self, reference: str) -> str:
        """The subject, and everything the ticket said at first."""
        return f"{self._ask(f'/ticket/{reference}')['Subject']}\n{self._said(reference, 'Create')[0]}"

    def notes(self, reference: str) -> list[str]:
        """The comments on a ticket."""
        return self._said(reference, "Comment")

    def delete(self, reference: str) -> None:
        """Somebody at the desk deletes the ticket."""
        headers = {"Authorization": f"token {self.tracker.token}", "Content-Type": "application/json"}
        request = requests.Request("PUT", f"{BASE}/REST/2.0/ticket/{reference}", headers, data='{"Status": "deleted"}')
        assert self._direct.remote(request.prepare())[0] == 200

    def choose(self, reference: str, word: str) -> None:
        """Somebody at the desk says in its field what the ticket turned out to be."""
        headers = {"Authorization": f"token {self.tracker.token}", "Content-Type": "application/json"}
        body = json.dumps({"CustomFields": {FIELDS["request-tracker"]: word}})
        request = requests.Request("PUT", f"{BASE}/REST/2.0/ticket/{reference}", headers, data=body)
        assert self._direct.remote(request.prepare())[0] == 200

    def linked(self, reference: str) -> list[str]:
        """With which tickets this one is linked, as often as it is."""
        links = self._ask(f"/ticket/{reference}")["_hyperlinks"]
        return [str(link["id"]) for link in links if link["ref"] == "parent"]

    def _said(self, reference: str, kind: str) -> list[str]:
        history = self._ask(f"/ticket/{reference}/history", fields="Type", per_page=100)["items"]
        entries = [entry["id"] for entry in history if entry["Type"] == kind]
        return [self._ask(f"/transaction/{e}/attachments", fields="Content")["items"][0]["Content"] for e in entries]


class StandOfOurs:
    """The built-in queue: no line, no settings."""

    def __init__(self, db, clock):
        self._db = db
        self.desk = BuiltInHelpdesk(db, clock)

    def count(self, key: str) -> int:
        """How many tickets there are for this key."""
        with self._db.read() as tx:
            return len(tx.execute(ticket_table.select().where(ticket_table.c.key == key)).all())

    def text(self, reference: str) -> str:
        """Everything the ticket says."""
        with self._db.read() as tx:
            row = ticket.load(tx, int(reference))
        return "\n".join([row.summary, row.suggestion, *row.seen, row.appointment_id])

    def notes(self, reference: str) -> list[str]:
        """The notes of a ticket."""
        with self._db.read() as tx:
            return [note.text for note in ticket.notes(tx, int(reference))]

    def delete(self, reference: str) -> None:
        """The ticket is deleted, as when its time is over."""
        with self._db.begin() as tx:
            tx.execute(ticket_table.delete().where(ticket_table.c.id == int(reference)))

    def choose(self, reference: str, word: str) -> None:
        """Somebody says on our own page what the ticket turned out to be."""
        with self._db.begin() as tx:
            row = ticket.load(tx, int(reference))
            assert ticket.change(tx, row.id, row.version, row.opened_at, code=word)

    def linked(self, reference: str) -> list[str]:
        """Of which incident it is part."""
        with self._db.read() as tx:
            row = ticket.load(tx, int(reference))
        return [str(row.part_of)] if row.part_of else []


FIELDS = {
    "request-tracker": "Turned out", "zammad": "turned_out", "zendesk": "42", "jira": "customfield_42"
}  # fmt: skip
"""The custom field of each in which is said what a ticket turned out to be."""
REMOTES = ("request-tracker", "request-tracker with key field", "zammad", "zendesk", "jira")


@contextmanager
def remote_stand(name: str, tracker: RealTracker | None) -> Iterator[Stand]:
    """The stand of this name, with its line open."""
    if name.startswith("request-tracker"):
        queue = "With key field" if "field" in name else "Support"
        stand = StandOfTracker(tracker, helpdesk_queue=queue, helpdesk_code=FIELDS["request-tracker"])
    else:
        adapter_class, remote, queue = {
            "zammad": (Zammad, ZammadInMemory(), "Support"),
            "zendesk": (Zendesk, ZendeskInMemory(), "Support"),
            "jira": (Jira, JiraInMemory(), "SUP/Incident"),
        }[name]
        stand = StandInMemory(
            adapter_class, remote, Line(remote), helpdesk_token=TOKEN, helpdesk_user=USER, helpdesk_queue=queue,
            helpdesk_code=FIELDS[name],
        )  # fmt: skip
    with stand.line.open():
        yield stand
