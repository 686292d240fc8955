from __future__ import annotations

import base64

import pytest

from cilis.kit import crypto
from cilis.kit.crypto import CannotDecrypt, Keyring

OLD, NEW = "old-" + "k" * 32, "new-" + "k" * 32


def test_a_secret_comes_back() -> None:
    ring = Keyring([OLD])
    sealed = ring.encrypt("khóa bí mật", "t1")
    assert "khóa" not in sealed
    assert ring.decrypt(sealed, "t1") == "khóa bí mật"
    assert ring.encrypt("khóa bí mật", "t1") != sealed  # a fresh nonce each time


def test_rotation_keeps_old_secrets_readable_and_marks_them() -> None:
    sealed = Keyring([OLD]).encrypt("x", "t1")
    both = Keyring([NEW, OLD])
    assert both.decrypt(sealed, "t1") == "x"
    assert not both.is_current(sealed)
    assert both.is_current(both.encrypt("x", "t1"))
    assert len(both) == 2


def test_a_secret_whose_key_was_dropped_is_told() -> None:
    sealed = Keyring([OLD]).encrypt("x", "t1")
    with pytest.raises(CannotDecrypt, match="CILIS_SECRET_KEYS"):
        Keyring([NEW]).decrypt(sealed, "t1")


def test_another_owner_cannot_open_it() -> None:
    ring = Keyring([OLD])
    sealed = ring.encrypt("x", "t1")
    for owner in ("t2", "", "t1 ", "T1"):
        with pytest.raises(CannotDecrypt):
            ring.decrypt(sealed, owner)


def test_every_altered_byte_is_noticed() -> None:
    ring = Keyring([OLD])
    mark, _, body = ring.encrypt("secret", "t1").partition(":")
    raw = bytearray(base64.urlsafe_b64decode(body))
    for place in range(len(raw)):
        altered = bytearray(raw)
        altered[place] ^= 1
        with pytest.raises(CannotDecrypt):
            ring.decrypt(f"{mark}:{base64.urlsafe_b64encode(altered).decode()}", "t1")


@pytest.mark.parametrize(
    "rubbish", ["", ":", "x", "x:y", "MARK:", "MARK:AAAA", "MARK:é", "MARK:%%"]
)
def test_rubbish_is_refused_and_nothing_else(rubbish: str) -> None:
    ring = Keyring([OLD])
    mark = ring.encrypt("x", "t1").partition(":")[0]
    with pytest.raises(CannotDecrypt):
        ring.decrypt(rubbish.replace("MARK", mark), "t1")


def test_a_mark_cannot_be_exchanged_for_another_keys() -> None:
    ring = Keyring([NEW, OLD])
    mark_new = ring.encrypt("x", "t1").partition(":")[0]
    body = Keyring([OLD]).encrypt("x", "t1").partition(":")[2]
    with pytest.raises(CannotDecrypt):
        ring.decrypt(f"{mark_new}:{body}", "t1")


@pytest.mark.parametrize("masters", [[], ["short"], [OLD, "short"], [""]])
def test_weak_keys_are_refused(masters: list[str]) -> None:
    with pytest.raises(ValueError, match="32 characters"):
        Keyring(masters)


def test_every_purpose_owner_and_master_has_a_key_of_its_own() -> None:
    ring = Keyring([NEW, OLD])
    made = [
        ring.derive(purpose, owner, index=index)
        for purpose in ("secrets", "sign:csrf", "sign:socket")
        for owner in ("", "t1", "t2")
        for index in (0, 1)
    ]
    assert len(set(made)) == len(made)
    assert ring.derive_all("sign:csrf", "t1")[1] == Keyring([OLD]).derive("sign:csrf", "t1")


def test_purpose_and_owner_do_not_run_together() -> None:
    ring = Keyring([OLD])
    assert ring.derive("ab", "c") != ring.derive("a", "bc")


def test_tokens_are_long_random_and_kept_as_a_digest() -> None:
    made = {crypto.token() for _ in range(200)}
    assert len(made) == 200
    assert all(len(base64.urlsafe_b64decode(f"{token}=")) == 32 for token in made)
    assert len(crypto.digest("x")) == 32
    assert crypto.same("a", "a")
    assert not crypto.same("a", "b")
    assert not crypto.same("a", "đ")
