"""`rejoin bounce` as a mail server runs it."""

from __future__ import annotations

from plugin.storage.migration import migrate
from tests.people.test_bounce import CANARY, report


def test_foreign_and_hostile_mail_is_counted_and_is_no_failure(run, settings, stored, tmp_path):
    migrate(stored)
    (tmp_path / "foreign").write_bytes(report())
    (tmp_path / "letter").write_bytes(f"Subject: {CANARY}\r\n\r\nHello".encode())
    (tmp_path / "again").write_bytes(report())
    ran = run("bounce", *(str(tmp_path / name) for name in ("foreign", "letter", "again")))
    assert ran.exit_code == 0
    assert ran.stdout.endswith("2 foreign-letter\n1 not-a-report\n")
    assert CANARY not in ran.output
