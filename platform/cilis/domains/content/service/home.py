"""An admin chooses the blocks of the home page, their order and words, and its questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.content import queries
from cilis.domains.content.errors import BlockFixed, BlockNotFound
from cilis.domains.content.models import ContentQuestion, HomeBlock
from cilis.domains.content.service.texts import checked
from cilis.domains.content.types import (
    BLOCK_TEXTS,
    FREE_KINDS,
    LONG_TEXTS,
    MOST_BLOCKS,
    MOST_QUESTIONS,
    Block,
    BlockKind,
    ByLanguage,
    QuestionText,
)
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.kit import crypto, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_SHORT, _LONG = 160, 8_000


def add_block(kind: BlockKind, viewer: Viewer) -> Block:
    """Add a hidden block of a free kind at the end.

    Raises:
        BlockFixed: of this kind there is one already, or the page is full.
    """
    with transaction() as session:
        rows = _rows(session)
        if kind not in FREE_KINDS or len(rows) >= MOST_BLOCKS:
            raise BlockFixed(kind.value)
        key = f"{kind}-{crypto.token(48).lower().replace('_', '0').replace('-', '0')}"
        row = HomeBlock(key=key, kind=kind, position=len(rows), is_shown=False, texts={})
        session.add(row)
        _note(session, "content.block_added", key, viewer)
        return Block(row.key, row.kind, row.is_shown, row.texts)


def change_block(
    key: str, texts: Mapping[str, ByLanguage], viewer: Viewer, *, shown: bool | None = None
) -> Block:
    """Write the words of a block; an empty one gives the organization's own text back.

    Raises:
        BlockNotFound: no such block.
        InvalidInput: a text that cannot be taken.
    """
    with transaction() as session:
        row = _row(_rows(session), key)
        known = BLOCK_TEXTS[row.kind]
        strange = sorted(set(texts) - set(known))
        if strange:
            raise InvalidInput({name: ["unknown_field"] for name in strange})
        kept = dict(row.texts)
        for name, given in texts.items():
            most = _LONG if name in LONG_TEXTS else _SHORT
            kept[name] = checked(session, name, given, most=most, required=False)
        row.texts = {name: words for name, words in kept.items() if words}
        if shown is not None:
            row.is_shown = shown
        _note(session, "content.block_changed", key, viewer)
        return Block(row.key, row.kind, row.is_shown, row.texts)


def show_block(key: str, viewer: Viewer, *, shown: bool) -> None:
    """Show a block on the home page, or hide it; raises BlockNotFound."""
    with transaction() as session:
        _row(_rows(session), key).is_shown = shown
        _note(session, "content.block_shown" if shown else "content.block_hidden", key, viewer)


def order_blocks(keys: Sequence[str], viewer: Viewer) -> list[Block]:
    """Put the blocks into this order; those that are not named follow in their own.

    Raises:
        BlockNotFound: one of them is not there.
    """
    with transaction() as session:
        rows = _rows(session)
        first = [_row(rows, key) for key in dict.fromkeys(keys)]
        ordered = [*first, *(row for row in rows if row not in first)]
        for place, row in enumerate(ordered):
            row.position = place
        session.flush()
        audit.record(
            session, "content.blocks_ordered", None, actor=viewer.person_id,
            detail={"order": [row.key for row in ordered]},
        )  # fmt: skip
        return queries.blocks(session, hidden=True)


def move_block(key: str, by: int, viewer: Viewer) -> None:
    """Move a block one place up (-1) or down (1); raises BlockNotFound."""
    with transaction() as session:
        rows = _rows(session)
        row = _row(rows, key)
        place = rows.index(row)
        rows.insert(min(max(place + by, 0), len(rows) - 1), rows.pop(place))
        for number, one in enumerate(rows):
            one.position = number
        _note(session, "content.block_moved", key, viewer)


def remove_block(key: str, viewer: Viewer) -> None:
    """Remove a block of a free kind.

    Raises:
        BlockNotFound: no such block.
        BlockFixed: it can only be hidden.
    """
    with transaction() as session:
        row = _row(_rows(session), key)
        if row.kind not in FREE_KINDS:
            raise BlockFixed(key)
        _note(session, "content.block_removed", key, viewer)
        session.delete(row)


def write_questions(wanted: Sequence[QuestionText], viewer: Viewer) -> list[QuestionText]:
    """Replace the questions and answers; the pack leaves them alone from now on.

    Raises:
        InvalidInput: a text that cannot be taken, or too many questions.
    """
    if len(wanted) > MOST_QUESTIONS:
        raise InvalidInput({"items": ["too_many"]})
    with transaction() as session:
        rows = [
            ContentQuestion(
                id=ids.new(),
                position=place,
                questions=checked(session, f"items.{place}.question", one.question, most=200),
                answers=checked(session, f"items.{place}.answer", one.answer, most=_LONG),
                from_pack=False,
            )
            for place, one in enumerate(wanted)
        ]
        session.execute(sa.delete(ContentQuestion))
        session.add_all(rows)
        session.flush()
        audit.record(
            session, "content.questions_written", None, actor=viewer.person_id,
            detail={"count": len(rows)},
        )  # fmt: skip
        return queries.question_texts(session)


def _rows(session: Session) -> list[HomeBlock]:
    """Every block as a row, locked; the usual ones are written down where nothing was chosen."""
    wanted = sa.select(HomeBlock).order_by(HomeBlock.position, HomeBlock.key).with_for_update()
    rows = list(session.scalars(wanted))
    known = {row.key for row in rows}
    for block in queries.blocks(session, hidden=True):
        if block.key not in known:
            row = HomeBlock(
                key=block.key, kind=block.kind, position=len(rows), is_shown=True, texts={}
            )
            session.add(row)
            rows.append(row)
    return rows


def _row(rows: Sequence[HomeBlock], key: str) -> HomeBlock:
    found = next((row for row in rows if row.key == key), None)
    if found is None:
        raise BlockNotFound(key)
    return found


def _note(session: Session, action: str, key: str, viewer: Viewer) -> None:
    audit.record(session, action, None, actor=viewer.person_id, detail={"block": key})
