"""Where a payee's share goes at a company that passes it on."""

from __future__ import annotations

from uuid import UUID

from cilis.domains import identity
from cilis.domains.payments import providers
from cilis.domains.payments.errors import MethodNotOffered
from cilis.domains.payments.models import PayeeAccount
from cilis.hooks.manager import plugins
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.kit.errors import InvalidInput
from cilis.kit.text import is_clean
from cilis.kit.viewer import Viewer


def set_payee_account(person_id: UUID, provider: str, account: str, viewer: Viewer) -> str:
    """Keep the account to which an expert's share of later payments goes; empty: none.

    Payments that are under way keep the account with which they began.

    Raises:
        PersonNotFound: nobody has this id.
        MethodNotOffered: no such provider is installed.
        InvalidInput: not clean text.
    """
    account = account.strip()
    if not is_clean(account):
        raise InvalidInput({"account": ["unclean_text"]})
    if provider not in plugins.keys(providers.KIND):
        raise MethodNotOffered(f"{provider} is not installed")
    with transaction() as session:
        identity.person(session, person_id)
        row = session.get(PayeeAccount, (person_id, provider), with_for_update=True)
        if row is None:
            row = PayeeAccount(person_id=person_id, provider=provider, account="")
            session.add(row)
        detail = {"provider": provider, "before": row.account, "after": account}
        row.account = account
        audit.record(
            session, "payments.payee_account_set", person_id, actor=viewer.person, detail=detail
        )
    return account
