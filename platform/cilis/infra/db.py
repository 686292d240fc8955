"""The only two ways to a session: `transaction` and `reading`.

Each begins by setting search path, role and time limit for this transaction alone, in the same
round trip as its first statement. The log-in role has no rights, so code that forgot its tenant
gets an error, never rows.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
import psycopg
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from typing_extensions import override

from cilis.config import settings
from cilis.infra import faults, idempotency
from cilis.infra.opening import OPTION, Opening, has_news
from cilis.infra.tenancy import current_tenant
from cilis.kit import guard
from cilis.kit.errors import Unavailable

_NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
_words = sa.Enum(
    enum.StrEnum,
    native_enum=False,
    create_constraint=False,
    length=32,
    values_callable=lambda kind: [member.value for member in kind],
)


class Base(DeclarativeBase):
    """Base of every table of a tenant. Tables name no schema: the search path decides."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=_NAMES),
        type_annotation_map={
            str: sa.Text(),
            datetime: sa.DateTime(timezone=True),
            date: sa.Date(),
            UUID: sa.Uuid(),
            enum.StrEnum: _words,
            dict[str, Any]: JSONB(),
            dict[str, str]: JSONB(),
            list[Any]: JSONB(),
            list[dict[str, Any]]: JSONB(),
            list[str]: sa.ARRAY(sa.Text()),
            list[UUID]: sa.ARRAY(sa.Uuid()),
        },
    )


class NestedTransaction(RuntimeError):
    """A use case was called inside another's transaction; it must take ``session`` instead."""


class DatabaseGone(Unavailable):
    """PostgreSQL does not answer, or not within the time limit; it will again in a moment."""

    code = "database_unavailable"


db = SQLAlchemy(metadata=Base.metadata)
_engine: sa.Engine | None = None
_statement_ms: ContextVar[int | None] = ContextVar("statement_ms", default=None)
_default_ms = 2_000
_LOCK_MS = 3_000


