"""Every text that a plugin shows stands in its catalogues, in every language."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from cilis.hooks.manager import Plugins

PLUGINS = Plugins()
PLUGINS.load_installed()
EVERY_OFFER = pytest.mark.parametrize(
    ("kind", "key", "offer"),
    list(PLUGINS.offers()),
    ids=[f"{kind}-{key}" for kind, key, _ in PLUGINS.offers()],
)


def shown(offer: Any) -> Iterator[str]:
    """Title, promise, labels, helps, choices, what the test button says, and what is marked."""
    yield offer.title
    yield getattr(offer, "promise", "")
    for field in offer.settings:
        yield from (field.label, field.help)
        yield from (text for _, text in field.choices)
    for way in getattr(offer, "ways", ()):
        yield from (way.title, way.promise)
    yield from (field.label for field in getattr(offer, "evidence", ()))
    module = inspect.getmodule(type(offer))
    assert module is not None
    assert module.__file__
    for file in Path(module.__file__).parent.glob("*.py"):
        yield from marked(ast.parse(file.read_text(encoding="utf-8")))


def marked(tree: ast.AST) -> Iterator[str]:
    """Messages of the test button, and every text in ``N_()``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "message":
            if isinstance(node.value, ast.Constant):
                yield str(node.value.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_":
            yield str(ast.literal_eval(node.args[0]))


@pytest.mark.parametrize("language", ["vi", "de"])
@EVERY_OFFER
def test_the_catalogue_is_complete(kind: str, key: str, offer: Any, language: str) -> None:
    file = PLUGINS.folder_of(kind, key) / "locale" / language / "LC_MESSAGES" / "messages.po"
    with file.open("rb") as source:
        catalogue = read_po(source, locale=language)
    told = {str(message.id): message for message in catalogue if message.id}

    assert {text for text in shown(offer) if text} == set(told)
    for message in told.values():
        assert message.string
        assert not message.fuzzy


@EVERY_OFFER
def test_no_product_is_named(kind: str, key: str, offer: Any) -> None:
    for text in shown(offer):
        assert "cilis" not in text.lower()
    for file in (PLUGINS.folder_of(kind, key) / "locale").rglob("*.po"):
        assert "cilis" not in file.read_text().lower()
