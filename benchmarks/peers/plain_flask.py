"""Flask as one would write it first: verify, one INSERT with its own COMMIT, 200. SQLite in WAL, synchronous=FULL."""

from __future__ import annotations

import hmac
import os
import sqlite3
import threading

from flask import Flask, request

app = Flask(__name__)
_own = threading.local()


def connection() -> sqlite3.Connection:
    """One connection for each thread."""
    if not hasattr(_own, "connection"):
        _own.connection = sqlite3.connect(os.environ["DATABASE"], isolation_level=None, timeout=5)
        _own.connection.execute("PRAGMA journal_mode=WAL")
        _own.connection.execute("PRAGMA synchronous=FULL")
        _own.connection.execute("CREATE TABLE IF NOT EXISTS event (id INTEGER PRIMARY KEY, body TEXT, key TEXT UNIQUE)")
    return _own.connection


@app.post("/webhooks/zoom")
def receive():
    """One delivery."""
    raw = request.get_data()
    signed = b"v0:" + request.headers["x-zm-request-timestamp"].encode() + b":" + raw
    wanted = "v0=" + hmac.digest(os.environ["SECRET"].encode(), signed, "sha256").hex()
    if not hmac.compare_digest(wanted, request.headers["x-zm-signature"]):
        return {"status": 401}, 401
    request.get_json()
    connection().execute(
        "INSERT OR IGNORE INTO event (body, key) VALUES (?, ?)", (raw.decode(), request.headers["x-zm-request-id"])
    )
    return {"status": 200}
