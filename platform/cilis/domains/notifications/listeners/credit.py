"""What the room hears of credit: that it can be used, and that its time is nearly over."""

from __future__ import annotations

from cilis.domains import credits
from cilis.domains.notifications import service
from cilis.domains.notifications.service import about
from cilis.domains.notifications.types import Kind
from cilis.infra.db import reading
from cilis.infra.outbox import listens_to


@listens_to(credits.CreditOpened)
def tell_of_credit(event: credits.CreditOpened) -> None:
    """A credit can be used: who bought it or was given it hears, and who is to get a gift."""
    with reading() as session:
        found = credits.credit(session, event.credit_id)
        known = about.of_credit(found, found.amount)
    reader = found.buyer_id or found.owner_id
    if reader is None:
        return
    key = f"{Kind.CREDIT_OPENED}:{found.id}"
    service.tell_person(Kind.CREDIT_OPENED, key, reader, found.id, about=known)
    if found.recipient and found.buyer_id is not None:
        key = f"{Kind.CREDIT_GIFT}:{found.id}"
        service.tell_person(Kind.CREDIT_GIFT, key, found.buyer_id, found.id)


@listens_to(credits.CreditEndsSoon)
def warn_of_end(event: credits.CreditEndsSoon) -> None:
    """What is left of a credit would be lost soon; told once for each end that it has."""
    with reading() as session:
        found = credits.warn(session, event.credit_id)
        if found is None or found.owner_id is None or found.ends_at is None:
            return
        known = about.of_credit(found, credits.left(session, found))
    key = f"{Kind.CREDIT_ENDS}:{found.id}:{found.ends_at:%Y%m%d%H%M}"
    service.tell_person(Kind.CREDIT_ENDS, key, found.owner_id, found.id, about=known)
