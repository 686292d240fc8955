"""A tenant's brand as custom properties, corrected so that everything can be read.

A brand says one colour; pages need it as a surface to press, as the ink on that surface, as text,
as a soft ground and as a line, in light and in dark. Each is derived in OKLCH (lightness moves,
hue stays) until it reaches WCAG AA against every surface on which it is used.

Source of the maths: Björn Ottosson, "A perceptual color space for image processing" (OKLab, 2020);
contrast ratio: WCAG 2.2, 1.4.3 and "relative luminance".
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TEXT = 4.5
"""The least contrast of text (AA)."""
SHAPE = 3.0
"""The least contrast of what one must see to press it (AA)."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")
_KEY = re.compile(r"[A-Za-z0-9._/-]{1,200}\Z")
_FONTS = {
    "be-vietnam-pro": '"Be Vietnam Pro","Segoe UI",Roboto,"Noto Sans",system-ui,sans-serif',
    "inter": '"Inter Variable","Segoe UI",Roboto,"Noto Sans",system-ui,sans-serif',
    "source-serif-4": '"Source Serif 4 Variable",Georgia,"Noto Serif",serif',
}
_TITLE_LEADING = {"be-vietnam-pro": "1.3", "inter": "1.25", "source-serif-4": "1.22"}
# Vietnamese needs room above its capitals: never below 1.2, where Ậ touches the line above.

_Pair = tuple[str, str]  # in light, in dark

_NEUTRALS: dict[str, dict[str, _Pair]] = {
    "warm": {
        "surface-0": ("#fbfaf7", "#131614"), "surface-1": ("#ffffff", "#1b1f1d"),
        "surface-2": ("#f3f1eb", "#262b28"), "ink-1": ("#1d2320", "#ecefed"),
        "ink-2": ("#48514d", "#b9c2bd"), "ink-3": ("#5c6560", "#9aa49f"),
        "line": ("#e5e2da", "#343a37"), "line-strong": ("#7f8682", "#7a837e"),
    },
    "cool": {
        "surface-0": ("#f8f9fb", "#0f1118"), "surface-1": ("#ffffff", "#171a23"),
        "surface-2": ("#eff1f5", "#222633"), "ink-1": ("#14172a", "#ebedf5"),
        "ink-2": ("#454a60", "#b7bccd"), "ink-3": ("#5a6075", "#969db2"),
        "line": ("#e0e3ea", "#303545"), "line-strong": ("#7c8297", "#757c92"),
    },
    "plain": {
        "surface-0": ("#fafafa", "#121212"), "surface-1": ("#ffffff", "#1b1b1b"),
        "surface-2": ("#f2f2f2", "#272727"), "ink-1": ("#1c1c1c", "#eeeeee"),
        "ink-2": ("#4a4a4a", "#c0c0c0"), "ink-3": ("#5f5f5f", "#a2a2a2"),
        "line": ("#e3e3e3", "#383838"), "line-strong": ("#808080", "#7e7e7e"),
    },
}  # fmt: skip


class ColourRefused(ValueError):
    """A brand's value that cannot be used; ``field`` names it."""

    def __init__(self, field: str, value: object) -> None:
        super().__init__(f"{field}: {value!r}")
        self.field = field


@dataclass(frozen=True, slots=True)
class Scheme:
    """The five brand colours of one scheme, as "#rrggbb"."""

    brand: str
    ink: str
    text: str
    soft: str
    line: str


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def light_scheme(colour: str, neutral: str = "warm") -> Scheme:
    """The brand on light surfaces.

    Raises:
        ColourRefused: no readable form exists (contrast below 4.5 : 1).
    """
    surfaces = [pair[0] for name, pair in _NEUTRALS[neutral].items() if name.startswith("surface")]
    _, chroma, hue = _oklch(colour)
    brand = _towards(colour, 0.0, [(surfaces[1], SHAPE)])
    ink = "#ffffff" if contrast(brand, "#ffffff") >= TEXT else "#101412"
    brand = _towards(brand, 0.0 if ink == "#ffffff" else 1.0, [(ink, TEXT)])
    soft = _hex(0.955, min(chroma * 0.16, 0.022), hue)
    line = _hex(0.85, min(chroma * 0.4, 0.055), hue)
    text = _towards(colour, 0.0, [(ground, TEXT) for ground in (*surfaces, soft)])
    return _readable(Scheme(brand, ink, text, soft, line), surfaces)


