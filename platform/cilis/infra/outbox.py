"""Facts that leave the database: written in the transaction, delivered afterwards.

An event is a frozen dataclass of ids and small values. `emit` writes it beside the change it
tells of; the relay gives it to every listener at least once. With ``at`` it is a timer.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from cilis.infra.db import before_commit
from cilis.infra.tenancy import current_tenant
from cilis.kit import clock, ids


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all facts. Fields are UUID, str, int, bool, datetime or None, only ever added.

    A ``passing`` one is forgotten once it is delivered, not days later: for timers that ring all
    the time.
    """

    name: ClassVar[str] = ""
    passing: ClassVar[bool] = False

    def payload(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return {field.name: _plain(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def revive(cls, payload: dict[str, Any]) -> Event:
        """The event again; unknown fields of a newer version are left out."""
        kinds = typing.get_type_hints(cls)
        known = {field.name for field in dataclasses.fields(cls)}
        return cls(
            **{name: _rich(kinds[name], value) for name, value in payload.items() if name in known}
        )


E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Listener:
    """One function that hears one kind of event."""

    name: str
    event: type[Event]
    function: Callable[[Any], None]
    in_order: bool
    slow: bool


# One statement for all events of a transaction; text, as every use case ends with it.
_WRITE = sa.text(
    "INSERT INTO node.outbox (id, tenant, event, payload, subject, created_at, deliver_at, state)"
    " SELECT id, :tenant, event, payload, subject, :now, deliver_at, 'waiting'"
    " FROM unnest(:ids, :events, :payloads, :subjects, :times)"
    " AS given(id, event, payload, subject, deliver_at)"
).bindparams(
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid())),
    sa.bindparam("events", type_=sa.ARRAY(sa.Text())),
    sa.bindparam("payloads", type_=sa.ARRAY(JSONB())),
    sa.bindparam("subjects", type_=sa.ARRAY(sa.Uuid())),
    sa.bindparam("times", type_=sa.ARRAY(sa.DateTime(timezone=True))),
)
_listeners: dict[str, list[Listener]] = {}
_by_name: dict[str, Listener] = {}


def emit(
    session: Session, event: Event, *, at: datetime | None = None, subject: UUID | None = None
) -> None:
    """Write the event in the caller's transaction; it is delivered after the commit, or at ``at``.

    ``subject`` names the thing whose events a listener may ask to hear in order.
    """
    if not event.name:
        raise TypeError(f"{type(event).__name__} has no wire name")
    waiting = session.info.get("outbox")
    if waiting is None:
        waiting = session.info["outbox"] = []
        before_commit(session, _write)
    waiting.append((ids.new(), event.name, event.payload(), subject, at))


def _write(session: Session) -> None:
    """Write all events of a transaction in one round trip."""
    found = session.info.pop("outbox")
    now = clock.now()
    keys, names, payloads, subjects, times = zip(*found, strict=True)
    row = {
        "tenant": current_tenant().role,
        "now": now,
        "ids": list(keys),
        "events": list(names),
        "payloads": list(payloads),
        "subjects": list(subjects),
        "times": [max(at, now) if at else now for at in times],
    }
    session.connection().execute(_WRITE, row)


def listens_to(
    kind: type[E], *, in_order: bool = False, slow: bool = False
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Deliver every event of this kind to the function: at least once, in its tenant.

    No transaction is open. An exception means *again later*, with growing pauses; a
    ``TryLater`` chooses the pause. ``in_order``: not before earlier events of the same subject.
    ``slow``: it waits for somebody outside (mail, gateways, rooms, files) or reads a lot, and so
    must not stand before what open pages wait for: it goes by a lane of its own.
    """

    def mark(function: Callable[[E], None]) -> Callable[[E], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        listener = Listener(name, kind, function, in_order, slow)
        if name in _by_name:
            raise RuntimeError(f"two listeners are named {name}")
        _by_name[name] = listener
        _listeners.setdefault(kind.name, []).append(listener)
        return function

    return mark


def listeners_of(event: str) -> list[Listener]:
    """Who hears an event of this wire name."""
    return _listeners.get(event, [])


def listener(name: str) -> Listener | None:
    """One listener by its name; None when it is no longer in the code."""
    return _by_name.get(name)


def known_events() -> list[str]:
    """The wire names of every event in this version of the code."""
    found: list[str] = []
    waiting: list[type[Event]] = [Event]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.name:
            found.append(kind.name)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _rich(kind: Any, value: Any) -> Any:
    choices = typing.get_args(kind) or (kind,)
    if value is None:
        return None
    if UUID in choices:
        return UUID(value)
    return datetime.fromisoformat(value) if datetime in choices else value
