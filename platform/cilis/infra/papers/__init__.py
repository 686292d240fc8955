"""Papers as PDF: a template, the facts on it, a language and a brand; equal in, equal out.

A template is a file of typst (https://typst.app/docs) that a room keeps as package data. What it
prints arrives as JSON and is never part of the markup, so a name may hold any sign. Each paper is
drawn by a process of its own, in a folder of its own, with limits of time and memory; the fonts
are those that the portal's assets brought, never the machine's. The only date in the file is the
paper's own. A template that papers were made with is never changed: a new form is a new file
(`invoice-2.typ`), or papers of former years would come out different.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cilis.infra import files
from cilis.infra.storage import FileGone
from cilis.kit import colour, guard
from cilis.kit.errors import Unavailable

log = logging.getLogger(__name__)

SECONDS = 20
"""How long a paper may take; a page takes a fifth of a second."""
_HERE = Path(__file__).parent
_FONTS = _HERE / "fonts"
_PRESS = _HERE / "press.py"
_SHARED = _HERE / "templates"
_FAMILIES = {
    "be-vietnam-pro": "Be Vietnam Pro",
    "inter": "Inter",
    "source-serif-4": "Source Serif 4",
}
_AT_ONCE = threading.BoundedSemaphore(2)
"""Papers that a process has drawn at a time."""


class PaperFailed(Unavailable):
    """The paper could not be drawn just now."""

    code = "paper_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """How an organization's papers look; everything in it is text, so it can be kept as JSON.

    ``colour`` is for surfaces and ``ink`` for words on white (contrast corrected), "#rrggbb".
    ``logo_key`` names a public file, which is never deleted, or is empty.
    """

    name: str
    colour: str
    ink: str
    font_text: str
    font_display: str
    logo_key: str = ""

    @classmethod
    def read(cls, name: str, brand: Mapping[str, str]) -> Brand:
        """The look that an organization's settings describe."""
        scheme = colour.light_scheme(
            brand.get("colour") or "#334155", brand.get("neutral") or "plain"
        )
        return cls(
            name=name,
            colour=scheme.brand,
            ink=scheme.text,
            font_text=_FAMILIES.get(brand.get("font_text", ""), _FAMILIES["inter"]),
            font_display=_FAMILIES.get(brand.get("font_display", ""), _FAMILIES["inter"]),
            logo_key=brand.get("logo_svg_key") or brand.get("logo_png_key") or "",
        )

    def as_dict(self) -> dict[str, str]:
        """For a JSON column; `Brand(**kept)` is the same look again."""
        return asdict(self)


def pdf(template: Path, data: Mapping[str, Any], language: str, brand: Brand) -> bytes:
    """A paper as a PDF file; the same arguments give the same bytes.

    Args:
        template: A room's own typst file. It begins with `#import "paper-1.typ": *`.
        data: What JSON can hold. ``title`` and ``made_at`` (ISO 8601 with its distance from UTC)
            also stand in the file's own description.
        language: "vi", "en", "de": for hyphens, quotes and readers aloud.
        brand: The look.

    Raises:
        PaperFailed: It takes too long, or the template cannot cope with the data.
        InsideTransaction: A transaction is open.
    """
    guard.refuse_inside_transaction("drawing a paper")
    if not any(_FONTS.glob("*.ttf")):
        raise RuntimeError("the fonts of papers are missing: make setup builds them")
    with _AT_ONCE, tempfile.TemporaryDirectory(prefix="paper-") as name:
        folder = Path(name)
        for shared in (*_SHARED.glob("*.typ"), template):
            shutil.copyfile(shared, folder / shared.name)
        logo = _laid(folder, brand.logo_key)
        sheet = {"data": dict(data), "language": language, "brand": {**asdict(brand), "logo": logo}}
        order = {
            "folder": name,
            "template": template.name,
            "fonts": str(_FONTS),
            "sheet": json.dumps(sheet, sort_keys=True, ensure_ascii=False),
            "made_at": int(datetime.fromisoformat(data["made_at"]).timestamp()),
            "seconds": SECONDS,
        }
        return _printed(folder, order)


def _printed(folder: Path, order: Mapping[str, Any]) -> bytes:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PRESS)],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            cwd=folder,
            env={"HOME": str(folder), "TMPDIR": str(folder)},
        )
    except subprocess.TimeoutExpired as problem:
        raise PaperFailed(f"{order['template']}: more than {SECONDS} s") from problem
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        log.error("a paper was not drawn: %s", done.stderr.decode(errors="replace")[-2_000:])
        raise PaperFailed(f"{order['template']}: see the log")
    return done.stdout


def _laid(folder: Path, key: str) -> str:
    """The logo as a file beside the template, by its name; without one the name stands there."""
    if not key:
        return ""
    name = f"logo{Path(key).suffix}"
    try:
        (folder / name).write_bytes(files.read_public(key))
    except FileGone:
        log.warning("the logo %s of a paper is gone", key)
        return ""
    return name
