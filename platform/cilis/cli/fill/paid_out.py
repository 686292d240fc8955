"""Experts of the demo have accounts, and were paid once; what came in since is open."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session
from stdnum import iban

from cilis.cli.fill.seed import Seed, SeedExpert
from cilis.domains import experts, identity, payouts, tenants
from cilis.domains.payouts import Destination, PayeeKind
from cilis.infra.db import reading, transaction
from cilis.kit import clock
from cilis.kit.money import decimals
from cilis.kit.viewer import Viewer

_PAID_AGO = timedelta(days=9, hours=3)
_KNOWN_FOR = timedelta(days=90)
_EACH = 5  # one of so many has given no account yet
_LIMIT = {"VND": 50_000_000}  # else 5,000
_BANKS = ("Vietcombank", "Techcombank", "BIDV", "ACB", "MB Bank")
_NO_BANK = "99999999"  # a bank code that nobody has


def put_payouts(seed: Seed) -> None:
    """Rules, accounts and one batch that was paid nine days ago; a second time nothing happens."""
    with reading() as session:
        if payouts.batches_page(session, limit=1).items:
            return
        organization = tenants.organization(session)
        staff = {one.role: identity.person_by_email(session, one.email) for one in seed.staff}
        rows = _accounts(session, seed, organization.currency)
    admin, maker = staff.get("admin"), staff.get("support")
    if not rows or admin is None:
        return
    _put_rules(organization, Viewer(admin.id, roles=frozenset({"admin"})))
    with transaction() as session:
        payouts.import_payees(session, rows, clock.now() - _KNOWN_FOR)
        made_by = maker.id if maker else None
        payouts.import_paid_batch(session, clock.now() - _PAID_AGO, made_by, admin.id)


def _put_rules(organization: tenants.Organization, admin: Viewer) -> None:
    limit = _LIMIT.get(organization.currency, 5_000 * 10 ** decimals(organization.currency))
    is_euro = organization.currency == "EUR"
    wish = payouts.RulesWish(
        holding_days=7,
        minimum_minor=limit // 500,
        approval_above_minor=limit,
        lock_days=3,
        account_holder=organization.name if is_euro else "",
        iban=_iban(organization.name) if is_euro else "",
    )
    payouts.change_rules(wish, admin)


def _accounts(session: Session, seed: Seed, currency: str) -> Mapping[UUID, Destination]:
    found: dict[UUID, Destination] = {}
    for place, one in enumerate(seed.experts):
        person = identity.person_by_email(session, one.email)
        expert_id = experts.expert_of_person(session, person.id) if person else None
        if expert_id is not None and (one.log_in or place % _EACH):
            found[expert_id] = _account(one, place, currency)
    return found


def _account(one: SeedExpert, place: int, currency: str) -> Destination:
    if currency == "EUR":
        return Destination(kind=PayeeKind.IBAN, holder=one.name, number=_iban(one.slug))
    number = f"{_number(one.slug) % 10**13:013}"
    bank = _BANKS[place % len(_BANKS)]
    return Destination(kind=PayeeKind.ACCOUNT, holder=one.name, number=number, bank=bank)


def _iban(name: str) -> str:
    account = f"{_NO_BANK}{_number(name) % 10**10:010}"
    return f"DE{iban.calc_check_digits(f'DE00{account}')}{account}"


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
