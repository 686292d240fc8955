"""What messaging refuses."""

from __future__ import annotations

from cilis.kit.errors import NotFound


class ConversationNotFound(NotFound):
    """No such conversation, or the viewer is not one of its two people."""

    code = "conversation_not_found"


class MessageFileNotFound(NotFound):
    """No such file in this conversation, or not the viewer's to see."""

    code = "message_file_not_found"
