"""Hints to open pages of those who bought or own a credit, after the commit.

Socket event ``credits.opened``, payload ``{"credit_id": str}``, to ``person:<buyer>`` and
``person:<owner>``. The page reads the credit again.
"""

from __future__ import annotations

from cilis.domains.credits import queries
from cilis.domains.credits.events import CreditOpened
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to
from cilis.infra.realtime import push


@listens_to(CreditOpened)
def push_opened(event: CreditOpened) -> None:
    """It can be used."""
    with reading() as session:
        found = queries.credit(session, event.credit_id)
    for person_id in {found.owner_id, found.buyer_id} - {None}:
        push(f"person:{person_id}", "credits.opened", {"credit_id": str(found.id)})
