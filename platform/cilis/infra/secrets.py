"""Secrets and signing keys of the current tenant, all derived from CILIS_SECRET_KEYS."""

from __future__ import annotations

import functools

from cilis.config import settings
from cilis.infra.tenancy import current_tenant
from cilis.kit.crypto import Keyring


@functools.cache
def keyring() -> Keyring:
    """The installation's keys."""
    return Keyring(settings().secret_list())


def encrypt(plain: str) -> str:
    """A secret of the current tenant, sealed."""
    return keyring().encrypt(plain, current_tenant().id)


def decrypt(sealed: str) -> str:
    """The secret again; raises kit.crypto.CannotDecrypt."""
    return keyring().decrypt(sealed, current_tenant().id)


def signing_keys(purpose: str) -> list[bytes]:
    """Keys for one purpose of the current tenant: the first signs, all verify."""
    return _signing_keys(purpose, current_tenant().id)


@functools.lru_cache(maxsize=4096)
def _signing_keys(purpose: str, owner: str) -> list[bytes]:
    return keyring().derive_all(f"sign:{purpose}", owner)
