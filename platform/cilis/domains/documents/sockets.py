"""Hints to both sides' open pages: a paper came or went. Payload: ``{"booking_id": str}``."""

from __future__ import annotations

from cilis.domains.documents.events import DocumentRemoved, DocumentShared
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(DocumentShared)
def push_shared(event: DocumentShared) -> None:
    """A paper is there."""
    _push(event)


@listens_to(DocumentRemoved)
def push_removed(event: DocumentRemoved) -> None:
    """A paper is gone."""
    _push(event)


def _push(event: DocumentShared | DocumentRemoved) -> None:
    fact = event.name.rpartition(".")[0]
    for person_id in (event.owner_id, event.to_person_id):
        if person_id is not None:
            push(f"person:{person_id}", fact, {"booking_id": str(event.booking_id)})
