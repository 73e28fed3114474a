"""A help desk at the other end of a real line: Zendesk's HTTP, as slow and as unwilling as a test likes.

It honours `Idempotency-Key`, and its search is behind: a ticket is found by its `external_id` only after a while, so
that whoever relies on the search alone doubles tickets here as with the original.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN, USER = "token-of-rejoin", "rejoin@desk.invalid"
SEARCH_LAG_SECONDS = 1.0
ABOUT = re.compile(r"Appointment .*; affected: .*")


class _Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address) -> None:
        """Who asks is killed in the middle of it; nothing to tell."""


class RemoteDesk:
    """Keeps tickets by number; `on` is called with each step of making one, and may kill, wait or raise."""

    def __init__(self):
        self.tickets: dict[int, dict] = {}
        self.by_key: dict[str, int] = {}
        self.asked = Counter()
        self.on: Callable[[str], None] = lambda step: None
        self.refuse_with: int | None = None
        self._lock = threading.Lock()
        desk = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                desk.answer(self, "GET")

            def do_POST(self):
                desk.answer(self, "POST")

            def do_PUT(self):
                desk.answer(self, "PUT")

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Go home."""
        self._server.shutdown()
        self._server.server_close()

    def doubled(self) -> dict[str, int]:
        """Subjects of which there is more than one ticket."""
        about = Counter(ticket["about"] for ticket in self.tickets.values())
        return {subject: times for subject, times in about.items() if times > 1}

    def answer(self, request: BaseHTTPRequestHandler, method: str) -> None:
        """Answer one call."""
        body = json.loads(request.rfile.read(int(request.headers.get("Content-Length") or 0)) or b"{}")
        url = urlsplit(request.path)
        status, told = 404, {}
        credentials = base64.b64encode(f"{USER}/token:{TOKEN}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {credentials}":
            status = 401
        elif self.refuse_with:
            status = self.refuse_with
        elif method == "GET" and url.path.endswith("/groups/assignable"):
            status, told = 200, {"groups": [{"id": 360, "name": "Support"}]}
        elif url.path == "/api/v2/tickets":
            status, told = self._search(url.query) if method == "GET" else self._create(request, body)
        elif url.path.endswith("/comments"):
            status, told = 200, {"comments": []}
        elif url.path.startswith("/api/v2/tickets/"):
            number = int(url.path.rpartition("/")[2])
            if number in self.tickets:
                self.tickets[number]["status"] = body.get("ticket", {}).get("status", self.tickets[number]["status"])
                status, told = 200, {"ticket": self.tickets[number]}
        raw = json.dumps(told).encode()
        try:
            request.send_response(status)
            request.send_header("Content-Type", "application/json")
            request.send_header("Content-Length", str(len(raw)))
            request.end_headers()
            request.wfile.write(raw)
            request.wfile.flush()
        except OSError:
            return  # who asked is dead
        if method == "POST":
            self.on("answered")

    def _search(self, query: str) -> tuple[int, dict]:
        self.on("searched")
        wanted = parse_qs(query)["external_id"][0]
        seen_until = time.monotonic() - SEARCH_LAG_SECONDS
        with self._lock:
            found = [t for t in self.tickets.values() if t["external_id"] == wanted and t["made_at"] < seen_until]
        return 200, {"tickets": found}

    def _create(self, request: BaseHTTPRequestHandler, body: dict) -> tuple[int, dict]:
        self.on("asked")
        told, key = body["ticket"], request.headers["Idempotency-Key"]
        with self._lock:
            self.asked[key] += 1
            number = self.by_key.get(key)
            if number is None:
                number = self.by_key[key] = len(self.tickets) + 1
                self.tickets[number] = {
                    "id": number, "external_id": told["external_id"], "status": "new", "assignee_id": None,
                    "about": ABOUT.search(told["comment"]["body"])[0], "made_at": time.monotonic(),
                }  # fmt: skip
        self.on("made")
        return 201, {"ticket": self.tickets[number]}
