"""What can be asked about conversations; every function joins the caller's session."""

from cilis.domains.messaging.queries.conversations import (
    arrive,
    between,
    conversation,
    conversation_of_booking,
    conversations_page,
    lock,
    member_of,
    several,
    unread_count,
    visible,
)
from cilis.domains.messaging.queries.messages import (
    as_file,
    as_message,
    by_sending,
    file_of,
    files_of,
    lock_file,
    message,
    messages_page,
    older_than,
    own_file,
    sent_by,
    unread_after,
)
from cilis.domains.messaging.queries.people import others_of, presences
from cilis.domains.messaging.queries.words import found_page, words_of

__all__ = [
    "arrive",
    "as_file",
    "as_message",
    "between",
    "by_sending",
    "conversation",
    "conversation_of_booking",
    "conversations_page",
    "file_of",
    "files_of",
    "found_page",
    "lock",
    "lock_file",
    "member_of",
    "message",
    "messages_page",
    "older_than",
    "others_of",
    "own_file",
    "presences",
    "sent_by",
    "several",
    "unread_after",
    "unread_count",
    "visible",
    "words_of",
]
