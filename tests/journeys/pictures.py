"""Which screens the documentation shows, and how they get small enough for it."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).parents[2] / "platform" / "docs" / "images"
MOST_BYTES = 300 * 1024
_SHOWN = {
    1280: {
        "antam-home", "antam-results", "antam-desk", "antam-admin", "antam-admin-verification",
        "atlas-expert",
    },
    360: {"antam-expert", "antam-checkout", "antam-booking", "atlas-results"},
}  # fmt: skip


def updating() -> bool:
    """Whether this run makes the documentation's pictures anew."""
    return os.environ.get("UPDATE_IMAGES") == "1"  # noqa: TID251


def is_shown(name: str, width: int) -> bool:
    """Whether the documentation shows this screen."""
    return name in _SHOWN.get(width, set())


def publish(name: str, width: int, first_screen: bytes) -> Path:
    """Keep a screen for the documentation, at most 300 KB of it."""
    picture = Image.open(io.BytesIO(first_screen)).convert("RGB")
    suffix = "" if width == max(_SHOWN) else f"-{width}"
    path = IMAGES / f"{name}{suffix}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        few = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        for version in (picture, few):  # all colours where they fit
            out = io.BytesIO()
            version.save(out, "PNG", optimize=True)
            if out.tell() <= MOST_BYTES:
                path.write_bytes(out.getvalue())
                return path
        picture = picture.resize(
            (picture.width * 4 // 5, picture.height * 4 // 5), Image.Resampling.LANCZOS
        )
