from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from cilis import web

HERE = Path(web.__file__).parent
PLACE = re.compile(r"%\((\w+)\)s")
TEMPLATES = [path for path in HERE.glob("templates/**/*.html") if "styleguide" not in path.parts]
SAID = re.compile(r"""(?<![\w.])(?:_|N_|gettext)\(\s*"((?:[^"\\]|\\.)+)\"""")


def catalogue(language: str) -> Catalog:
    with (HERE / "locale" / language / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale=language)


def rooms(language: str) -> set[str]:
    found: set[str] = set()
    for path in HERE.parent.glob(f"domains/*/locale/{language}/LC_MESSAGES/messages.po"):
        with path.open("rb") as source:
            found |= {str(message.id) for message in read_po(source) if message.id}
    return found


@pytest.mark.parametrize("language", ["vi", "de"])
def test_every_text_of_a_template_is_translated(language: str) -> None:
    known = {message.id for message in catalogue(language) if message.string}
    known |= rooms(language)
    missing = {
        f"{path.name}: {text}"
        for path in TEMPLATES
        for text in SAID.findall(path.read_text(encoding="utf-8"))
        if text.replace('\\"', '"') not in known
    }
    assert not missing


@pytest.mark.parametrize("language", ["vi", "de", "en"])
def test_translations_are_whole_and_keep_their_places(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        ids = _several(message.id)
        texts = _several(message.string)
        assert all(texts), message.id
        assert not message.fuzzy, message.id
        if not str(ids[0]).startswith("error."):
            wanted = set(PLACE.findall(ids[-1]))
            assert all(set(PLACE.findall(text)) <= wanted for text in texts), message.id


def test_no_template_has_inline_style_or_script() -> None:
    for path in HERE.glob("templates/**/*.html"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=[\"']|hx-on|javascript:", source), path
        for kind in re.findall(r"<script([^>]*)>", source):
            assert "src=" in kind or "application/ld+json" in kind, path


def _several(text: object) -> tuple[str, ...]:
    return tuple(text) if isinstance(text, (tuple, list)) else (str(text or ""),)
