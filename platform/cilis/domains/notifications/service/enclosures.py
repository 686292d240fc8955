"""Files that travel with a letter: an invoice with a confirmation, a credit note with a refund."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from cilis.domains import invoices, payments
from cilis.domains.notifications.types import Kind, Side
from cilis.hooks.notifications import Attachment
from cilis.infra.db import reading
from cilis.infra.papers import PaperFailed

log = logging.getLogger(__name__)

PATIENCE = 3
"""How often a letter waits for its paper before it goes without; the page has the paper then."""


def of(kind: Kind, subject_id: UUID, detail: Mapping[str, Any], tries: int) -> Sequence[Attachment]:
    """What goes with this letter; to be asked with no transaction open.

    Raises:
        PaperFailed: the paper cannot be drawn just now, and the letter can wait.
    """
    find = _FOUND.get(kind)
    if find is None or detail.get("side", Side.CLIENT) != Side.CLIENT:
        return ()
    try:
        found = find(subject_id)
    except PaperFailed:
        if tries < PATIENCE:
            raise
        log.exception("the letter about %s goes without its paper", subject_id)
        return ()
    return [Attachment(one.name, one.content_type, one.content) for one in found]


def _of_refund(refund_id: UUID) -> Sequence[invoices.PaperFile]:
    with reading() as session:
        refund = payments.refund(session, refund_id)
    return invoices.with_refund(refund.attempt_id, refund.amount)


_FOUND: Mapping[Kind, Callable[[UUID], Sequence[invoices.PaperFile]]] = {
    Kind.BOOKING_CONFIRMED: invoices.with_confirmation,
    Kind.CREDIT_OPENED: invoices.with_credit,
    Kind.REFUND_SETTLED: _of_refund,
}
