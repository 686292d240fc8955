from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cilis.kit import colour

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
neutrals = st.sampled_from(["warm", "cool", "plain"])


def surfaces(css: str, place: int) -> list[str]:
    found = re.findall(r"--surface-\d:light-dark\((#\w{6}),(#\w{6})\)", css)
    return [pair[place] for pair in found]


@given(colours, neutrals)
def test_every_colour_becomes_readable_on_every_surface(brand: str, neutral: str) -> None:
    css = colour.brand_tokens({"colour": brand, "neutral": neutral})
    schemes = (colour.light_scheme(brand, neutral), colour.dark_scheme(brand, neutral))
    for place, scheme in enumerate(schemes):
        assert colour.contrast(scheme.brand, scheme.ink) >= colour.TEXT
        for ground in (*surfaces(css, place), scheme.soft):
            assert colour.contrast(scheme.text, ground) >= colour.TEXT
        assert colour.contrast(scheme.brand, surfaces(css, place)[1]) >= colour.SHAPE - 0.35


@pytest.mark.parametrize("neutral", ["warm", "cool", "plain"])
@pytest.mark.parametrize("place", [0, 1])
def test_inks_are_readable_on_every_surface(neutral: str, place: int) -> None:
    css = colour.brand_tokens({"neutral": neutral})
    inks = re.findall(r"--ink-\d:light-dark\((#\w{6}),(#\w{6})\)", css)
    strong = re.findall(r"--line-strong:light-dark\((#\w{6}),(#\w{6})\)", css)[0][place]
    for ground in surfaces(css, place):
        assert all(colour.contrast(pair[place], ground) >= colour.TEXT for pair in inks)
        assert colour.contrast(strong, ground) >= colour.SHAPE


def test_a_dark_brand_stays_as_it_is_and_a_pale_one_is_darkened() -> None:
    assert colour.light_scheme("#0f6b57").brand == "#0f6b57"
    pale = colour.light_scheme("#ffdd00")
    assert pale.brand != "#ffdd00"
    assert pale.ink != "#ffffff"


def test_contrast_is_wcags() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("colour", "red"),
        ("colour", "#12345"),
        ("colour", "#123456;}body{display:none"),
        ("neutral", "loud"),
        ("font_text", "comic"),
        ("font_display", 7),
        ("logo_svg_key", 'x");}*{color:red'),
    ],
)
def test_anything_else_is_refused(field: str, value: object) -> None:
    with pytest.raises(colour.ColourRefused) as refusal:
        colour.check({field: value})
    assert refusal.value.field == field


def test_a_logo_is_named() -> None:
    assert 'url("/media/ab-12.svg")' in colour.brand_tokens({"logo_svg_key": "ab-12.svg"})
