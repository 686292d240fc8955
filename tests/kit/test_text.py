from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.kit.text import ascii_words, fold, is_clean, nfc, one_line, slug, sort_key

VIETNAMESE = [  # in the order of a printed dictionary: letters first, then tones
    "An", "Ạn", "Anh", "Ánh", "Ăn", "Ân", "Ấn", "Bình", "Cao", "Dũng", "Đan", "Đức", "Em", "Ếch",
    "Giang", "Hà", "Hoa", "Hóa", "Khang", "La", "Lan", "Minh", "Nga", "Nghĩa", "Ngọc", "Oanh",
    "Ông", "Ơn", "Phạm", "Quân", "Sơn", "Tú", "Tư", "Uyên", "Ưng", "Vân", "Xuân", "Y", "Ý", "Yến",
]  # fmt: skip


def test_twins_become_one() -> None:
    composed, decomposed = "Nguyễn", unicodedata.normalize("NFD", "Nguyễn")
    assert composed != decomposed
    assert nfc(decomposed) == nfc(composed) == composed


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "\ud800",
        "a\udfffb",
        "\u202eabc",
        "a\u2066b",
        "\u202a",
        "x\u2069",
        "a\x01b",
        "\x1b[31m",
        "\x7f",
    ],
)
def test_what_must_not_be_stored(text: str) -> None:
    assert not is_clean(text)


@pytest.mark.parametrize("text", ["", "Xin chào", "👩‍⚕️", "שלום", "日本", "a\nb\tc", "a\u200bb"])
def test_what_may_be_stored(text: str) -> None:
    assert is_clean(text)


def test_one_line_of_many() -> None:
    assert one_line("  Hoa\r\nBcc:\u2028 x\t ") == "Hoa Bcc: x"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Thuế Đất", "thue dat"),
        ("ĐƯỜNG", "duong"),
        ("Straße", "strasse"),
        ("Ấn Ộ ợ ữ", "an o o u"),
        ("Łódź Ørsted", "lodz orsted"),
        (unicodedata.normalize("NFD", "Nguyễn"), "nguyen"),
        ("ﬁve", "five"),
    ],
)
def test_folding_for_search(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert not any(unicodedata.combining(char) for char in unicodedata.normalize("NFKD", once))
    assert fold(nfc(text)) == fold(unicodedata.normalize("NFD", text))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("Luật sư Đỗ Thị Hòa", "luat-su-do-thi-hoa"),
        ("  --a__b!!c--  ", "a-b-c"),
        ("../../etc/passwd", "etc-passwd"),
        ("日本", ""),
        ("", ""),
    ],
)
def test_slugs(text: str, made: str) -> None:
    assert slug(text) == made


@given(st.text(max_size=200))
def test_a_slug_is_always_a_safe_part_of_an_address(text: str) -> None:
    made = slug(text, 20)
    assert len(made) <= 20
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not made.startswith("-")
    assert not made.endswith("-")


@given(st.text(max_size=300))
def test_wires_that_allow_only_ascii_words(text: str) -> None:
    made = ascii_words(text, 100)
    assert len(made) <= 100
    assert made.isascii()
    assert "  " not in made
    assert all(char.isalnum() or char == " " for char in made)


def test_vietnamese_names_stand_as_in_a_dictionary() -> None:
    shuffled = VIETNAMESE.copy()
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=lambda name: sort_key(name, "vi")) == VIETNAMESE


def test_vietnamese_keys_are_the_same_for_both_normal_forms_and_cases() -> None:
    for name in VIETNAMESE:
        key = sort_key(name, "vi")
        assert sort_key(unicodedata.normalize("NFD", name), "vi") == key
        assert sort_key(name.upper(), "vi") == key


def test_binary_order_of_keys_is_the_order_in_the_database() -> None:
    keys = [sort_key(name, "vi") for name in VIETNAMESE]
    assert sorted(keys, key=lambda key: key.encode()) == keys


def test_german_umlauts_stand_with_their_letters() -> None:
    names = ["Arzt", "Ärztin", "Azubi", "Müller", "Muller", "Mutz", "Straße", "Strasser"]
    random.Random(3).shuffle(names)
    made = sorted(names, key=lambda name: sort_key(name, "de"))
    assert [fold(name) for name in made] == sorted(fold(name) for name in names)
    assert made[0] == "Arzt"
    assert made[1] == "Ärztin"
