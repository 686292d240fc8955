"""Random tokens, digests, and secrets encrypted per tenant."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class CannotDecrypt(ValueError):
    """No key of the ring opens this secret, or it belongs to another owner."""


def token(bits: int = 256) -> str:
    """A random opaque token, URL-safe."""
    return secrets.token_urlsafe(bits // 8)


def digest(opaque: str) -> bytes:
    """What is stored of an opaque token: its SHA-256, 32 bytes."""
    return hashlib.sha256(opaque.encode()).digest()


def same(left: str, right: str) -> bool:
    """Compare two texts in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())


class Keyring:
    """A list of master keys: the first encrypts and signs, all decrypt and verify.

    Every use and every owner has its own key, derived by HKDF-SHA256 (RFC 5869).
    """

    def __init__(self, masters: Sequence[str]) -> None:
        if not masters or any(len(master) < 32 for master in masters):
            raise ValueError("each secret key needs at least 32 characters")
        self._masters = [master.encode() for master in masters]

    def __len__(self) -> int:
        """How many master keys there are."""
        return len(self._masters)

    def derive(self, purpose: str, owner: str = "", *, index: int = 0) -> bytes:
        """32 bytes for one purpose and owner, from the master key at ``index``."""
        info = f"{purpose}\x00{owner}".encode()
        return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(self._masters[index])

    def derive_all(self, purpose: str, owner: str = "") -> list[bytes]:
        """The derived keys of all masters, the current one first."""
        return [self.derive(purpose, owner, index=index) for index in range(len(self._masters))]

    def encrypt(self, plain: str, owner: str) -> str:
        """AES-256-GCM with the owner's key; the key's fingerprint and the owner are bound in."""
        mark = self._mark(0)
        nonce = os.urandom(12)
        sealed = AESGCM(self.derive("secrets", owner)).encrypt(
            nonce, plain.encode(), f"{mark}:{owner}".encode()
        )
        return f"{mark}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, sealed: str, owner: str) -> str:
        """The secret again; raises CannotDecrypt."""
        mark, _, body = sealed.partition(":")
        for index in range(len(self._masters)):
            if mark != self._mark(index):
                continue
            try:
                raw = base64.urlsafe_b64decode(body)
                key = AESGCM(self.derive("secrets", owner, index=index))
                return key.decrypt(raw[:12], raw[12:], f"{mark}:{owner}".encode()).decode()
            except (InvalidTag, ValueError) as problem:
                raise CannotDecrypt("altered, or another owner's") from problem
        raise CannotDecrypt("its key is no longer in CILIS_SECRET_KEYS")

    def is_current(self, sealed: str) -> bool:
        """Whether the secret was encrypted with the first key."""
        return sealed.partition(":")[0] == self._mark(0)

    def _mark(self, index: int) -> str:
        return hashlib.sha256(b"mark" + self._masters[index]).hexdigest()[:8]
