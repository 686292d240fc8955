"""Tables outside the tenants' schemas: ``shared`` (once) and ``node`` (in every database)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from cilis.infra.db import Base


class SharedBase(DeclarativeBase):
    """Base of what the platform itself needs: routing only."""

    metadata = sa.MetaData(schema="shared", naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.registry.type_annotation_map


class NodeBase(DeclarativeBase):
    """Base of what every database has beside its tenants, so that a transaction stays local."""

    metadata = sa.MetaData(schema="node", naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.registry.type_annotation_map


class TenantRow(SharedBase):
    """Where an organization's schema is, and whether it is served."""

    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(sa.String(16))  # active, suspended
    node: Mapped[str] = mapped_column(sa.String(32), default="main")
    version: Mapped[int] = mapped_column(sa.BigInteger, default=1)
    created_at: Mapped[datetime]


class HostRow(SharedBase):
    """A host name that leads to a tenant; the permanent one is the tenant's sub-domain."""

    __tablename__ = "hosts"

    host: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(sa.ForeignKey("shared.tenants.id"), index=True)
    permanent: Mapped[bool]


class RoutingVersion(SharedBase):
    """One row that counts changes of the routing, so that processes know when to read again."""

    __tablename__ = "routing_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(sa.BigInteger)


class OutboxRow(NodeBase):
    """A fact that someone outside the database has to hear of, or a timer.

    Tenant roles may only insert, and only under their own name.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        sa.Index("outbox_due_idx", "deliver_at", postgresql_where=sa.text("state = 'waiting'")),
        sa.Index(
            "outbox_turn_idx",
            "tenant",
            "deliver_at",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(
            "outbox_subject_idx",
            "subject",
            postgresql_where=sa.text("state = 'waiting' AND subject IS NOT NULL"),
        ),
        sa.Index("outbox_done_idx", "done_at", postgresql_where=sa.text("state = 'done'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(sa.String(16))  # the tenant's role
    event: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    subject: Mapped[UUID | None]
    created_at: Mapped[datetime]
    deliver_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(8), default="waiting")  # waiting, done
    done_at: Mapped[datetime | None]


class ReceiptRow(NodeBase):
    """How far one listener is with one event."""

    __tablename__ = "receipts"
    __table_args__ = (
        sa.Index("receipts_dead_idx", "failed_at", postgresql_where=sa.text("state = 'dead'")),
    )

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    listener: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(sa.String(16))
    subject: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(sa.String(8))  # waiting, done, dead
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")
    failed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class PoolRow(NodeBase):
    """A prepared, empty tenant schema that waits for an organization."""

    __tablename__ = "pool"

    id: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    revision: Mapped[str]
    created_at: Mapped[datetime]


class TenantRevision(NodeBase):
    """At which revision of the tenant line a schema stands."""

    __tablename__ = "revisions"

    id: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    revision: Mapped[str]
    migrated_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")


class ClockShift(NodeBase):
    """How far tests and the demo have moved the clock, in seconds."""

    __tablename__ = "clock_shift"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seconds: Mapped[int] = mapped_column(sa.BigInteger)
