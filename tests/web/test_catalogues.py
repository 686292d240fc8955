from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po

import cilis.web
from cilis import rooms

WEB = Path(cilis.web.__file__).parent
PLUGINS = Path(__file__).parents[2] / "plugins"
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


@pytest.mark.parametrize("language", ["vi", "de"])
def test_a_text_has_one_translation_in_all_catalogues(language: str) -> None:
    """Catalogues are merged: what two of them say differently reads as the last one has it."""
    found: dict[str, set[str]] = {}
    for folder in (*rooms.locale_folders(), *PLUGINS.glob("*/*/locale")):
        path = folder / language / "LC_MESSAGES" / "messages.po"
        if path.exists():
            with path.open("rb") as source:
                for message in read_po(source, locale=language):
                    if message.id and isinstance(message.id, str):
                        found.setdefault(message.id, set()).add(str(message.string))
    assert {text: said for text, said in found.items() if len(said) > 1} == {}


def test_words_for_one_thing_are_one() -> None:
    """An hour with an expert is "Termin" in German; stars are "đánh giá", words "nhận xét"."""
    german, vietnamese = (WEB / f"locale/{one}/LC_MESSAGES/messages.po" for one in ("de", "vi"))
    assert "Sitzung" not in german.read_text(encoding="utf-8")
    with vietnamese.open("rb") as source:
        catalogue = read_po(source, locale="vi")
    about_reviews = [one for one in catalogue if "eview" in str(one.id) and one.string]
    assert [one.id for one in about_reviews if "đánh giá" in str(one.string).lower()] == []
