from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import decode_cursor, encode_cursor

plain = st.one_of(
    st.none(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Cs"]), max_size=50),
)


@given(st.lists(plain, min_size=1, max_size=4))
def test_what_goes_in_comes_out(values: list[object]) -> None:
    cursor = encode_cursor(*values)
    assert cursor.isascii()
    assert decode_cursor(cursor, len(values)) == values
    with pytest.raises(InvalidInput):
        decode_cursor(cursor, len(values) + 1)


def _made(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "====", "!!!!", "%%", "é", "\x00", "null", "../..", "' OR 1=1 --",
        _made(b""), _made(b"{}"), _made(b"1"), _made(b"[]"), _made(b"[1, 2]"), _made(b"\xff\xfe"),
        _made(b'[{"a": 1}]'), _made(b"[[1]]"), _made(b"[NaN]"), _made(b"[Infinity]"),
        _made(b"[1e999]"), _made(b'["\\u0000"]'), _made(b'["\\ud800"]'), _made(b'["\\u202e"]'),
        _made(json.dumps([2**63]).encode()), _made(b"[" * 2_500 + b"]" * 2_500),
        _made(b'["' + b"x" * 5_000 + b'"]'),
    ],
)  # fmt: skip
def test_a_foreign_cursor_is_a_refusal_never_a_fault(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(cursor, 1)
    assert refused.value.fields == {"cursor": ["not_a_cursor"]}


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_or_a_refusal(cursor: str) -> None:
    try:
        assert len(decode_cursor(cursor, 2)) == 2
    except InvalidInput:
        return
