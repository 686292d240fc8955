"""Whose uses count together."""

from __future__ import annotations

import pytest

from cilis.infra import limits
from cilis.infra.tenancy import Tenant
from cilis.kit.errors import TooMany


@pytest.fixture(autouse=True)
def _anew(tenant: Tenant) -> None:
    del tenant
    limits.forget_everything()


def counts_with(first: str, second: str) -> bool:
    """Whether a use by the second is one too many after one by the first."""
    limits.forget_everything()
    limits.hit("test", first, "1/hour")
    try:
        limits.hit("test", second, "1/hour")
    except TooMany:
        return True
    return False


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:db8:1:2::1", "2001:0DB8:0001:0002:0:0:0:9"),
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("somebody", "somebody"),
    ],
)
def test_one_line_counts_as_one(first: str, second: str) -> None:
    assert counts_with(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("203.0.113.7", "203.0.113.8"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("somebody", "somebody else"),
    ],
)
def test_other_lines_count_alone(first: str, second: str) -> None:
    assert not counts_with(first, second)
