"""Papers, their review, and the history of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cilis.domains.experts.types import DocumentKind, VerificationState
from cilis.infra.db import Base
from cilis.kit import ids


class Verification(Base):
    """One request to be verified. At most one of an expert is open; a decided one never changes."""

    __tablename__ = "verifications"
    __table_args__ = (
        sa.Index(
            "verifications_open_key",
            "expert_id",
            unique=True,
            postgresql_where=sa.text("state IN ('submitted', 'more_asked')"),
        ),
        sa.Index("verifications_expert_id_idx", "expert_id", "submitted_at"),  # latest of one
        sa.Index("verifications_queue_idx", "state", "submitted_at", "id"),  # the queue
        sa.Index("verifications_submitted_at_id_idx", "submitted_at", "id"),  # of every state
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("experts.id", name="verifications_expert_id_fkey")
    )
    state: Mapped[VerificationState] = mapped_column(default=VerificationState.SUBMITTED)
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(default="")
    missing: Mapped[list[str]] = mapped_column(default=list)


class VerificationDocument(Base):
    """One paper. It belongs to no verification until the expert submits."""

    __tablename__ = "verification_documents"
    __table_args__ = (
        sa.Index("verification_documents_expert_id_idx", "expert_id"),
        sa.Index("verification_documents_verification_id_idx", "verification_id"),  # withdrawal
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    expert_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("experts.id", name="verification_documents_expert_id_fkey")
    )
    verification_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey("verifications.id", name="verification_documents_verification_id_fkey")
    )
    kind: Mapped[DocumentKind]
    file_key: Mapped[str]
    name: Mapped[str]
    content_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    uploaded_at: Mapped[datetime]


class VerificationStep(Base):
    """One line of the history: who did what and why. Rows are only ever added."""

    __tablename__ = "verification_steps"
    __table_args__ = (sa.Index("verification_steps_idx", "verification_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)
    verification_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("verifications.id", name="verification_steps_verification_id_fkey")
    )
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    step: Mapped[str]  # submitted, submitted_again, ask, approve, reject, withdrawn, opened
    reason: Mapped[str] = mapped_column(default="")
    missing: Mapped[list[str]] = mapped_column(default=list)
    document_id: Mapped[UUID | None]
