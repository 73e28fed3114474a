"""A process that has everything imported and forks off the commands of Rejoin, so that a kill costs no half minute.

What runs in the fork is `rejoin serve` or `rejoin worker` and nothing of the tests, except for the faults that a
control test asks for (fault.py) and, where it was preloaded, the disk (disk.c). It reads one JSON object a line and
answers with one; it ends with its input.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sys
from importlib import import_module

BEFOREHAND = (
    "plugin.cli.main", "plugin.cli.serve", "plugin.cli.worker", "plugin.cli.start", "plugin.composition",
    "plugin.web.app", "plugin.web.health", "plugin.api.app", "plugin.service.running", "plugin.service.booking",
    "plugin.service.messaging", "plugin.service.offering", "plugin.service.tasks", "plugin.service.ticketing",
    "plugin.adapters.mailbox", "plugin.adapters.smtp", "plugin.adapters.procrastinate", "plugin.adapters.zendesk",
    "plugin.adapters.zoom", "plugin.adapters.zoom_log", "plugin.adapters.zoom_report", "webhooks.inbox",
    "webhooks.receiver", "webhooks.tally", "webhooks.door", "plugin.serving", "alembic.command", "psycopg_binary",
    "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite",
)  # fmt: skip


def main() -> dict | None:
    """Serve until the input ends; returns the order in the process that was forked for it."""
    for module in BEFOREHAND:
        with contextlib.suppress(ImportError):
            import_module(module)
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "ended" in order:
            pid, status = os.waitpid(order["ended"], os.WNOHANG)
            print(json.dumps({"status": os.waitstatus_to_exitcode(status) if pid else None}), flush=True)
            continue
        pid = os.fork()
        if not pid:
            return order
        print(json.dumps({"pid": pid}), flush=True)
    return None


def become(order: dict) -> None:
    """Turn this process into the command that was ordered."""
    os.setsid()
    os.chdir(order["folder"])
    said = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for fd, to in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(fd, to)
    for name in [name for name in os.environ if name.startswith("REJOIN_")]:
        del os.environ[name]
    os.environ |= order["settings"]
    if order["disk"]:
        disk = ctypes.CDLL(None)
        assert disk.disk_begin(*(path.encode() for path in order["disk"])) == 0
    from tests.torture import fault

    for name in order["faults"]:
        fault.FAULTS[name]()
    import_module("plugin.cli.main").main(order["command"])


if __name__ == "__main__" and (ordered := main()):
    become(ordered)
