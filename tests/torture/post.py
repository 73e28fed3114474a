"""A mail server at the other end of a real line, which keeps each letter that it takes."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Post:
    """Keeps letters as (Message-ID, to, subject); `on` is called when one was taken and not yet acknowledged."""

    def __init__(self):
        self.letters: list[tuple[str, str, str]] = []
        self.on: Callable[[str], None] = lambda step: None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{port}"
        self._controller = Controller(self, hostname="127.0.0.1", port=port)
        self._controller.start()

    def close(self) -> None:
        """Go home."""
        self._controller.stop()

    async def handle_DATA(self, server, session, envelope) -> str:
        """Take one letter."""
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((str(letter["Message-ID"]), str(letter["To"]), str(letter["Subject"])))
        self.on("taken")
        return "250 taken"

    def sent(self) -> set[str]:
        """The Message-ID of each letter."""
        return {message_id for message_id, _, _ in self.letters}

    def doubled(self) -> list[str]:
        """People who have the same letter twice, so that no mail program can tell: under two Message-IDs."""
        known = Counter((to, subject) for _, to, subject in set(self.letters))
        return sorted(to for (to, _), times in known.items() if times > 1)
