from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import cilis.web
from cilis import rooms

WEB = Path(cilis.web.__file__).parent
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}


def said() -> Iterator[tuple[str, str]]:
    """Every text of the web shell's pages, and the file that says it."""
    sources = [(path, "jinja2.ext:babel_extract") for path in WEB.glob("templates/**/*.html")]
    sources += [
        (path, "python") for part in ("pages", "views") for path in WEB.glob(f"{part}/*.py")
    ]
    for path, method in sources:
        with path.open("rb") as source:
            for _line, found, _comments, _context in extract(method, source, keywords=KEYWORDS):
                yield (found if isinstance(found, str) else found[0]), path.name


@pytest.mark.parametrize("language", ["vi", "de"])
def test_every_text_is_translated(language: str) -> None:
    known: set[str] = set()
    for folder in rooms.locale_folders():
        path = folder / language / "LC_MESSAGES" / "messages.po"
        if path.exists():
            with path.open("rb") as source:
                catalogue = read_po(source, locale=language)
            known |= {
                message.id if isinstance(message.id, str) else message.id[0]
                for message in catalogue
                if message.string and (isinstance(message.string, str) or all(message.string))
            }
    assert {(text, place) for text, place in said() if text and text not in known} == set()
