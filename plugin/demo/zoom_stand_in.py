"""A local stand-in for Zoom's REST API, so that the real Zoom client has somebody to talk to over HTTP.

It knows what a reschedule needs: server-to-server tokens, a user's meetings (make and list), one meeting (show, change,
delete), who is registered for it, the users.
Anything else is answered as Zoom answers what it does not know: 404 with its error code 3001.
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN_SECONDS = 3600
SCOPES = (
    "meeting:write:meeting:admin", "meeting:read:list_meetings:admin", "meeting:read:meeting:admin",
    "meeting:update:meeting:admin", "meeting:delete:meeting:admin", "meeting:write:registrant:admin",
    "meeting:read:list_registrants:admin", "user:read:list_users:admin",
)  # fmt: skip


class ZoomStandIn:
    """Serves in a thread of its own from `start` to `stop`; `meetings` holds what was made, by meeting number."""

    def __init__(self, account_id: str, client_id: str, client_secret: str, first_number: int = 88412300001):
        self.account_id = account_id
        self.credentials = f"{client_id}:{client_secret}"
        self.meetings: dict[int, dict] = {}
        self.registrants: dict[int, list[dict]] = {}
        self.requests: list[tuple[str, str]] = []
        self._next_number = first_number
        self._tokens: set[str] = set()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1, on any free port unless one is given."""
        handler = type("Handler", (_Handler,), {"zoom": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, name="zoom-stand-in", daemon=True).start()

    def stop(self) -> None:
        """Stop listening; what was made is still there to be looked at."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> ZoomStandIn:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens; `/v2` is the API, `/oauth/token` gives tokens."""
        if self._server is None:
            raise RuntimeError("the stand-in does not listen")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def issue_token(self, authorization: str, form: dict[str, str]) -> tuple[int, dict]:
        """A bearer token for the right credentials and account; Zoom's error otherwise."""
        wanted = "Basic " + base64.b64encode(self.credentials.encode()).decode()
        if not secrets.compare_digest(authorization.encode(), wanted.encode()):
            return 400, {"reason": "Invalid client_id or client_secret", "error": "invalid_client"}
        if form.get("grant_type") != "account_credentials" or form.get("account_id") != self.account_id:
            return 400, {"reason": "unsupported grant type", "error": "unsupported_grant_type"}
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._tokens.add(token)
        scope = " ".join(SCOPES)
        return 200, {"access_token": token, "token_type": "bearer", "expires_in": TOKEN_SECONDS, "scope": scope}

    def knows(self, token: str) -> bool:
        """Whether this is a token that was issued here."""
        return token in self._tokens

    def make_meeting(self, host_id: str, wanted: dict) -> tuple[int, dict]:
        """Make a meeting for a host, as `POST /users/{userId}/meetings` does."""
        with self._lock:
            number = self._next_number
            self._next_number += 1
            meeting = {
                "uuid": base64.b64encode(secrets.token_bytes(16)).decode(),
                "id": number,
                "host_id": host_id,
                "type": 2,
                "status": "waiting",
                "created_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "start_url": f"https://zoom.example/s/{number}?zak=start",
                "join_url": f"https://zoom.example/j/{number}?pwd={secrets.token_urlsafe(6)}",
            }
            self.meetings[number] = wanted | meeting
            return 201, self.meetings[number]

    def list_meetings(self, host_id: str) -> tuple[int, dict]:
        """A host's meetings on one page."""
        found = [meeting for meeting in self.meetings.values() if meeting["host_id"] == host_id]
        return 200, {"page_size": 300, "total_records": len(found), "next_page_token": "", "meetings": found}

    def change_meeting(self, number: str, wanted: dict) -> tuple[int, dict]:
        """Change a meeting, as `PATCH /meetings/{id}` does: settings one by one, the rest as it is given."""
        with self._lock:
            meeting = self.meetings.get(int(number)) if number.isdigit() else None
            if meeting is None:
                return _unknown_meeting(number)
            settings = dict(meeting.get("settings") or {}) | dict(wanted.get("settings") or {})
            meeting |= wanted | {"settings": settings}
            return 204, {}

    def delete_meeting(self, number: str) -> tuple[int, dict]:
        """Take a meeting out."""
        with self._lock:
            gone = self.meetings.pop(int(number), None) if number.isdigit() else None
            return (204, {}) if gone else _unknown_meeting(number)

    def register(self, number: str, wanted: dict) -> tuple[int, dict]:
        """Register somebody for a meeting, with a link of their own."""
        with self._lock:
            if not number.isdigit() or int(number) not in self.meetings:
                return _unknown_meeting(number)
            people = self.registrants.setdefault(int(number), [])
            place = {
                "id": secrets.token_urlsafe(16),
                "join_url": f"https://zoom.example/w/{number}?tk={secrets.token_urlsafe(8)}",
            }
            people.append(wanted | place | {"status": "approved"})
            return 201, {"registrant_id": place["id"], "join_url": place["join_url"], "id": int(number)}

    def list_registrants(self, number: str) -> tuple[int, dict]:
        """Who is registered for a meeting, on one page."""
        if not number.isdigit() or int(number) not in self.meetings:
            return _unknown_meeting(number)
        people = self.registrants.get(int(number), [])
        return 200, {"page_size": 300, "total_records": len(people), "next_page_token": "", "registrants": people}

    def show_meeting(self, number: str) -> tuple[int, dict]:
        """One meeting."""
        meeting = self.meetings.get(int(number)) if number.isdigit() else None
        return (200, meeting) if meeting else _unknown_meeting(number)


def _unknown_meeting(number: str) -> tuple[int, dict]:
    return 404, {"code": 3001, "message": f"Meeting does not exist: {number}."}


class _Handler(BaseHTTPRequestHandler):
    zoom: ZoomStandIn
    protocol_version = "HTTP/1.1"
    server_version = "ZoomStandIn"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, query = self._path()
        if path == ["oauth", "token"]:
            form = query | {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self._answer(*self.zoom.issue_token(self.headers.get("Authorization", ""), form))
        elif self._allowed():
            self._change("POST", path, body)

    def do_PATCH(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _ = self._path()
        if self._allowed():
            self._change("PATCH", path, body)

    def do_DELETE(self) -> None:
        path, _ = self._path()
        if self._allowed():
            self._change("DELETE", path, b"")

    def _change(self, method: str, path: list[str], body: bytes) -> None:
        try:
            wanted = json.loads(body or b"{}")
        except ValueError:
            self._answer(400, {"code": 300, "message": "Request Body should be a valid JSON object."})
            return
        match method, path:
            case "POST", ["v2", "users", host_id, "meetings"]:
                self._answer(*self.zoom.make_meeting(host_id, wanted))
            case "POST", ["v2", "meetings", number, "registrants"]:
                self._answer(*self.zoom.register(number, wanted))
            case "PATCH", ["v2", "meetings", number]:
                self._answer(*self.zoom.change_meeting(number, wanted))
            case "DELETE", ["v2", "meetings", number]:
                self._answer(*self.zoom.delete_meeting(number))
            case _:
                self._answer(*_UNKNOWN)

    def do_GET(self) -> None:
        path, _ = self._path()
        if not self._allowed():
            return
        match path:
            case ["v2", "users"]:
                self._answer(200, {"page_size": 30, "total_records": 0, "next_page_token": "", "users": []})
            case ["v2", "users", host_id, "meetings"]:
                self._answer(*self.zoom.list_meetings(host_id))
            case ["v2", "users", host_id]:
                self._answer(200, {"id": host_id, "type": 2, "status": "active"})
            case ["v2", "meetings", number]:
                self._answer(*self.zoom.show_meeting(number))
            case ["v2", "meetings", number, "registrants"]:
                self._answer(*self.zoom.list_registrants(number))
            case _:
                self._answer(*_UNKNOWN)

    def log_message(self, *_: object) -> None:
        """Silent: the demonstration's terminal belongs to the story."""

    def _path(self) -> tuple[list[str], dict[str, str]]:
        address = urlsplit(self.path)
        self.zoom.requests.append((self.command, address.path))
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        return [unquote(part) for part in address.path.strip("/").split("/")], query

    def _allowed(self) -> bool:
        if self.zoom.knows(self.headers.get("Authorization", "").removeprefix("Bearer ")):
            return True
        self._answer(401, {"code": 124, "message": "Invalid access token."})
        return False

    def _answer(self, status: int, told: dict) -> None:
        body = b"" if status == 204 else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json;charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


_UNKNOWN = (404, {"code": 3001, "message": "The stand-in does not know this endpoint."})
