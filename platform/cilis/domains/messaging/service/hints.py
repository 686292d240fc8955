"""Hints to both sides' open pages, after the commit, so that a conversation moves at once.

They go straight to the sockets and not through the outbox: a hint only says that it is worth
asking, pages ask by themselves from time to time and whenever their socket comes back, and what
they get is everything after the last number they know. A lost hint costs some seconds.

To the rooms ``person:<id>`` of both:

- ``messaging.sent``: ``{conversation_id, number, from_person_id}``;
- ``messaging.noticed``: ``{conversation_id, number}``: a line about their booking;
- ``messaging.marked``: ``{conversation_id, person_id, read, delivered}``: how far somebody is.

To ``conversation:<id>``, by the socket process alone: ``messaging.typing``. To ``presence:<id>``,
likewise: ``presence.changed``.
"""

from __future__ import annotations

from typing import Any

from cilis.domains.messaging.models import ConversationRow
from cilis.domains.messaging.types import Conversation, Message
from cilis.infra.realtime import push


def tell_sent(conversation: ConversationRow, message: Message) -> None:
    """Somebody wrote: the receiver's pages show it, and the sender's other pages."""
    hint = {
        "conversation_id": str(conversation.id),
        "number": message.number,
        "from_person_id": str(message.sender_id),
    }
    _to_both(conversation, "messaging.sent", hint)


def tell_noticed(conversation: ConversationRow) -> None:
    """A line about their booking stands there."""
    hint = {"conversation_id": str(conversation.id), "number": conversation.last_number}
    _to_both(conversation, "messaging.noticed", hint)


def tell_marked(seen: Conversation) -> None:
    """The viewer is further than before."""
    hint = {
        "conversation_id": str(seen.id),
        "person_id": str(seen.viewer_id),
        "read": seen.mine.read,
        "delivered": seen.mine.delivered,
    }
    _to_both(seen, "messaging.marked", hint)


def _to_both(
    conversation: ConversationRow | Conversation, event: str, hint: dict[str, Any]
) -> None:
    for person_id in (conversation.client_id, conversation.expert_person_id):
        push(f"person:{person_id}", event, hint)
