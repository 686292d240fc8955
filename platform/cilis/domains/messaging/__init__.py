"""What client and expert write to each other.

This file is the room's only door.
"""

from cilis.domains.messaging.errors import ConversationNotFound, MessageFileNotFound
from cilis.domains.messaging.events import MessageSent, MessageUnread
from cilis.domains.messaging.queries import (
    by_sending,
    conversation,
    conversation_of_booking,
    conversations_page,
    file_of,
    files_of,
    found_page,
    message,
    messages_page,
    older_than,
    others_of,
    presences,
    several,
    unread_count,
    visible,
)
from cilis.domains.messaging.service import (
    import_conversation,
    mark,
    mark_arrived,
    open_conversation,
    send,
    upload,
)
from cilis.domains.messaging.types import (
    MAX_FILES,
    MAX_TEXT,
    Conversation,
    Marks,
    Message,
    MessageKind,
    MessageWish,
    NoticeKind,
    Other,
    PastMessage,
    SentFile,
)

__all__ = [
    "MAX_FILES",
    "MAX_TEXT",
    "Conversation",
    "ConversationNotFound",
    "Marks",
    "Message",
    "MessageFileNotFound",
    "MessageKind",
    "MessageSent",
    "MessageUnread",
    "MessageWish",
    "NoticeKind",
    "Other",
    "PastMessage",
    "SentFile",
    "by_sending",
    "conversation",
    "conversation_of_booking",
    "conversations_page",
    "file_of",
    "files_of",
    "found_page",
    "import_conversation",
    "mark",
    "mark_arrived",
    "message",
    "messages_page",
    "older_than",
    "open_conversation",
    "others_of",
    "presences",
    "send",
    "several",
    "unread_count",
    "upload",
    "visible",
]
