"""The auditor's own proof: it agrees with a whole life of money, and names each planted mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from tests.faults.till import Till, jump
from tests.faults.town import Gateways, Town, bring

from cilis.config import settings
from cilis.domains import bookings, credits, ledger, payments, payouts
from cilis.domains.payouts import Month
from cilis.infra.db import dialect_url, reading
from cilis.infra.tenancy import Tenant
from cilis.testing import auditor
from cilis.testing import house as houses

HOURS = {"kept": 9, "cancelled": 11, "graced": 13, "by_credit": 15, "coming": 17}
# Every account of every kind of posting, once in a way that nobody meant.
LOST = "FROM ledger_transfers t USING ledger_postings p WHERE p.id = t.posting_id AND p.kind = '{}'"
AGAIN = (
    "INSERT INTO ledger_postings SELECT gen_random_uuid(), key || '-2', kind, subject_id, at,"
    " actor_id, detail FROM ledger_postings WHERE kind = '{0}' ORDER BY id LIMIT 1;"
    "INSERT INTO ledger_transfers SELECT b.id, number, t.at, debit_id, credit_id, amount_minor,"
    " currency FROM ledger_postings b JOIN ledger_postings a ON b.key = a.key || '-2'"
    " JOIN ledger_transfers t ON t.posting_id = a.id"
)
ASTRAY = (
    "UPDATE ledger_transfers t SET {0}_id = (SELECT id FROM ledger_accounts WHERE kind ="
    " 'rounding') FROM ledger_postings p WHERE p.id = t.posting_id AND p.kind = '{1}'"
)
RULES = {
    "captured": "L3: attempt",
    "refund_asked": "L3: refund",
    "refund_done": "L3: refund",
    "fee": "L3: fee",
    "dispute_opened": "L3: dispute",
    "dispute_lost": "L3: dispute",
    "payout_ordered": "L4: payout",
    "payout_paid": "L4: payout",
    "adjusted": "L4: adjustment",
    "credit_given": "L5: credit",
    "credit_expired": "L5: credit",
    "credit_bought": "L5: credit",
    "credit_returned": "L5: credit",
    "earned": "L6: earnings",
}
OTHERS = {
    "UPDATE ledger_transfers SET amount_minor = amount_minor + 1": "L3: attempt",
    "UPDATE ledger_postings SET subject_id = id WHERE kind = 'fee'": "L3: fee .* something else",
    "UPDATE ledger_snapshots SET debit_minor = debit_minor + 7": "L2: gateway stripe VND says",
    "UPDATE ledger_snapshots SET credit_minor = credit_minor + 7 WHERE account_id = ("
    "SELECT id FROM ledger_accounts WHERE kind = 'clearing')": "L1: VND adds up to 7",
    "UPDATE ledger_postings SET at = at + interval '1 hour'": "L1: posting .* at its instant",
    "INSERT INTO ledger_postings VALUES (gen_random_uuid(), 'bare', 'fee', gen_random_uuid(),"
    " now(), NULL, '{}')": "L1: posting bare",
    "UPDATE refunds SET state = 'refused'": "L3: refund",
    "UPDATE bookings SET terms = '{}'": "L6: earnings",
    "UPDATE bookings SET state = 'expired'": "L6: earnings",
    "UPDATE payouts SET state = 'ordered'": "L4: payout",
    "UPDATE coupons SET used = used + 1": "L8: coupon TET counts 2 uses, there are 1",
    "UPDATE credits SET amount_minor = amount_minor + 1": "L5: credit",
    "DELETE FROM ledger_transfers t USING ledger_postings p WHERE p.id = t.posting_id"
    " AND p.kind = 'credit_given'": "L5: credit .* is overdrawn by",
}


@pytest.fixture
def life(town: Town, gateways: Gateways, money_only: None) -> Town:
    """Everything that posts anything, once."""
    admin = town.viewer("admin")
    _credits(town, gateways)
    tills = {}
    for name, hour in HOURS.items():
        tills[name] = till = Till.hold(town, gateways, "stripe", hour=hour)
        if name == "kept":
            bookings.use_coupon(till.booking_id, "TET", town.viewer("client"))
        choice = "balance" if name == "by_credit" else ""
        url = bookings.start_payment(
            till.booking_id, "stripe", town.viewer("client"), "203.0.113.7", credit=choice
        )
        gateways.stand_ins.pay(url, "paid")
        bring(gateways.post()[-1])
        houses.deliver_all()
    jump(days=2, hours=20)
    for name in ("cancelled", "by_credit"):
        bookings.cancel(tills[name].booking_id, town.viewer("client"), "so")
    jump(days=1, hours=8)
    tills["graced"].give_back(100_000)
    _dispute(gateways, tills["kept"].attempt.id)
    with reading() as session:
        gift = credits.credits_of(session, town.people["second"])
    credits.return_rest(gift[0].id, admin)
    jump(days=3)
    jump(days=17)
    _pay_out(town)
    jump(hours=1)
    ledger.take_snapshot()
    return town


def _credits(town: Town, gateways: Gateways) -> None:
    """A coupon at the organization's cost; credit that was given, and some that was bought."""
    admin, second = town.viewer("admin"), town.viewer("second")
    wish = credits.CouponWish(code="TET", percent=10, borne_by=payments.BorneBy.ORGANIZATION)
    credits.make_coupon(wish, admin)
    credits.give_credit(town.people["client"], 300_000, "sorry", admin, days=20)
    credits.give_credit(town.people["third"], 50_000, "forgotten", admin, days=20)
    gift = credits.buy_gift(credits.GiftWish(amount_minor=400_000), second)
    gateways.stand_ins.pay(credits.pay_for_credit(gift.id, "stripe", second, "203.0.113.7"), "paid")
    bring(gateways.post()[-1])
    houses.deliver_all()