def engine_options(pool_size: int) -> dict[str, Any]:
    """How every engine of the application talks to PostgreSQL.

    Autocommit, because the first statement of a transaction is ours; no prepared statements,
    because they fail behind a pooler and win nothing when tenants alternate.
    """
    return {
        "isolation_level": "AUTOCOMMIT",
        "pool_size": pool_size,
        "max_overflow": 0,
        "pool_timeout": 5,
        "pool_recycle": 900,
        "pool_pre_ping": False,
        "json_serializer": _json,
        "json_deserializer": orjson.loads,
        "connect_args": {"prepare_threshold": None, "connect_timeout": 5},
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def dialect_url(url: str) -> str:
    """A plain PostgreSQL address as SQLAlchemy wants it."""
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+cilis://", url)


def bind(engine: sa.Engine, *, statement_ms: int) -> None:
    """Use this engine and this time limit in the whole process."""
    global _engine, _default_ms
    if _engine is not None and _engine is not engine:
        _engine.dispose()
    _engine, _default_ms = engine, statement_ms


def engine() -> sa.Engine:
    """The engine of this process."""
    if _engine is None:
        raise RuntimeError("no engine: create_app() or infra.db.bind() comes first")
    return _engine


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the one transaction of a use case, inside the current tenant's schema.

    Commits when the block ends, rolls back on any exception. Not re-entrant on purpose: a
    function that wants to join takes ``session`` as its first argument.

    Raises:
        NestedTransaction: a transaction is already open in this context.
        DatabaseGone: PostgreSQL does not answer.
    """
    claimed = False
    try:
        with _session(read_only=False) as session:
            claimed = idempotency.claim(session)
            yield session
            session.flush()
            for write in session.info.pop("before_commit", ()):
                write(session)
            idempotency.settle(session)
            faults.crash_point("before_commit")
    except BaseException:
        if claimed:
            idempotency.give_back()
        raise
    faults.crash_point("after_commit")


def reading() -> AbstractContextManager[Session]:
    """A session for queries only: PostgreSQL itself refuses to write through it.

    What was loaded stays usable after the block.
    """
    return _session(read_only=True)


def before_commit(session: Session, write: Callable[[Session], None]) -> None:
    """Let this run as a last word of the transaction, still inside it.

    For rows that nobody reads before the commit: gathered, they cost one round trip together.
    """
    session.info.setdefault("before_commit", []).append(write)


@contextmanager
def patience(milliseconds: int) -> Iterator[None]:
    """Give the transactions opened in this block another time limit."""
    token = _statement_ms.set(milliseconds)
    try:
        yield
    finally:
        _statement_ms.reset(token)


@contextmanager
def _session(*, read_only: bool) -> Iterator[Session]:
    if guard.transaction_is_open():
        raise NestedTransaction
    words = _opening(read_only=read_only)
    with guard.marking_transaction():
        try:
            with _connect(words) as connection, _Session(connection) as session:
                yield session
                if not read_only:
                    session.commit()
            # closed, the connection rolls back what was not committed: also what was only read
        except sa.exc.DBAPIError as problem:
            if _is_gone(problem):
                raise DatabaseGone(str(problem.orig)) from problem
            raise
        except sa.exc.TimeoutError as problem:
            raise DatabaseGone("no free connection") from problem


class _Session(Session):
    """A session on the one connection of its transaction.

    Plain statements go to the connection itself; the session's own machinery, which costs more
    than they do, only runs for mapped rows.
    """

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection, expire_on_commit=False, join_transaction_mode="control_fully")
        self._own = connection

    @override
    def connection(self, *given: Any, **named: Any) -> sa.Connection:
        return super().connection(*given, **named) if given or named else self._own

    @override
    def commit(self) -> None:
        if self.in_transaction():
            super().commit()
        self._own.commit()

    @override
    def close(self) -> None:
        if self.in_transaction():  # otherwise it never held a row
            super().close()


_GONE = (
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
    psycopg.errors.ConnectionException,
    psycopg.errors.TooManyConnections,
    psycopg.errors.QueryCanceled,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
)


def _is_gone(problem: sa.exc.DBAPIError) -> bool:
    """Whether PostgreSQL did not answer, rather than said no; then it gave no SQLSTATE."""
    cause = problem.orig
    nobody = isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None
    return nobody or problem.connection_invalidated or isinstance(cause, _GONE)


def _opening(*, read_only: bool) -> str:
    tenant = current_tenant()  # its names were checked against a pattern when it was made
    limit = _statement_ms.get() or _default_ms
    path = tenant.schema if tenant.schema == "ext" else f"{tenant.schema}, ext"
    mode = " READ ONLY" if read_only else ""
    # Waiting for a lock counts as part of a statement: a shorter limit of that ends it anyway.
    lock = f"SET LOCAL lock_timeout TO {_LOCK_MS}; " if limit > _LOCK_MS else ""
    return (
        f"BEGIN{mode}; SET LOCAL search_path TO {path}; SET LOCAL ROLE {tenant.role}; "
        f"SET LOCAL statement_timeout TO {limit}; {lock}"
        "SET LOCAL idle_in_transaction_session_timeout TO 10000"
    )


def _connect(words: str) -> sa.Connection:
    """A connection that says ``words`` with its first statement.

    Those that died while idle in the pool are replaced, unless all are dead.
    """
    tries = settings().pool_size + 1  # after a restart of PostgreSQL every idle one is dead
    for left in reversed(range(tries)):
        opening = Opening(words)
        connection = engine().connect().execution_options(**{OPTION: opening})
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)  # noqa: S101 - tells mypy what the URL says
        if not has_news(raw):
            return connection
        opening.said = True
        connection.begin()
        try:
            raw.execute(words)  # simple protocol: no parameters
        except psycopg.OperationalError as problem:
            if not raw.closed or left == 0:
                connection.close()
                raise DatabaseGone(str(problem)) from problem
            connection.invalidate(problem)
            connection.close()
        else:
            return connection
    raise DatabaseGone("no connection lives")


def violates(problem: IntegrityError, constraint: str) -> bool:
    """Whether a refused row broke this constraint; a worker's suffix ``_<digits>`` is cut off."""
    diagnostics = getattr(problem.orig, "diag", None)
    name = getattr(diagnostics, "constraint_name", None) or ""
    return re.sub(r"_\d+$", "", name) == constraint


def insert_or_nothing(model: type[Base]) -> sa.TextClause:
    """``INSERT … ON CONFLICT DO NOTHING`` of one whole row; its ``rowcount`` says whether it came.

    For hot paths, made once per table: SQLAlchemy compiles its own form at every call.
    """
    columns = model.__table__.columns
    names = [column.name for column in columns]
    values = ", ".join(f":{name}" for name in names)
    question = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) VALUES ({values})"  # noqa: S608
    kinds = (sa.bindparam(column.name, type_=column.type) for column in columns)
    return sa.text(f"{question} ON CONFLICT DO NOTHING").bindparams(*kinds)


def worker_limits() -> int:
    """The time limit of statements in background processes, milliseconds."""
    return settings().worker_statement_ms
