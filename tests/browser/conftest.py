"""A real Chromium for the pages."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from plugin.web.app import create_app

# The browser sees nothing but us: no updates, no reports, no first-run pages.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium; without one the test is skipped and says so, or fails where one was promised."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        told = "THE PAGES ARE NOT TESTED: there is no Chromium here (Debian: apt-get install chromium)"
        print(told, file=sys.stderr)
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(told)
        pytest.skip(told)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def address(house) -> Iterator[str]:
    """The pages of the test's own `house`, served to the browser."""
    settings = house.rejoin.settings.model_copy(update={"public_url": "http://127.0.0.1"})
    app = create_app(dataclasses.replace(house.rejoin, settings=settings))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
