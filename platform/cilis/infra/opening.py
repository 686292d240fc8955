"""What a transaction begins with. It travels with the first statement: no round trip of its own.

PostgreSQL takes several statements in one simple query, and several are answered in one go. Such
a query has no parameters, so those of the first statement are written into it by psycopg's own
quoting (`ClientCursor`), and the last result is the statement's.
"""

from __future__ import annotations

import select
from decimal import Decimal
from typing import Any

import psycopg
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from typing_extensions import override

OPTION = "cilis_opening"
"""The execution option under which a connection carries its `Opening`."""


class Opening:
    """The words that begin one transaction, and whether they were said."""

    __slots__ = ("said", "words")

    def __init__(self, words: str) -> None:
        self.words = words
        self.said = False


def has_news(raw: psycopg.Connection[Any]) -> bool:
    """Whether the server said something unasked while the connection lay idle: mostly farewell."""
    if raw.closed:
        return True
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class CilisDialect(PGDialect_psycopg):
    """psycopg's dialect that says a connection's `Opening` together with the first statement."""

    supports_statement_cache = True

    @override
    def do_execute(
        self, cursor: Any, statement: str, parameters: Any, context: Any | None = None
    ) -> None:
        opening = context.execution_options.get(OPTION) if context is not None else None
        if opening is None or opening.said:
            cursor.execute(statement, parameters)
            return
        opening.said = True
        values = parameters.values() if isinstance(parameters, dict) else parameters or ()
        if any(_is_negative(value) for value in values):
            cursor.connection.execute(opening.words)
            cursor.execute(statement, parameters)
            return
        bound = psycopg.ClientCursor(cursor.connection).mogrify(statement, parameters)
        cursor.execute(f"{opening.words}; {bound}")
        cursor.set_result(-1)

    @override
    def do_executemany(
        self, cursor: Any, statement: str, parameters: Any, context: Any | None = None
    ) -> None:
        """A statement for many rows goes out once for each: the opening goes before them."""
        opening = context.execution_options.get(OPTION) if context is not None else None
        if opening is not None and not opening.said:
            opening.said = True
            cursor.connection.execute(opening.words)
        cursor.executemany(statement, parameters)


def _is_negative(value: object) -> bool:
    """Whether it would be written with a sign, to which a cast behind it does not belong."""
    return isinstance(value, (int, float, Decimal)) and value < 0


registry.register("postgresql.cilis", __name__, CilisDialect.__name__)
