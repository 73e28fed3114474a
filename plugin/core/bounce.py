"""Reports of mail that came back (RFC 3464): what one says, read from a message of which nothing is believed.

Anybody can write to the address that bounces go to, so a report counts only where the letter and the address that it
names are found to be ours; that is the reader's part. What is read here never leaves it but for these few values.
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from enum import StrEnum

import msgspec

LARGEST = 1_000_000
"""Octets; what is longer is no report, or one with a letter that is not ours."""
MOST_RECIPIENTS = 50
STATUS = re.compile(r"^\s*(?P<status>(?P<kind>[245])\.(?P<subject>\d{1,3})\.(?P<detail>\d{1,3}))(?!\d)")
MESSAGE_ID = re.compile(r"^\s*(<[^<>\s]{3,250}>)\s*$")
HEADERS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
STATUS_KINDS = ("message/delivery-status", "message/global-delivery-status")


class Problem(StrEnum):
    """Why a message is no report that we can use."""

    TOO_LARGE = "too-large"
    UNREADABLE = "unreadable"
    NOT_A_REPORT = "not-a-report"
    NO_LETTER = "no-letter"
    """It does not say which letter came back."""
    NO_RECIPIENT = "no-recipient"
    """It names nobody whom the letter did not reach, or does not say why."""
    FOREIGN_LETTER = "foreign-letter"
    """We did not send that letter."""
    FOREIGN_ADDRESS = "foreign-address"
    """We sent that letter, and not to this address."""


class NoReport(Exception):
    """The message is no report that can be used; says nothing of what is in it."""

    def __init__(self, problem: Problem):
        super().__init__(problem.value)
        self.problem = problem


class Failed(msgspec.Struct, frozen=True):
    """One address that the letter did not reach: the address as the report names it, and the enhanced status code
    (RFC 3463); `for_good` is False while a mail server still tries."""

    addresses: tuple[str, ...]
    status: str
    for_good: bool

    @property
    def address_is_wrong(self) -> bool:
        """Whether it was refused for what it is: x.1 is about addresses, x.2.1 a mailbox that is shut."""
        return self.for_good and (self.status.split(".")[1] == "1" or self.status == "5.2.1")


class Report(msgspec.Struct, frozen=True):
    """What came back: the Message-ID of the letter, and whom it did not reach."""

    message_id: str
    failed: tuple[Failed, ...]


def read_report(raw: bytes) -> Report:
    """Read one message; raises NoReport."""
    if len(raw) > LARGEST:
        raise NoReport(Problem.TOO_LARGE)
    try:
        message = message_from_bytes(raw)
        parts = _parts(message)
        blocks = [block for part in parts if _kind(part) in STATUS_KINDS for block in _blocks(part)]
        letters = [_letter(part) for part in parts if _kind(part) in HEADERS]
        failed = tuple(one for block in blocks[:MOST_RECIPIENTS] if (one := _failed(block)) is not None)
    except NoReport:
        raise
    except Exception:
        # The parser of the library stumbles over some of what people build against it; it harms nobody else.
        raise NoReport(Problem.UNREADABLE) from None
    message_id = next(filter(None, letters), "")
    if not message_id:
        raise NoReport(Problem.NO_LETTER)
    if not failed:
        raise NoReport(Problem.NO_RECIPIENT)
    return Report(message_id, failed)


def _parts(message: Message) -> list[Message]:
    """The parts of a report, which stand side by side (RFC 3462)."""
    named = str(message.get_param("report-type", "")).casefold()
    if _kind(message) != "multipart/report" or named != "delivery-status" or not message.is_multipart():
        raise NoReport(Problem.NOT_A_REPORT)
    return list(message.get_payload())[:10]


def _kind(part: Message) -> str:
    return part.get_content_type()


def _blocks(part: Message) -> list[Message]:
    """Of a delivery status the fields of each recipient; those of the whole message come first and are left out."""
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)][1:] if isinstance(payload, list) else []


def _failed(block: Message) -> Failed | None:
    action = str(block.get("Action", "")).strip().casefold()
    status = STATUS.match(str(block.get("Status", "")))
    named = (block.get(name) for name in ("Original-Recipient", "Final-Recipient"))
    addresses = tuple(address for one in named if one is not None and (address := _address(str(one))))
    if action not in ("failed", "delayed") or status is None or status["kind"] == "2" or not addresses:
        return None
    return Failed(addresses, status["status"], action == "failed" and status["kind"] == "5")


def _address(text: str) -> str:
    """`rfc822; alice@example.org` without its kind."""
    kind, _, address = text.partition(";")
    address = address.strip().removeprefix("<").removesuffix(">")
    return address if kind.strip().casefold() in ("rfc822", "utf-8") and 3 <= len(address) <= 320 else ""


def _letter(part: Message) -> str:
    """The Message-ID of the letter that a part holds, or whose headers it holds as text."""
    payload = part.get_payload()
    if isinstance(payload, list):
        letter = payload[0] if payload and isinstance(payload[0], Message) else None
    else:
        said = part.get_payload(decode=True)
        letter = message_from_bytes(said) if isinstance(said, bytes) else None
    found = MESSAGE_ID.match(str(letter.get("Message-ID", ""))) if letter is not None else None
    return found.group(1) if found else ""
