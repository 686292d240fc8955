"""Opening, writing, reading and sending files."""

from cilis.domains.messaging.service.files import forget_upload, upload
from cilis.domains.messaging.service.imports import import_conversation
from cilis.domains.messaging.service.opening import note_booking, open_conversation
from cilis.domains.messaging.service.reading import mark, mark_arrived, tell_unread
from cilis.domains.messaging.service.sending import send

__all__ = [
    "forget_upload",
    "import_conversation",
    "mark",
    "mark_arrived",
    "note_booking",
    "open_conversation",
    "send",
    "tell_unread",
    "upload",
]
