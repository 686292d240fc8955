"""Papers: uploaded by their expert, read by the expert and the staff only."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains.experts.errors import DocumentInUse, DocumentNotFound, TooManyDocuments
from cilis.domains.experts.models import VerificationDocument, VerificationStep
from cilis.domains.experts.queries.profiles import own_row
from cilis.domains.experts.queries.verifications import document_row, owner_of
from cilis.domains.experts.types import (
    MAX_DOCUMENT_BYTES,
    MAX_DOCUMENTS,
    DocumentFile,
    DocumentKind,
)
from cilis.infra import audit, files, idempotency
from cilis.infra.db import transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer


def add_document(content: bytes, name: str, kind: DocumentKind, viewer: Viewer) -> UUID:
    """Keep one paper of the viewer's own; it is sent with the next submission.

    The file is stored first and outside the transaction; if the row cannot be written it is
    removed again.

    Raises:
        InvalidInput: on ``file``: empty, larger than 10 MiB, or of a type that is not taken.
        NotAnExpert, TooManyDocuments.
    """
    if len(content) > MAX_DOCUMENT_BYTES:
        raise InvalidInput({"file": ["file_too_large"]})
    stored = files.save(content, content_type=files.sniff(content, name), name=name)
    try:
        with transaction() as session:
            expert = own_row(session, viewer, lock=True)
            _check_room(session, expert.id)
            row = VerificationDocument(
                id=ids.new(),
                expert_id=expert.id,
                kind=kind,
                file_key=stored.key,
                name=stored.name,
                content_type=stored.content_type,
                size=stored.size,
                digest=stored.digest,
                uploaded_at=clock.now(),
            )
            session.add(row)
            audit.record(
                session,
                "experts.document_added",
                row.id,
                actor=viewer.person,
                detail={"expert_id": str(expert.id), "kind": kind.value},
            )
            idempotency.made(session, row.id)
            return row.id
    except BaseException:
        files.take_back(stored.key)
        raise


def remove_document(document_id: UUID, viewer: Viewer) -> None:
    """Forget a paper that no verification holds yet; raises DocumentNotFound, DocumentInUse."""
    with transaction() as session:
        expert = own_row(session, viewer, lock=True)
        row = session.get(VerificationDocument, document_id, with_for_update=True)
        if row is None or row.expert_id != expert.id:
            raise DocumentNotFound(f"no document {document_id}")
        if row.verification_id is not None:
            raise DocumentInUse(str(document_id))
        files.drop(session, row.file_key)
        session.delete(row)
        audit.record(session, "experts.document_removed", document_id, actor=viewer.person)


def open_document(document_id: UUID, viewer: Viewer) -> DocumentFile:
    """A paper's bytes; every opening is checked anew and logged.

    Raises:
        DocumentNotFound: unknown, or not this viewer's to read.
    """
    with transaction() as session:
        row = document_row(session, document_id, viewer)
        audit.record(
            session,
            "experts.document_opened",
            row.id,
            actor=viewer.person,
            detail={"expert_id": str(row.expert_id)},
        )
        own = owner_of(session, row.expert_id) == viewer.person
        if row.verification_id is not None and not own:
            session.add(
                VerificationStep(
                    id=ids.new(),
                    verification_id=row.verification_id,
                    at=clock.now(),
                    actor_id=viewer.person,
                    step="opened",
                    document_id=row.id,
                )
            )
        name, kind, key = row.name, row.content_type, row.file_key
    return DocumentFile(name, kind, files.read(key))


def _check_room(session: Session, expert_id: UUID) -> None:
    count = session.scalar(
        sa.select(sa.func.count())
        .select_from(VerificationDocument)
        .where(VerificationDocument.expert_id == expert_id)
    )
    if (count or 0) >= MAX_DOCUMENTS:
        raise TooManyDocuments(str(expert_id), limit=MAX_DOCUMENTS)
