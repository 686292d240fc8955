from __future__ import annotations

import pytest

from cilis.web.views.highlight import marker


@pytest.mark.parametrize(
    ("typed", "text", "shown"),
    [
        ("thue", "Thuế thu nhập", "<mark>Thuế</mark> thu nhập"),
        ("Thuế", "thue", "<mark>thue</mark>"),
        ("dat d", "Đất đai", "<mark>Đất</mark> <mark>đ</mark>ai"),
        ("thu nh", "Thuế thu nhập", "<mark>Thu</mark>ế <mark>thu</mark> <mark>nh</mark>ập"),
        ("th thue", "Thuế", "<mark>Thuế</mark>"),  # the longest of several
        ("stras", "Straße", "<mark>Straß</mark>e"),
        ("strass", "Straße", "<mark>Straß</mark>e"),
        ("ue", "Thuế", "Thuế"),  # beginnings of words, as the search takes them
        ("thue", "The\u0302\u0301 thue\u0302\u0301", "Thế <mark>thuế</mark>"),
        ("a&b <i>", "<b>A & B</b>", "&lt;<mark>b</mark>&gt;<mark>A</mark> &amp; <mark>B</mark>&lt;/<mark>b</mark>&gt;"),
        ("", "Thuế", "Thuế"),
        ("!?", "Thuế!", "Thuế!"),
        ("x", "", ""),
    ],
)  # fmt: skip
def test_what_was_typed_is_marked(typed: str, text: str, shown: str) -> None:
    assert str(marker(typed)(text)) == shown


def test_endless_words_cost_little() -> None:
    assert "<mark>" in marker("a " * 10_000)("a" * 10_000)
