"""A real Chromium for the pages."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

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