def dark_scheme(colour: str, neutral: str = "warm") -> Scheme:
    """The brand on dark surfaces: lighter and a little calmer.

    Raises:
        ColourRefused: no readable form exists (contrast below 4.5 : 1).
    """
    surfaces = [pair[1] for name, pair in _NEUTRALS[neutral].items() if name.startswith("surface")]
    _, chroma, hue = _oklch(colour)
    ink = _hex(0.22, min(chroma * 0.35, 0.05), hue)
    start = _hex(0.78, min(chroma, 0.13), hue)
    brand = _towards(start, 1.0, [(ink, TEXT), (surfaces[2], SHAPE)])
    soft = _hex(0.30, min(chroma * 0.4, 0.06), hue)
    line = _hex(0.46, min(chroma * 0.55, 0.08), hue)
    text = _towards(
        _hex(0.81, min(chroma, 0.12), hue), 1.0, [(ground, TEXT) for ground in (*surfaces, soft)]
    )
    return _readable(Scheme(brand, ink, text, soft, line), surfaces)


def check(brand: Mapping[str, Any]) -> None:
    """Refuse a brand that cannot be drawn readably; raises ColourRefused."""
    brand_tokens(brand)


def brand_tokens(brand: Mapping[str, Any]) -> str:
    """The style sheet of a brand: nothing but custom properties.

    Args:
        brand: ``colour`` ("#0f6b57"), ``neutral`` ("warm" | "cool" | "plain"), ``font_text`` and
            ``font_display`` ("be-vietnam-pro" | "inter" | "source-serif-4"), ``logo_svg_key`` (the
            key of a public file). Missing ones have calm defaults.

    Raises:
        ColourRefused: a value is not one of these, or the colour has no readable form.
    """
    colour = _one_of(brand, "colour", "#2f5d7c", lambda value: bool(_HEX.match(value)))
    neutral = _one_of(brand, "neutral", "plain", _NEUTRALS.__contains__)
    text_font = _one_of(brand, "font_text", "be-vietnam-pro", _FONTS.__contains__)
    title_font = _one_of(brand, "font_display", text_font, _FONTS.__contains__)
    light, dark = light_scheme(colour, neutral), dark_scheme(colour, neutral)
    pairs: dict[str, _Pair] = {
        "brand": (light.brand, dark.brand), "brand-ink": (light.ink, dark.ink),
        "brand-text": (light.text, dark.text), "brand-soft": (light.soft, dark.soft),
        "brand-line": (light.line, dark.line), **_NEUTRALS[neutral],
    }  # fmt: skip
    lines = [f"--{name}:light-dark({day},{night})" for name, (day, night) in pairs.items()]
    lines.append(f"--font-text:{_FONTS[text_font]}")
    lines.append(f"--font-display:{_FONTS[title_font]}")
    lines.append(f"--leading-title:{_TITLE_LEADING[title_font]}")
    if brand.get("logo_svg_key"):
        key = _one_of(brand, "logo_svg_key", "", lambda value: bool(_KEY.match(value)))
        lines.append(f'--logo:url("/media/{key}")')
    return ":root{" + ";".join(lines) + "}\n"


def _one_of(brand: Mapping[str, Any], field: str, default: str, known: Any) -> str:
    value = brand.get(field) or default
    if not isinstance(value, str) or not known(value):
        raise ColourRefused(field, value)
    return value


def _readable(scheme: Scheme, surfaces: Sequence[str]) -> Scheme:
    pairs = [(scheme.brand, scheme.ink), (scheme.text, scheme.soft)]
    pairs += [(scheme.text, surface) for surface in surfaces]
    if any(contrast(*pair) < TEXT for pair in pairs):
        raise ColourRefused("colour", scheme.brand)
    return scheme


def _towards(colour: str, end: float, wishes: Sequence[tuple[str, float]]) -> str:
    """Move the lightness towards ``end`` (0 dark, 1 light) until all wishes of contrast hold."""
    lightness, chroma, hue = _oklch(colour)
    step = 0.005 if end > lightness else -0.005
    while any(contrast(colour, other) < least for other, least in wishes):
        lightness += step
        if not 0.0 < lightness < 1.0:
            return colour
        colour = _hex(lightness, chroma, hue)
    return colour


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parts(colour: str) -> tuple[float, float, float]:
    if not _HEX.match(colour):
        raise ColourRefused("colour", colour)
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _gamma(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055


def _oklch(colour: str) -> tuple[float, float, float]:
    red, green, blue = (_linear(part) for part in _parts(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    green_red = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    blue_yellow = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return lightness, math.hypot(green_red, blue_yellow), math.atan2(blue_yellow, green_red)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """The colour as "#rrggbb"; chroma is lowered until the screen can show it."""
    while True:
        parts = _rgb(lightness, chroma, hue)
        if chroma < 0.001 or all(-0.0001 <= part <= 1.0001 for part in parts):
            break
        chroma *= 0.95
    return "#" + "".join(f"{round(255 * _gamma(min(1.0, max(0.0, part)))):02x}" for part in parts)


def _rgb(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    green_red, blue_yellow = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (lightness - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (lightness - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