def _dispute(gateways: Gateways, attempt_id: UUID) -> None:
    before = len(gateways.post())
    gateways.stand_ins.open_dispute(attempt_id.hex, "fraudulent")
    gateways.stand_ins.close_dispute(attempt_id.hex, "lost")
    for sending in gateways.post()[before:]:
        bring(sending)
    houses.deliver_all()


def _pay_out(town: Town) -> None:
    admin = town.viewer("admin")
    payouts.adjust(town.expert_id, -5_000, "a correction", admin)
    batch = payouts.make_batch(admin)
    payouts.mark_paid(batch.id, admin)
    houses.deliver_all()


@pytest.fixture
def beside(tenant: Tenant) -> Iterator[Session]:
    """A session past all walls, in which anything can be planted; nothing of it stays."""
    engine = sa.create_engine(dialect_url(settings().database_owner_url))
    with Session(engine) as session:
        session.execute(sa.text(f"SET search_path TO {tenant.schema}, ext"))
        session.commit()
        yield session
    engine.dispose()


def found_after(session: Session, *mistakes: str) -> str:
    for each in mistakes:
        session.execute(sa.text(each))
    found = auditor.broken(auditor.read_in(session), at_rest=True)
    session.rollback()
    return "\n".join(found)


def test_a_whole_life_of_money_agrees_and_each_mistake_is_named(
    life: Town, beside: Session
) -> None:
    books = auditor.read()
    assert auditor.broken(books, at_rest=True) == []
    assert auditor.statements() == []
    posted = set(beside.scalars(sa.text("SELECT DISTINCT kind FROM ledger_postings")))
    assert set(RULES) == posted, "every kind of posting is here, so every one is tried"

    rounding = "INSERT INTO ledger_accounts VALUES (gen_random_uuid(), 'rounding', '', 'VND')"
    for kind, named in RULES.items():
        tries = {
            "missing": [f"DELETE {LOST.format(kind)}"],
            "doubled": [AGAIN.format(kind)],
            "debited astray": [rounding, ASTRAY.format("debit", kind)],
            "credited astray": [rounding, ASTRAY.format("credit", kind)],
        }
        for name, mistakes in tries.items():
            found = found_after(beside, *mistakes)
            assert re.search(named, found), f"{kind} {name}: {named} is not among {found}"
    for mistake, named in OTHERS.items():
        found = found_after(beside, mistake)
        assert re.search(named, found), f"{mistake}: {named} is not among {found}"
    assert found_after(beside) == ""


def test_statements_that_leave_something_out_are_named(
    life: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = payouts.statement

    def without_payouts(session: Session, expert: UUID, month: Month) -> payouts.Statement:
        found = real(session, expert, month)
        lines = [line for line in found.lines if not line.kind.startswith("payout")]
        return replace(found, lines=lines)

    monkeypatch.setattr(payouts, "statement", without_payouts)
    found = "\n".join(auditor.statements())
    assert re.search(r"L7: .* its lines add up to", found)
    assert re.search(r"L7: .* differs from the payouts \(payout_ordered\)", found)

    def late(session: Session, expert: UUID, month: Month) -> payouts.Statement:
        shifted = Month(month.first, month.begin + timedelta(days=20), month.end)
        return real(session, expert, shifted)

    monkeypatch.setattr(payouts, "statement", late)
    assert re.search(r"L7: .* the last one ended with", "\n".join(auditor.statements()))
