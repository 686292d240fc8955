"""The organization decides how experts are paid."""

from __future__ import annotations

from cilis.domains.payouts import queries
from cilis.domains.payouts.models import PayoutRulesRow
from cilis.domains.payouts.service import accounts
from cilis.domains.payouts.types import Destination, PayeeKind, PayoutRules, RulesWish
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

_PLAIN = ("holding_days", "minimum_minor", "approval_above_minor", "lock_days")


def change_rules(wish: RulesWish, viewer: Viewer) -> PayoutRules:
    """Keep the rules; batches and payouts that are made already stay as they are.

    Raises:
        InvalidInput: the organization's account cannot be one.
    """
    account = _account(wish)
    with transaction() as session:
        before = queries.rules(session)
        row = session.get(PayoutRulesRow, queries.ROW, with_for_update=True)
        if row is None:
            row = PayoutRulesRow(
                id=queries.ROW, account_holder="", account_hint="", account_sealed=None, version=0
            )
            session.add(row)
        row.currency = before.currency
        changed = {name: getattr(wish, name) for name in _PLAIN}
        for name, value in changed.items():
            setattr(row, name, value)
        if account is not None:
            row.account_holder, row.account_hint = account.holder, accounts.hint(account)
            row.account_sealed = accounts.seal(account)
            changed["account"] = row.account_hint
        row.version += 1
        row.updated_at = clock.now()
        audit.record(
            session,
            "payouts.rules_changed",
            None,
            actor=viewer.person,
            detail={**changed, "before": {name: getattr(before, name) for name in _PLAIN}},
        )
        session.flush()
        return queries.rules(session)


def _account(wish: RulesWish) -> Destination | None:
    """The organization's new account; None keeps the one there is."""
    if not wish.iban:
        return None
    given = Destination(
        kind=PayeeKind.IBAN, holder=wish.account_holder, number=wish.iban, bic=wish.bic
    )
    try:
        return accounts.checked(given, ())
    except InvalidInput as problem:
        names = {"number": "iban", "holder": "account_holder"}
        fields = {names.get(name, name): codes for name, codes in problem.fields.items()}
        raise InvalidInput(fields) from problem
