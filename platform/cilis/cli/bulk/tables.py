"""Rows into tables by COPY, in large pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql

from cilis.infra.db import Base

NULL = "\\N"
_PIECE = 20_000  # rows


class TableChanged(RuntimeError):
    """A table has a column that must be filled and that the seed knows nothing of."""


@dataclass
class Copier:
    """Gathers lines for the tables of one schema and sends them as the owner.

    The connection's search path names the schema; the caller's transaction decides.
    """

    connection: psycopg.Connection[Any]
    rows: int = 0
    _columns: dict[str, Sequence[str]] = field(default_factory=dict)
    _waiting: dict[str, list[str]] = field(default_factory=dict)

    def open(self, table: str, columns: Sequence[str]) -> list[str]:
        """Say which columns the lines of a table have; lines are appended to the list it returns.

        Raises:
            TableChanged: a column is unknown, or one that must be filled is missing.
        """
        known = Base.metadata.tables[table].columns
        unknown = set(columns) - {column.name for column in known}
        missing = {column.name for column in known if _must_be_given(column)} - set(columns)
        if unknown or missing:
            raise TableChanged(f"{table}: missing {sorted(missing)}, unknown {sorted(unknown)}")
        self._columns[table] = columns
        return self._waiting.setdefault(table, [])

    def flush(self, *, everything: bool = False) -> None:
        """Send what has gathered, in the order in which the tables were opened: parents first.

        Small pieces wait unless ``everything`` is asked for.
        """
        if not everything and all(len(lines) < _PIECE for lines in self._waiting.values()):
            return
        for table, lines in self._waiting.items():
            if lines:
                self._send(table, lines)
                lines.clear()

    def _send(self, table: str, lines: Sequence[str]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, self._columns[table]))
        question = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
        with self.connection.cursor() as cursor, cursor.copy(question) as copy:
            copy.write("\n".join(lines) + "\n")
        self.rows += len(lines)


def escaped(text: str) -> str:
    """A text as a field of COPY's text format."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _must_be_given(column: sa.Column[Any]) -> bool:
    return not column.nullable and column.server_default is None
