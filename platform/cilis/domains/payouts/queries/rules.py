"""What the organization has decided about payouts."""

from __future__ import annotations

import json

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.payouts.models import PayoutRulesRow
from cilis.domains.payouts.types import Destination, PayeeKind, PayoutRules
from cilis.infra import secrets

ROW = 1


def rules(session: Session) -> PayoutRules:
    """The rules; plain ones where nobody has decided yet."""
    row = session.get(PayoutRulesRow, ROW)
    currency = tenants.organization(session).currency
    if row is None:
        return PayoutRules(currency=currency)
    return PayoutRules(
        currency=currency,
        holding_days=row.holding_days,
        minimum_minor=row.minimum_minor,
        approval_above_minor=row.approval_above_minor,
        lock_days=row.lock_days,
        account_holder=row.account_holder,
        account_hint=row.account_hint,
        version=row.version,
    )


def own_account(session: Session) -> Destination | None:
    """The account from which the organization pays, in the clear; for bank files only."""
    row = session.get(PayoutRulesRow, ROW)
    if row is None or row.account_sealed is None:
        return None
    return unsealed(row.account_sealed)


def unsealed(sealed: str) -> Destination:
    """An account in the clear."""
    kept = json.loads(secrets.decrypt(sealed))
    return Destination(**{**kept, "kind": PayeeKind(kept["kind"])})
