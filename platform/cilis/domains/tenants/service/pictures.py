"""Pictures of a brand, made harmless: only shapes stay in an SVG, only pixels in a PNG."""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

from PIL import Image, UnidentifiedImageError

from cilis.kit.errors import InvalidInput

MOST_BYTES = 64 * 1024
MOST_PNG_BYTES = 512 * 1024
_MOST_PARTS = 500
_SVG = "http://www.w3.org/2000/svg"
_TAGS = frozenset(
    [
        "svg",
        "g",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "defs",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "title",
        "desc",
        "use",
        "symbol",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "id",
        "d",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "width",
        "height",
        "points",
        "transform",
        "viewBox",
        "version",
        "preserveAspectRatio",
        "fill",
        "fill-opacity",
        "fill-rule",
        "clip-rule",
        "stroke",
        "stroke-width",
        "stroke-opacity",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-dasharray",
        "stroke-dashoffset",
        "opacity",
        "offset",
        "stop-color",
        "stop-opacity",
        "gradientUnits",
        "gradientTransform",
        "spreadMethod",
        "clip-path",
        "mask",
        "clipPathUnits",
        "maskUnits",
        "maskContentUnits",
        "color",
        "href",
    ]
)
_LOCAL = re.compile(r"url\(\s*#[\w-]+\s*\)\Z")
_BROKEN = (UnidentifiedImageError, OSError, ValueError, SyntaxError)


def clean_svg(content: bytes, field: str) -> bytes:
    """A drawing without anything that acts, loads or links; raises InvalidInput on ``field``."""
    if len(content) > MOST_BYTES:
        raise InvalidInput({field: ["file_too_large"]})
    # No document type, so no entities; a zero byte is UTF-16, in which none would be seen.
    if b"\0" in content or b"<!" in content.replace(b"<!--", b""):
        raise InvalidInput({field: ["not_a_drawing"]})
    try:
        root = ET.fromstring(content)  # noqa: S314 - small, and without a document type
    except (ET.ParseError, ValueError, LookupError) as problem:
        raise InvalidInput({field: ["not_a_drawing"]}) from problem
    if root.tag != f"{{{_SVG}}}svg" or not (root.get("viewBox") or root.get("width")):
        raise InvalidInput({field: ["not_a_drawing"]})
    if sum(1 for _ in root.iter()) > _MOST_PARTS:
        raise InvalidInput({field: ["file_too_large"]})
    _clean(root)
    if len(root) == 0:
        raise InvalidInput({field: ["not_a_drawing"]})
    ET.register_namespace("", _SVG)
    cleaned: bytes = ET.tostring(root, encoding="utf-8")
    return cleaned


def clean_png(content: bytes, field: str) -> bytes:
    """A small picture, re-encoded, all else in the file gone; raises InvalidInput on ``field``."""
    if len(content) > MOST_PNG_BYTES:
        raise InvalidInput({field: ["file_too_large"]})
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as found:
            if not (16 <= found.width <= 1024 and 16 <= found.height <= 1024):
                raise InvalidInput({field: ["picture_too_large"]})
            small = found.convert("RGBA")
    except (Image.DecompressionBombError, *_BROKEN) as problem:
        raise InvalidInput({field: ["not_a_picture"]}) from problem
    small.thumbnail((256, 256))
    out = io.BytesIO()
    small.save(out, "PNG", optimize=True)
    return out.getvalue()


def _clean(element: ET.Element) -> None:
    for name in list(element.attrib):
        if not _may_stay(name, element.attrib[name]):
            del element.attrib[name]
    for child in list(element):
        tag = str(child.tag)  # of a comment it is a function
        if tag.removeprefix(f"{{{_SVG}}}") in _TAGS and tag.startswith("{"):
            _clean(child)
        else:
            element.remove(child)


def _may_stay(name: str, value: str) -> bool:
    local = name.rpartition("}")[2]
    if local not in _ATTRIBUTES:
        return False
    if local == "href":
        return value.startswith("#")
    plain = value.lower()
    if "url(" in plain:
        return bool(_LOCAL.match(plain.strip()))
    # A backslash could spell "url(" so that the lines above do not see it.
    return "\\" not in plain and "javascript:" not in plain and "data:" not in plain
