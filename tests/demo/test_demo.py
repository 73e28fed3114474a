"""The demonstration as a whole: the real command, the real service beside it, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from plugin.demo.stage import free_port

pytestmark = pytest.mark.alone

# A shell that runs the tests in the background has Ctrl-C ignored, and children inherit that.
RUN = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from plugin.cli.main import main; main()"
)


def start(folder: Path, *options: str) -> subprocess.Popen:
    environment = {**os.environ, "TMPDIR": str(folder), "COLUMNS": "160"}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, "demo", *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.timeout(180)
def test_a_morning_is_played_told_and_cleaned_away(tmp_path: Path):
    demo = start(tmp_path, "--no-wait", "--speed", "600", "--port", str(free_port(0)))
    said, _ = demo.communicate(timeout=150)
    assert demo.returncode == 0, said
    for sentence in (
        r"C-11 +attended",
        r"C-13 +partial, technical",
        r"C-14 +partial, technical",
        r"C-15 +missed, absence",
        r"C-16 +missed, provider",
        r"C-17 +not-held, provider",
        r"C-18 +undetermined",
        r"C-19 +attended",
        r"→ reschedule: waits for a coordinator",
        r"→ ticket for 3 people: opened",
        r"1 with 401",
        r"coordinator",
    ):
        assert re.search(sentence, said), f"{sentence}\n{said}"
    assert not list(tmp_path.glob("rejoin-demo-*"))


@pytest.mark.timeout(120)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_service_does_not_outlive_a_demonstration_that_was_killed(tmp_path: Path):
    port = free_port(0)
    demo = start(tmp_path, "--speed", "100", "--port", str(port))
    try:
        assert until(lambda: answers(port))
        os.kill(demo.pid, signal.SIGKILL)
        demo.wait()
        assert until(lambda: not answers(port))
    finally:
        demo.kill()
        demo.stdout.close()
        demo.wait()


@pytest.mark.timeout(120)
def test_ctrl_c_ends_it_in_order(tmp_path: Path):
    port = free_port(0)
    demo = start(tmp_path, "--speed", "100", "--port", str(port))
    try:
        assert until(lambda: answers(port))
        demo.send_signal(signal.SIGINT)
        said, _ = demo.communicate(timeout=60)
    finally:
        demo.kill()
        demo.wait()
    assert demo.returncode == 0, said
    assert "Traceback" not in said
    assert not answers(port)
    assert not list(tmp_path.glob("rejoin-demo-*"))


def answers(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=2).ok
    except requests.RequestException:
        return False


def until(true, seconds: float = 60.0) -> bool:
    give_up_at = time.monotonic() + seconds
    while not true():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.1)
    return True
