"""Names, e-mails, phone numbers and raw bodies at rest: AES-GCM, with the key's id in the value."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = 1
NONCE_BYTES = 12


class Unopenable(Exception):
    """A stored value cannot be opened: its key is not among the configured ones, or the value was tampered with."""


@dataclass(frozen=True)
class Vault:
    """Seals and opens values with named keys; the first key seals, every key opens.

    A sealed value is `[version 1 byte][length of key id 1 byte][key id][nonce 12 bytes][ciphertext and tag]`. The
    *place* ("table.column") is authenticated, so that a value copied into another column does not open there.
    """

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def from_settings(cls, keys: tuple[str, ...]) -> Vault:
        """Keys written as `id:base64 of 32 bytes`; ValueError says which one is wrong without printing it."""
        read = []
        for number, text in enumerate(keys, 1):
            key_id, _, encoded = text.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                key = b""
            if not key_id or len(key_id) > 32 or len(key) != 32:
                raise ValueError(f"data key number {number} is not of the form id:base64 of 32 bytes")
            read.append((key_id, key))
        if not read:
            raise ValueError("no data key is set")
        return cls(tuple(read))

    def seal(self, place: str, plain: str | bytes) -> bytes:
        """Seal a value for this place; a new nonce each time, so equal values do not look equal."""
        return self.seal_all(place, (plain.encode() if isinstance(plain, str) else plain,))[0]

    def seal_all(self, place: str, plains: Sequence[bytes]) -> list[bytes]:
        """Seal several values for this place, each with a nonce of its own."""
        key_id, key = self.keys[0]
        head = bytes([VERSION, len(key_id)]) + key_id.encode()
        seal, where = _cipher(key).encrypt, head + place.encode()
        luck = os.urandom(NONCE_BYTES * len(plains))  # asked for once: each time, the thread lets go of the others
        nonces = [luck[at : at + NONCE_BYTES] for at in range(0, len(luck), NONCE_BYTES)]
        return [head + nonce + seal(nonce, plain, where) for nonce, plain in zip(nonces, plains, strict=True)]

    def open(self, place: str, sealed: bytes) -> bytes:
        """Open a value sealed for this place; raises Unopenable with the key's id, never the value."""
        sealed = bytes(sealed)
        size = sealed[1] if len(sealed) > 2 else 0
        head, rest = sealed[: 2 + size], sealed[2 + size :]
        key_id = head[2:].decode(errors="replace")
        for name, key in self.keys:
            if name == key_id:
                try:
                    nonce, box = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
                    return _cipher(key).decrypt(nonce, box, head + place.encode())
                except (InvalidTag, ValueError):
                    raise Unopenable(f"a value of {place} does not open with key {key_id}") from None
        raise Unopenable(f"a value of {place} was sealed with key {key_id}, which is not among the data keys")

    def open_text(self, place: str, sealed: bytes) -> str:
        """Open a text value."""
        return self.open(place, sealed).decode()

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one other purpose (signed links, session cookies), derived from the first data key."""
        return hmac.digest(self.keys[0][1], f"rejoin/{purpose}".encode(), hashlib.sha256)

    def fingerprints(self, purpose: str, text: str) -> tuple[str, ...]:
        """Keyed marks by which a value is found again without being kept; the first one is for writing.

        There is one for each key, so that what was written before the keys changed is still found.
        """
        name = f"rejoin/fingerprint/{purpose}".encode()
        marks = [hmac.digest(key, name + b"\0" + text.encode(), hashlib.sha256) for _, key in self.keys]
        return tuple(mark.hex()[:32] for mark in marks)


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    """The cipher of one key, made once: that costs more than to seal a value."""
    return AESGCM(key)
