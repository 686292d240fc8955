"""Documents: papers that the two sides of a booking share, and nobody else reads.

This file is the room's only door.
"""

from cilis.domains.documents.errors import (
    DocumentInUse,
    DocumentNotFound,
    SharingOver,
    TooManyDocuments,
)
from cilis.domains.documents.events import DocumentRemoved, DocumentShared
from cilis.domains.documents.queries import count_of, may_share, of_booking
from cilis.domains.documents.service import document, open_document, remove, share
from cilis.domains.documents.types import MOST_BYTES, MOST_OF_ONE_SIDE, Document, DocumentFile

__all__ = [
    "MOST_BYTES",
    "MOST_OF_ONE_SIDE",
    "Document",
    "DocumentFile",
    "DocumentInUse",
    "DocumentNotFound",
    "DocumentRemoved",
    "DocumentShared",
    "SharingOver",
    "TooManyDocuments",
    "count_of",
    "document",
    "may_share",
    "of_booking",
    "open_document",
    "remove",
    "share",
]
