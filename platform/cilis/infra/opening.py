"""What a transaction begins with. It travels with the first statement: no round trip of its own.

PostgreSQL takes several statements in one simple query, and several are answered in one go. Such
a query has no parameters, so those of the first statement are written into it by psycopg's own
quoting (`ClientCursor`), and the last result is the statement's.
"""

from __future__ import annotations

import select
from typing import Any

import psycopg
import sqlalchemy as sa

OPTION = "cilis_opening"
"""The execution option under which a connection carries its `Opening`."""


class Opening:
    """The words that begin one transaction, and whether they were said."""

    __slots__ = ("said", "words")

    def __init__(self, words: str) -> None:
        self.words = words
        self.said = False


def travel_with_first_statement(engine: sa.Engine) -> None:
    """Let what connections of this engine carry be said before their first statement."""
    if sa.event.contains(engine, "do_execute", _together):
        return
    sa.event.listen(engine, "do_execute", _together)
    sa.event.listen(engine, "do_executemany", _before)


def has_news(raw: psycopg.Connection[Any]) -> bool:
    """Whether the server said something unasked while the connection lay idle: mostly farewell."""
    if raw.closed:
        return True
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _together(cursor: psycopg.Cursor[Any], statement: str, values: Any, context: Any) -> bool:
    """Execute the opening and the statement as one query; False leaves it to SQLAlchemy."""
    opening = context.execution_options.get(OPTION)
    if opening is None or opening.said:
        return False
    opening.said = True
    bound = psycopg.ClientCursor(cursor.connection).mogrify(statement, values)
    cursor.execute(f"{opening.words}; {bound}")
    cursor.set_result(-1)
    return True


def _before(cursor: psycopg.Cursor[Any], _statement: str, _values: Any, context: Any) -> bool:
    """Say the opening alone: a statement for many rows goes out once for each."""
    opening = context.execution_options.get(OPTION)
    if opening is not None and not opening.said:
        opening.said = True
        cursor.connection.execute(opening.words)
    return False
