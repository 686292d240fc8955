"""What documents refuses."""

from __future__ import annotations

from cilis.kit.errors import DomainError, NotFound


class DocumentNotFound(NotFound):
    """No such paper, or not for this viewer (any more)."""

    code = "document_not_found"


class TooManyDocuments(DomainError):
    """This side shares as many papers as one booking takes; ``limit`` says how many."""

    code = "too_many_shared_documents"


class DocumentInUse(DomainError):
    """The session has begun: what was shared for it stays."""

    code = "document_shared_for_good"


class SharingOver(DomainError):
    """The booking takes no papers: it came to nothing, or was long ago."""

    code = "sharing_over"
