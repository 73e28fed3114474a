"""Zoom at the edge, as its documentation says that it behaves: meetings, their settings, and who is registered."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs

import responses

ZOOM = "https://zoom.invalid"
NUMBER = 81000000077
TOKEN = f"{ZOOM}/oauth/token"


class Zoom:
    """Answers what a booking asks; `before` and `after` are called around each request that changes or reads something.

    `forces` are settings that the account insists on, whatever is asked.
    """

    def __init__(self, number: int = NUMBER, **forces):
        self.next, self.forces = number, forces
        self.coerces = False  # takes a change and keeps what was
        self.meetings: dict[int, dict] = {}
        self.registrants: dict[int, list[dict]] = {}
        self.made: list[dict] = []
        self.deleted: list[int] = []
        self.mails: list[str] = []
        self.before: Callable[[str], None] = lambda what: None
        self.after: Callable[[str], None] = lambda what: None

    def at(self, edge: responses.RequestsMock) -> None:
        """Stand at the edge."""
        edge.post(TOKEN, json={"access_token": "token-1", "expires_in": 3600})
        one = re.compile(rf"{ZOOM}/v2/meetings/(\d+)$|{ZOOM}/v2/meetings/(\d+)\?")
        people = re.compile(rf"{ZOOM}/v2/meetings/(\d+)/registrants")
        for method, url, answer in (
            ("GET", f"{ZOOM}/v2/users/zoom-dora/meetings", self._list),
            ("POST", f"{ZOOM}/v2/users/zoom-dora/meetings", self._make),
            ("GET", people, self._people),
            ("POST", people, self._register),
            ("GET", one, self._read),
            ("PATCH", one, self._change),
            ("DELETE", one, self._delete),
            ("PUT", people, self._cancel),
        ):
            edge.add_callback(method, url, callback=self._around(f"{method} {answer.__name__.strip('_')}", answer))

    def _around(self, what: str, answer):
        def callback(request):
            self.before(what)
            status, told = answer(request)
            self.after(what)
            return status, {"Content-Type": "application/json"}, "" if status == 204 else json.dumps(told)

        return callback

    def _list(self, request):
        listed = [{k: m[k] for k in ("id", "agenda", "join_url", "topic")} for m in self.meetings.values()]
        return 200, {"meetings": listed, "next_page_token": ""}

    def _make(self, request):
        wanted = json.loads(request.body)
        number, self.next = self.next, self.next + 1
        settings = wanted.get("settings", {}) | self.forces
        meeting = wanted | {"id": number, "join_url": f"https://zoom.example/j/{number}?pwd=x", "settings": settings}
        self.meetings[number] = meeting
        self.made.append(wanted)
        return 201, meeting

    def _read(self, request):
        meeting = self.meetings.get(self._number(request))
        return (200, meeting) if meeting else (404, {"code": 3001, "message": "Meeting does not exist."})

    def _change(self, request):
        meeting, wanted = self.meetings[self._number(request)], json.loads(request.body)
        settings = meeting["settings"] | wanted.pop("settings", {}) | self.forces
        meeting |= ({} if self.coerces else wanted) | {"settings": settings}
        return 204, {}

    def _delete(self, request):
        number = self._number(request)
        if self.meetings.pop(number, None) is None:
            return 404, {"code": 3001, "message": "Meeting does not exist."}
        self.deleted.append(number)
        return 204, {}

    def _people(self, request):
        query = parse_qs(request.url.partition("?")[2])
        assert query["status"] == ["approved"]
        return 200, {"registrants": self.registrants.get(self._number(request), []), "next_page_token": ""}

    def _register(self, request):
        number, wanted = self._number(request), json.loads(request.body)
        if self.meetings[number]["settings"].get("approval_type") != 0:
            return 400, {"code": 300, "message": f"Registration has not been enabled for this meeting: {number}."}
        people = self.registrants.setdefault(number, [])
        place = {"id": f"reg-{len(people) + 1}", "join_url": f"https://zoom.example/w/{number}?tk={len(people) + 1}"}
        people.append(wanted | place)
        if self.meetings[number]["settings"].get("registrants_email_notification"):
            self.mails.append(wanted["email"])
        return 201, {"registrant_id": place["id"], "join_url": place["join_url"], "id": number}

    def _cancel(self, request):
        wanted = json.loads(request.body)
        assert request.url.endswith("/registrants/status")
        assert wanted["action"] == "cancel"
        gone = {(one["id"], one["email"]) for one in wanted["registrants"]}
        people = self.registrants[self._number(request)]
        people[:] = [one for one in people if (one["id"], one["email"]) not in gone]
        return 204, {}

    def _number(self, request) -> int:
        return int(re.search(r"/meetings/(\d+)", request.url).group(1))
