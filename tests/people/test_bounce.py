"""Letters that come back: a report marks the address it names, and nothing else does."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.bounce import Failed, NoReport, Problem, Report, read_report
from plugin.core.message import Channel
from plugin.service import bounces
from plugin.storage import contact as contacts
from plugin.storage.tables import dispatch
from tests.people.house import House

CANARY = "Noor Canary"
LETTER = "<0123456789abcdef0123456789abcdef@clinic.example>"
FAILED = ("Action: failed", "Status: 5.1.1 (bad destination mailbox address)")


def report(
    fields: tuple[str, ...] = FAILED, to: str = "alice@example.org", letter: str = LETTER, part: str = "message/rfc822",
    kind: str = "delivery-status",
) -> bytes:  # fmt: skip
    """A report as Postfix writes it, after RFC 3464."""
    recipient = (f"Final-Recipient: rfc822; {to}", *fields) if to else fields
    lines = [
        "From: MAILER-DAEMON@mx.example.net", "To: sessions@clinic.example", "Subject: Undelivered Mail",
        f'Content-Type: multipart/report; report-type={kind}; boundary="b1"', "MIME-Version: 1.0", "",
        "--b1", "Content-Type: text/plain", "", f"{CANARY} could not be reached.", "",
        "--b1", "Content-Type: message/delivery-status", "",
        "Reporting-MTA: dns; mx.example.net", "X-Postfix-Queue-ID: 1", "", *recipient, "",
        "--b1", f"Content-Type: {part}", "",
        f"Message-ID: {letter}", "From: sessions@clinic.example", f"To: {CANARY} <{to}>", "Subject: About", "", "Hello",
        "--b1--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


class TestReading:
    """What a report says."""

    @pytest.mark.parametrize("part", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
    def test_letter_address_and_reason_are_read(self, part):
        assert read_report(report(part=part)) == Report(LETTER, (Failed(("alice@example.org",), "5.1.1", True),))

    def test_address_is_no_shorter_than_an_address_can_be(self):
        assert read_report(report(to="a@b")).failed[0].addresses == ("a@b",)
        with pytest.raises(NoReport, match=Problem.NO_RECIPIENT):
            read_report(report(to="a@"))

    def test_address_is_no_longer_than_an_address_can_be(self):
        longest = "@example.org".rjust(320, "a")
        assert read_report(report(to=longest)).failed[0].addresses == (longest,)
        with pytest.raises(NoReport, match=Problem.NO_RECIPIENT):
            read_report(report(to=f"a{longest}"))

    @pytest.mark.parametrize(
        ("status", "action", "for_good", "wrong"),
        [
            ("5.1.1", "failed", True, True),
            ("5.1.10", "failed", True, True),
            ("5.2.1", "failed", True, True),
            ("5.2.2", "failed", True, False),
            ("5.7.1", "failed", True, False),
            ("4.4.1", "delayed", False, False),
            ("4.4.7", "failed", False, False),
            ("5.1.1", "delayed", False, False),
        ],
    )
    def test_only_what_concerns_the_address_for_good_speaks_against_it(self, status, action, for_good, wrong):
        (one,) = read_report(report((f"Action: {action}", f"Status: {status}"))).failed
        assert (one.for_good, one.address_is_wrong) == (for_good, wrong)

    @pytest.mark.parametrize(
        ("raw", "problem"),
        [
            (b"", Problem.NOT_A_REPORT),
            (b"Subject: out of office\r\n\r\nI am away", Problem.NOT_A_REPORT),
            (report(kind="disposition-notification"), Problem.NOT_A_REPORT),
            (report().replace(b"multipart/report", b"multipart/mixed"), Problem.NOT_A_REPORT),
            (report(letter="none"), Problem.NO_LETTER),
            (report(letter="<a b@c>"), Problem.NO_LETTER),
            (report(("Action: relayed", "Status: 2.1.5")), Problem.NO_RECIPIENT),
            (report(("Action: failed",)), Problem.NO_RECIPIENT),
            (report(to=""), Problem.NO_RECIPIENT),
            (b"x" * 1_000_000, Problem.NOT_A_REPORT),
            (b"x" * 1_000_001, Problem.TOO_LARGE),
        ],
        ids=lambda value: value.value if isinstance(value, Problem) else "",
    )
    def test_what_is_no_report_is_refused_with_a_word(self, raw, problem):
        with pytest.raises(NoReport, match=problem.value):
            read_report(raw)

    def test_message_that_is_nested_without_end_harms_nobody(self):
        head = b"".join(b'Content-Type: multipart/report; report-type=delivery-status; boundary="%d"\n\n--%d\n' % (n, n)
                        for n in range(2000))  # fmt: skip
        with pytest.raises(NoReport):
            read_report(head)

    @given(st.binary(max_size=300), st.integers(0, 1200), st.integers(0, 300))
    def test_whatever_comes_is_a_report_or_refused_and_nothing_of_it_is_said(self, noise, at, length):
        raw = report()
        refused = None
        try:
            read_report(raw[:at] + noise + raw[at + length :])
        except NoReport as refusal:
            refused = refusal
        assert refused is None or (str(refused) in set(Problem) and refused.__cause__ is None)


@pytest.fixture
def written(missed) -> House:
    """Alice missed her session and was written to."""
    missed.act()
    return missed


def row_of(house: House):
    with house.rejoin.db.read() as tx:
        return tx.execute(dispatch.select().order_by(dispatch.c.id)).first()


def letter_of(house: House) -> str:
    """The Message-ID, as a mail server knows it."""
    row = row_of(house)
    with house.rejoin.db.begin() as tx:
        tx.execute(dispatch.update().where(dispatch.c.id == row.id).values(reference=LETTER))
    return LETTER


def failure(house: House) -> str | None:
    with house.rejoin.db.read() as tx:
        return contacts.state_of(tx, Channel.EMAIL, "alice@example.org").failure


class TestTaking:
    """What becomes of the letter and the address."""

    def test_address_that_does_not_work_is_marked_and_a_coordinator_asked_once(self, written, caplog, capsys):
        letter = letter_of(written)
        before = len(written.tasks())
        assert bounces.take(written.rejoin, report(letter=letter, to="Alice@Example.org")) == "bounced"
        assert (row_of(written).state, row_of(written).because, failure(written)) == ("refused", "5.1.1", "5.1.1")
        asked = [task.because for task in written.tasks() if "does not work" in task.because]
        assert asked == [
            "The e-mail address of C-ALICE does not work (5.1.1). Please correct it in the roster, or call."
        ]
        assert bounces.take(written.rejoin, report(letter=letter)) == "bounced"
        assert len([task for task in written.tasks() if "does not work" in task.because]) == 1
        assert len(written.tasks()) > before
        said = capsys.readouterr()
        assert not re.search(f"{CANARY}|alice@|Undelivered", said.out + said.err + caplog.text, re.IGNORECASE)

    @pytest.mark.parametrize(
        ("fields", "became", "state"),
        [
            (("Action: failed", "Status: 5.2.2"), "refused", "refused"),
            (("Action: delayed", "Status: 4.4.1"), "delayed", "sent"),
        ],
    )
    def test_other_reasons_do_not_mark_the_address(self, written, fields, became, state):
        letter = letter_of(written)
        assert bounces.take(written.rejoin, report(fields, letter=letter)) == became
        assert (row_of(written).state, failure(written)) == (state, None)

    def test_letter_that_is_not_ours_marks_nobody(self, written):
        assert bounces.take(written.rejoin, report()) == "foreign-letter"
        assert (row_of(written).state, failure(written)) == ("sent", None)

    def test_our_letter_with_an_address_of_somebody_else_marks_nobody(self, written):
        letter = letter_of(written)
        assert bounces.take(written.rejoin, report(letter=letter, to="bob@example.org")) == "foreign-address"
        assert (row_of(written).state, failure(written)) == ("sent", None)

    @pytest.mark.both
    def test_original_recipient_counts_where_mail_was_passed_on(self, written):
        letter = letter_of(written)
        fields = ("Original-Recipient: rfc822;alice@example.org", *FAILED)
        assert bounces.take(written.rejoin, report(fields, letter=letter, to="elsewhere@example.net")) == "bounced"
        assert failure(written) == "5.1.1"
