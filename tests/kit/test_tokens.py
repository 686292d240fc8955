"""Signed tokens against the table of tricks: none, confused algorithms, other kinds, rubbish."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from cilis.kit import clock
from cilis.kit.tokens import BadToken, issue, read

KEY, OTHER = b"k" * 32, b"o" * 32
CLAIMS = {"typ": "access", "aud": "t1", "sub": "p1"}


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(
    header: Any, claims: Any, *, key: bytes = KEY, digest: Any = hashlib.sha256, sign: bool = True
) -> str:
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = f"{b64(head)}.{b64(body)}"
    mark = hmac.new(key, signed.encode(), digest).digest() if sign else b""
    return f"{signed}.{b64(mark)}"


def good_claims(**more: Any) -> dict[str, Any]:
    return {**CLAIMS, "exp": int(clock.now().timestamp()) + 600, **more}


def asked(token: str) -> dict[str, Any]:
    return read(token, [KEY], typ="access", aud="t1")


@pytest.fixture
def public_key() -> bytes:
    made = rsa.generate_private_key(public_exponent=65_537, key_size=1024)
    return made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


@pytest.fixture
def later() -> Iterator[None]:
    before = clock.distance()
    clock.set_distance(before + timedelta(minutes=11))
    yield
    clock.set_distance(before)


def test_ours_is_read() -> None:
    token, ends = issue(CLAIMS, KEY, lifetime=timedelta(minutes=10))
    found = asked(token)
    assert found["sub"] == "p1"
    assert found["exp"] == int(ends.timestamp())
    assert asked(forge({"alg": "HS256"}, good_claims()))["sub"] == "p1"  # the forger works


def test_a_key_in_rotation_still_reads() -> None:
    token, _ = issue(CLAIMS, OTHER, lifetime=timedelta(minutes=10))
    assert read(token, [KEY, OTHER], typ="access", aud="t1")["sub"] == "p1"
    with pytest.raises(BadToken):
        asked(token)


def test_an_old_one_is_refused(request: pytest.FixtureRequest) -> None:
    token, _ = issue(CLAIMS, KEY, lifetime=timedelta(minutes=10))
    asked(token)
    request.getfixturevalue("later")
    with pytest.raises(BadToken, match="out of time"):
        asked(token)


@pytest.mark.parametrize(
    ("typ", "aud"),
    [("refresh", "t1"), ("socket", "t1"), ("access", "t2"), ("", "t1"), ("access", "")],
)
def test_another_kind_or_audience_is_refused(typ: str, aud: str) -> None:
    token, _ = issue({**CLAIMS, "typ": typ, "aud": aud}, KEY, lifetime=timedelta(minutes=10))
    with pytest.raises(BadToken):
        asked(token)


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"}, {"alg": "None"}, {"alg": ""}, {}, {"alg": None}, {"alg": ["HS256"]},
        {"typ": "JWT"}, {"alg": "RS256"}, {"alg": "ES256"}, {"alg": "HS384"}, {"alg": "HS512"},
        {"alg": "hs256"}, {"alg": "dir", "enc": "A128GCM"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("sign", [True, False])
def test_no_other_algorithm_is_believed(header: dict[str, Any], sign: bool) -> None:
    with pytest.raises(BadToken):
        asked(forge(header, good_claims(), sign=sign))


def test_the_right_algorithm_without_a_signature_is_refused() -> None:
    with pytest.raises(BadToken):
        asked(forge({"alg": "HS256"}, good_claims(), sign=False))


@pytest.mark.parametrize("name", ["HS384", "HS512"])
def test_a_longer_digest_with_our_key_is_refused(name: str) -> None:
    digest = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}[name]
    with pytest.raises(BadToken):
        asked(forge({"alg": name}, good_claims(), digest=digest))


def test_a_public_key_is_no_secret(public_key: bytes) -> None:
    token = forge({"alg": "HS256"}, good_claims(), key=public_key)
    with pytest.raises(BadToken):
        asked(token)


@pytest.mark.parametrize(
    "more",
    [
        {"crit": ["exp"]}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"kid": "../../dev/null"},
        {"kid": "' OR 1=1 --"}, {"jku": "http://evil.example/keys"}, {"x5u": "http://evil.example"},
        {"jwk": {"kty": "oct", "k": "AA"}}, {"x5c": ["AA"]}, {"zip": "DEF"}, {"cty": "JWT"},
    ],
)  # fmt: skip
def test_a_header_that_asks_for_more_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        asked(forge({"alg": "HS256", **more}, good_claims()))


@pytest.mark.parametrize(
    "claims",
    [
        {**CLAIMS}, {**CLAIMS, "exp": None}, {**CLAIMS, "exp": "9999999999"},
        {**CLAIMS, "exp": True},
        {**CLAIMS, "exp": 9e99}, {**CLAIMS, "exp": -1}, {**CLAIMS, "exp": [9_999_999_999]},
        {**CLAIMS, "exp": 9_999_999_999, "nbf": 9_999_999_998},
        {**CLAIMS, "aud": ["t1"], "exp": 9_999_999_999},
        {**CLAIMS, "typ": ["access"], "exp": 9_999_999_999},
        [], "x", 1, None, b"", b"{", b"\xff", b'{"exp":' + b"9" * 5_000 + b"}", b"[" * 3_000,
    ],
)  # fmt: skip
def test_claims_that_do_not_hold_are_refused(claims: Any) -> None:
    with pytest.raises(BadToken):
        asked(forge({"alg": "HS256"}, claims))


def test_a_huge_one_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadToken, match="too long"):
        asked(forge({"alg": "HS256"}, good_claims(x="y" * 10_000)))


def test_one_inside_another_is_refused() -> None:
    inner = forge({"alg": "HS256"}, good_claims())
    with pytest.raises(BadToken):
        asked(forge({"alg": "HS256", "cty": "JWT"}, inner.encode()))


def test_every_altered_part_is_refused() -> None:
    head, body, mark = issue(CLAIMS, KEY, lifetime=timedelta(minutes=10))[0].split(".")
    other = b64(json.dumps(good_claims(sub="admin")).encode())
    for altered in (
        f"{head}.{other}.{mark}", f"{head}.{body}.", f"{head}.{body}", f"{head}..{mark}",
        f".{body}.{mark}", f"{head}.{body}.{mark}.{mark}", f"{head}.{body}.{mark[:-2]}",
        f"{head}.{body}.{mark[1:]}",
    ):  # fmt: skip
        with pytest.raises(BadToken):
            asked(altered)


@given(
    st.one_of(st.text(max_size=80), st.builds(lambda *p: ".".join(p), *[st.text(max_size=30)] * 3))
)
def test_any_text_is_a_refusal_never_a_fault(token: str) -> None:
    with pytest.raises(BadToken):
        asked(token)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_any_signed_bytes_are_a_refusal_never_a_fault(head: bytes, body: bytes) -> None:
    with pytest.raises(BadToken):
        asked(forge(head, body))
