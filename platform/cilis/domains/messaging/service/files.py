"""Files on their way to the other side: uploaded first, then sent with a message."""

from __future__ import annotations

from uuid import UUID

from cilis.domains.messaging import queries
from cilis.domains.messaging.events import UploadLapsed
from cilis.domains.messaging.models import MessageFileRow
from cilis.domains.messaging.types import UPLOAD_KEPT, SentFile
from cilis.infra import files, idempotency, limits, outbox
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

MOST = "60/hour"


def upload(conversation_id: UUID, content: bytes, name: str, viewer: Viewer) -> SentFile:
    """Keep a file until it is sent; nobody else sees it before.

    Raises:
        ConversationNotFound: no such conversation of the viewer's.
        InvalidInput: empty, too large, or of a kind that is not taken (on ``file``).
        TooMany: more files than a person sends.
    """
    with reading() as session:
        queries.visible(session, viewer, conversation_id)
    kind = files.sniff(content, name)
    limits.hit("messaging.files", str(viewer.person), MOST)
    stored = files.save(content, content_type=kind, name=name)
    row = MessageFileRow(
        id=ids.new(),
        conversation_id=conversation_id,
        message_id=None,
        person_id=viewer.person,
        key=stored.key,
        name=stored.name,
        size=stored.size,
        content_type=stored.content_type,
        digest=stored.digest,
        created_at=clock.now(),
    )
    try:
        with transaction() as session:
            session.add(row)
            idempotency.made(session, row.id)
            timer = UploadLapsed(file_id=row.id)
            outbox.emit(session, timer, at=row.created_at + UPLOAD_KEPT)
    except BaseException:
        files.take_back(stored.key)
        raise
    return queries.as_file(row)


def forget_upload(file_id: UUID) -> None:
    """Drop a file that was never sent; repeatable."""
    with transaction() as session:
        row = queries.lock_file(session, file_id)
        if row is None or row.message_id is not None:
            return
        files.drop(session, row.key)
        session.delete(row)
