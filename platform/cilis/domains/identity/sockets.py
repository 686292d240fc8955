"""Tells open pages that their session is over."""

from __future__ import annotations

from cilis.domains.identity.events import SessionEnded
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(SessionEnded)
def push_ended(event: SessionEnded) -> None:
    """Let the pages of an ended session reload, after the commit.

    Socket event ``identity.session_ended`` to room ``session:<id>``. A lost push costs nothing:
    the next request finds the session ended.
    """
    push(f"session:{event.session_id}", "identity.session_ended", {"reason": event.reason})
