"""Every action that the code writes into the book of deeds is told in words of a language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

import cilis
from cilis import rooms
from cilis.domains.bookings.types import What
from cilis.domains.experts import ExpertState
from cilis.domains.invoices import PaperKind
from cilis.domains.payments import AttemptState, DisputeState, RefundState, RequestState
from cilis.infra import audit
from cilis.infra.i18n import load_catalogues, speaking
from cilis.kit import clock
from cilis.web.views import deeds
from cilis.web.views.deed_words import DEEDS

CODE = Path(cilis.__file__).parent
ACTION = re.compile(r"[a-z]+\.[a-z_]+")
NO_ACTIONS = {
    "credits.redeem", "identity.register", "documents.share", "payments.forged",  # keys of others
}  # fmt: skip
MADE_OF_PARTS = {
    "bookings.{step.what}": [f"bookings.{what}" for what in What],
    "experts.{after.value}": [
        f"experts.{state}" for state in (ExpertState.PUBLISHED, ExpertState.SUSPENDED)
    ],
    "invoices.{draft.kind}_issued": [f"invoices.{kind}_issued" for kind in PaperKind],
    "payouts.{deed}": [
        f"payouts.{deed}" for deed in ("adjusted", "adjustment_asked", "adjustment_refused")
    ],
    "payouts.{to.value}": ["payouts.paid", "payouts.returned"],
    "payments.{what}_{states[1]}": [
        *(f"payments.attempt_{state}" for state in AttemptState if state != "created"),
        *(f"payments.refund_{state}" for state in RefundState),
        *(f"payments.dispute_{state}" for state in DisputeState),
    ],
    "payments.{action}": [
        "payments.refund_approval_asked",
        *(f"payments.refund_approval_{state}" for state in RequestState if state != "waiting"),
    ],
}
"""f-strings in calls of `audit.record`, and what they may become."""


def sources() -> Iterator[tuple[Path, ast.AST]]:
    """Modules of rooms that write into the book."""
    for path in sorted((CODE / "domains").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if re.search(r"\baudit\b", text):
            yield path, ast.parse(text)


def actions() -> set[str]:
    """All names of actions that stand in the code."""
    kinds = set(rooms.names())
    found: set[str] = set()
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                word = node.value
                if ACTION.fullmatch(word) and word.partition(".")[0] in kinds:
                    found.add(word)
            if isinstance(node, ast.Call) and "audit.record" in ast.unparse(node.func):
                for part in ast.walk(node):
                    if isinstance(part, ast.JoinedStr):
                        found |= set(MADE_OF_PARTS[ast.unparse(part)[2:-1]])
    return found - NO_ACTIONS


def test_every_action_of_the_code_has_a_sentence() -> None:
    assert len(actions()) > 60
    assert sorted(actions() - DEEDS.keys()) == []


def test_no_sentence_is_for_nothing() -> None:
    assert sorted(DEEDS.keys() - actions()) == []


@pytest.mark.parametrize("language", ["vi", "de"])
def test_sentences_are_translated(language: str) -> None:
    load_catalogues(rooms.locale_folders())
    with speaking(language):
        same = [action for action, words in DEEDS.items() if deeds.title(action) == words.words]
    assert same == []


def test_an_unknown_action_is_still_readable() -> None:
    assert deeds.title("bookings.turned_over") == "bookings: turned over"
    line = audit.Line(uuid4(), clock.now(), "some.thing", None, uuid4(), {"token": "x", "why": "y"})
    found = deeds._deed(line, deeds._Names({}, {}))
    assert found.what == "some: thing"
    assert found.detail == [("why", "y")]
    assert found.address == ""
