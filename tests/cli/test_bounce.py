"""`rejoin bounce` as a mail server runs it."""

from __future__ import annotations

import mailbox

import pytest

from plugin.core.bounce import LARGEST
from plugin.storage.bounce import counts
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


@pytest.fixture
def messages() -> list[bytes]:
    """Good, bad and worse: what such a mailbox holds."""
    letter = f"Subject: {CANARY}\r\n\r\nHello".encode()
    return [report(), letter, b"", b"\xff\x00" * 100, b"Content-Type: multipart/report; boundary=\"" + b"(" * 9000,
            b"x" * (LARGEST + 10), report(letter="<other@clinic.example>")]  # fmt: skip


def mbox(path, messages):
    box = mailbox.mbox(path)
    for one in messages:
        box.add(one)
    box.close()


def maildir(path, messages):
    box = mailbox.Maildir(path)
    for one in messages:
        box.add(one)
    box.close()


@pytest.mark.parametrize("make", [mbox, maildir])
def test_mailbox_is_taken_in_whole_and_one_bad_message_stops_no_other(run, stored, tmp_path, messages, make):
    migrate(stored)
    make(tmp_path / "box", messages)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "box" in path.parts}
    ran = run("bounce", "--mailbox", str(tmp_path / "box"))
    assert ran.exit_code == 0
    told = dict(reversed(line.split()) for line in ran.stdout.splitlines() if len(line.split()) == 2)
    assert told == {"foreign-letter": "2", "not-a-report": "4", "too-large": "1"}
    assert CANARY not in ran.output
    assert {path: path.read_bytes() for path in before} == before, "it is only read"
    with stored.read() as tx:
        assert counts(tx) == {"foreign-letter": 2, "not-a-report": 4, "too-large": 1}


def test_message_that_cannot_be_opened_is_counted_and_the_others_are_taken(run, stored, tmp_path):
    migrate(stored)
    maildir(tmp_path / "box", [report(), report()])
    gone = next((tmp_path / "box" / "new").iterdir())
    gone.unlink()
    gone.symlink_to(tmp_path / "nowhere")
    ran = run("bounce", "--mailbox", str(tmp_path / "box"))
    assert (ran.exit_code, ran.stdout.endswith("1 foreign-letter\n1 unreadable\n")) == (0, True)


def test_what_is_no_mailbox_is_said(run, stored, tmp_path):
    migrate(stored)
    (tmp_path / "one").write_bytes(report())
    for path, words in ((tmp_path / "one", "is no mbox"), (tmp_path, "is no Maildir")):
        ran = run("bounce", "--mailbox", str(path))
        assert ran.exit_code == 2
        assert words in ran.output


def test_empty_mailbox_is_fine(run, stored, tmp_path):
    migrate(stored)
    (tmp_path / "box").touch()
    assert run("bounce", "--mailbox", str(tmp_path / "box")).exit_code == 0
