"""Take facts in: the row of the fact first, then what the lower room says, then the sums.

The fact's row is locked before the door is asked, in the same transaction: of two deliveries
that run at once the second waits, then reads what is true by then. What the fact added before
is taken away again, so neither order nor repetition matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.analytics.models import DayRow, ExpertDayRow
from cilis.domains.analytics.service import ledger
from cilis.domains.analytics.types import SUM_NAMES
from cilis.infra.db import Base, transaction

BATCH = 500
_EXPERT_NAMES = ("sessions", "cancelled", "value_minor")

Row = tuple[Any, ...]
"""A fact as its table keeps it, without the id."""


class Share(NamedTuple):
    """What a fact adds to a day, or to an expert's day."""

    day: date
    expert_id: UUID | None
    amounts: Mapping[str, int]


@dataclass(frozen=True)
class Source:
    """One kind of facts: where they come from and what they add.

    Attributes:
        name: its word in the ledger.
        table: the room's own copy; its columns after ``id`` are those of a row.
        nothing: the row of a fact that adds nothing.
        page: the ids after one, in order: the lower room's door for rebuilds.
        read: the rows of some ids, days told in a zone: the lower room's door for facts. It may
            tell of parts too, which have ids of their own and change under their whole's lock.
        shares: what a row adds.
    """

    name: str
    table: type[Base]
    nothing: Row
    page: Callable[[Session, UUID | None, int], Sequence[UUID]]
    read: Callable[[Session, Sequence[UUID], ZoneInfo], Mapping[UUID, Row]]
    shares: Callable[[Row], Iterable[Share]]


@dataclass
class _Sums:
    """Differences to be added, by day and by expert's day."""

    days: dict[date, dict[str, int]] = field(default_factory=dict)
    experts: dict[tuple[date, UUID], dict[str, int]] = field(default_factory=dict)

    def add(self, shares: Iterable[Share], sign: int) -> None:
        """Add (1) or take away (-1) what a row adds."""
        for day, expert_id, amounts in shares:
            found = (
                self.days.setdefault(day, {})
                if expert_id is None
                else self.experts.setdefault((day, expert_id), {})
            )
            for name, amount in amounts.items():
                found[name] = found.get(name, 0) + sign * amount


def take_again(source: Source, ids: Iterable[UUID]) -> int:
    """Bring these facts and their days up to date; returns how many had changed."""
    wanted = sorted(set(ids))
    changed = 0
    for start in range(0, len(wanted), BATCH):
        with transaction() as session:
            changed += take(session, source, wanted[start : start + BATCH])
    return changed


def take(session: Session, source: Source, ids: Sequence[UUID]) -> int:
    """Bring these facts, in the order of ids, and their days up to date; joins the session."""
    zone = ledger.shared(session)
    known = _lock(session, source, ids)
    found = source.read(session, ids, zone)
    parts = sorted(found.keys() - known.keys())  # facts inside of facts: a payment's refunds
    if parts:
        known |= _lock(session, source, parts)
    changed = {one: row for one, row in found.items() if row != known[one]}
    if not changed:
        return 0
    sums = _Sums()
    for one, row in changed.items():
        sums.add(source.shares(known[one]), -1)
        sums.add(source.shares(row), 1)
    _write(session, source, changed)
    _add(session, sums, tenants.organization(session).currency)
    return len(changed)


def _lock(session: Session, source: Source, ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Lock the facts' rows in the order of ids, making those that are missing."""
    words = _words(source.table)
    session.execute(sa.text(words.make), {"ids": list(ids), **words.values(source.nothing)})
    rows = session.execute(sa.text(words.lock), {"ids": list(ids)})
    return {row[0]: tuple(row[1:]) for row in rows}


def _write(session: Session, source: Source, changed: Mapping[UUID, Row]) -> None:
    words = _words(source.table)
    columns = zip(*changed.values(), strict=True)
    values = {name: list(column) for name, column in zip(words.names, columns, strict=True)}
    session.execute(sa.text(words.write), {"ids": list(changed), **values})


def _add(session: Session, sums: _Sums, currency: str) -> None:
    days = sorted((day, found) for day, found in sums.days.items() if any(found.values()))
    if days:
        values = {name: [found.get(name, 0) for _, found in days] for name in SUM_NAMES}
        keys = {"day": [day for day, _ in days], "currency": currency}
        session.execute(sa.text(_ADD_DAYS), keys | values)
    theirs = sorted(key for key, found in sums.experts.items() if any(found.values()))
    if theirs:
        values = {
            name: [sums.experts[key].get(name, 0) for key in theirs] for name in _EXPERT_NAMES
        }
        keys = {
            "day": [day for day, _ in theirs],
            "expert_id": [one for _, one in theirs],
            "currency": currency,
        }
        session.execute(sa.text(_ADD_EXPERT_DAYS), keys | values)


def day_of(instant: datetime | None, zone: ZoneInfo) -> date | None:
    """The day of an instant in a zone."""
    return instant.astimezone(zone).date() if instant else None


class _Words(NamedTuple):
    """The statements of one table of facts."""

    names: tuple[str, ...]
    make: str
    lock: str
    write: str

    def values(self, row: Row) -> dict[str, Any]:
        """A row's columns by name."""
        return dict(zip(self.names, row, strict=True))


_known_words: dict[str, _Words] = {}


def _words(model: type[Base]) -> _Words:
    """Made once per table: one round trip for many rows, whatever their number."""
    table = model.__tablename__
    if table not in _known_words:
        kinds = _kinds(model)
        names = tuple(name for name in kinds if name != "id")
        listed = ", ".join(names)
        empty = ", ".join(f"CAST(:{name} AS {kinds[name]})" for name in names)
        arrays = ", ".join(f"CAST(:{name} AS {kinds[name]}[])" for name in names)
        sets = ", ".join(f"{name} = new.{name}" for name in names)
        _known_words[table] = _Words(
            names,
            f"INSERT INTO {table} (id, {listed}) SELECT one, {empty}"  # noqa: S608 - our own names
            " FROM unnest(CAST(:ids AS uuid[])) AS one ON CONFLICT (id) DO NOTHING",
            f"SELECT id, {listed} FROM {table} WHERE id = ANY(CAST(:ids AS uuid[]))"  # noqa: S608
            " ORDER BY id FOR UPDATE",
            f"UPDATE {table} AS fact SET {sets}"  # noqa: S608
            f" FROM unnest(CAST(:ids AS uuid[]), {arrays}) AS new (id, {listed})"
            " WHERE fact.id = new.id",
        )
    return _known_words[table]


def _kinds(model: type[Base]) -> dict[str, str]:
    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    return {column.name: column.type.compile(dialect) for column in model.__table__.columns}


def _adding(model: type[Base], keys: tuple[str, ...], names: tuple[str, ...]) -> str:
    table, kinds = model.__tablename__, _kinds(model)
    listed = ", ".join((*keys, *names))
    arrays = ", ".join(f"CAST(:{name} AS {kinds[name]}[])" for name in (*keys, *names))
    sets = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in names)
    return (
        f"INSERT INTO {table} ({listed}, currency)"  # noqa: S608 - our own names
        f" SELECT added.*, CAST(:currency AS {kinds['currency']}) FROM unnest({arrays}) AS added"
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}, currency = excluded.currency"
    )


_ADD_DAYS = _adding(DayRow, ("day",), SUM_NAMES)
_ADD_EXPERT_DAYS = _adding(ExpertDayRow, ("day", "expert_id"), _EXPERT_NAMES)
