from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cilis.domains import ledger
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.money import Money

Forward = Callable[[timedelta], None]
GATEWAY = Account(AccountKind.GATEWAY, "gate")
CLEARING = Account(AccountKind.CLEARING)
MINH = Account(AccountKind.PAYABLE, "minh")
COMMISSION = Account(AccountKind.COMMISSION)


def dong(minor: int) -> Money:
    return Money(minor, "VND")


def post(*transfers: Transfer, key: str = "", subject: UUID | None = None) -> UUID:
    posting = Posting(
        key=key or ids.new().hex,
        kind=PostingKind.ADJUSTED,
        subject_id=subject or ids.new(),
        transfers=transfers,
    )
    with transaction() as session:
        return ledger.post(session, posting)


def stands(account: Account, currency: str = "VND") -> int:
    with reading() as session:
        return ledger.balance(session, account, currency).minor


def paid(minor: int) -> Transfer:
    return Transfer(GATEWAY, CLEARING, dong(minor))


def test_each_account_grows_in_its_own_direction(tenant: Tenant) -> None:
    post(paid(600_000))
    post(
        Transfer(CLEARING, MINH, dong(510_000)),
        Transfer(CLEARING, COMMISSION, dong(90_000)),
    )

    assert stands(GATEWAY) == 600_000
    assert stands(CLEARING) == 0
    assert stands(MINH) == 510_000
    assert stands(COMMISSION) == 90_000
    assert stands(Account(AccountKind.TAX)) == 0  # never opened


def test_posting_twice_is_posting_once(tenant: Tenant) -> None:
    assert post(paid(5), key="once") == post(paid(5), key="once")
    assert stands(GATEWAY) == 5


def test_one_key_has_one_meaning(tenant: Tenant) -> None:
    post(paid(5), key="once")
    with pytest.raises(ledger.PostingDiffers):
        post(paid(6), key="once")
    assert stands(GATEWAY) == 5


@pytest.mark.parametrize(
    "wrong", [(), (paid(0),), (paid(-1),), (Transfer(GATEWAY, GATEWAY, dong(1)),)]
)
def test_what_moves_nothing_is_refused(tenant: Tenant, wrong: tuple[Transfer, ...]) -> None:
    with pytest.raises(ledger.EmptyPosting):
        post(*wrong)


def test_the_database_itself_refuses_half_a_movement(tenant: Tenant) -> None:
    """No amount without two different sides of its own currency."""
    post(paid(5))
    post(Transfer(Account(AccountKind.GATEWAY, "euro"), CLEARING, Money(5, "EUR")))
    for wrong in (
        "amount_minor = 0",
        "amount_minor = -5",
        "debit_id = credit_id",
        "currency = 'EUR'",
        "debit_id = NULL",
    ):
        statement = f"UPDATE ledger_transfers SET {wrong} WHERE currency = 'VND'"
        with pytest.raises(sa.exc.IntegrityError), transaction() as session:
            session.execute(sa.text(statement))


def test_an_amount_stays_in_its_currency(tenant: Tenant) -> None:
    post(paid(5))
    post(Transfer(GATEWAY, CLEARING, Money(7, "EUR")))
    assert (stands(GATEWAY), stands(GATEWAY, "EUR")) == (5, 7)


def test_a_balance_is_a_snapshot_and_its_tail(tenant: Tenant, clock_forward: Forward) -> None:
    post(paid(100))
    clock_forward(timedelta(hours=1))
    before = clock.now()
    assert ledger.take_snapshot() == 2
    post(paid(20))

    assert stands(GATEWAY) == 120
    with reading() as session:
        assert ledger.balance(session, GATEWAY, "VND", before).minor == 100
        assert ledger.recount(session) == []
        assert {each.account: each.amount.minor for each in ledger.balances(session)} == {
            GATEWAY: 120,
            CLEARING: 120,
        }


def test_a_snapshot_leaves_out_what_may_still_be_open(tenant: Tenant) -> None:
    post(paid(100))
    assert ledger.take_snapshot() == 0
    assert stands(GATEWAY) == 100


def test_a_wrong_snapshot_is_found_out(tenant: Tenant, clock_forward: Forward) -> None:
    post(paid(100))
    clock_forward(timedelta(hours=1))
    ledger.take_snapshot()
    with transaction() as session:
        session.execute(sa.text("UPDATE ledger_snapshots SET debit_minor = debit_minor + 1"))
    with reading() as session:
        found = {
            each.account: (each.said.minor, each.counted.minor) for each in ledger.recount(session)
        }
    assert found == {GATEWAY: (101, 100), CLEARING: (99, 100)}


def test_what_arrives_with_a_past_instant_is_in_every_balance(
    tenant: Tenant, clock_forward: Forward
) -> None:
    post(paid(100))
    clock_forward(timedelta(days=2))
    ledger.take_snapshot()
    past = Posting(key="past", kind=PostingKind.CAPTURED, subject_id=ids.new(), transfers=[paid(7)])
    with transaction() as session:
        ledger.import_postings(session, [(past, clock.now() - timedelta(days=1))])
    assert stands(GATEWAY) == 107
    ledger.take_snapshot()
    assert stands(GATEWAY) == 107


def test_many_at_once_open_an_account_once(tenant: Tenant) -> None:
    def run(number: int) -> None:
        post(paid(1), Transfer(CLEARING, MINH, dong(1)), key=f"k{number % 20}")

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(copy_context().run, run, number) for number in range(60)]:
            done.result()
    assert (stands(GATEWAY), stands(CLEARING), stands(MINH)) == (20, 0, 20)


def test_a_statement_shows_each_movement_in_order(tenant: Tenant) -> None:
    booking = ids.new()
    post(paid(600), subject=booking)
    post(Transfer(CLEARING, MINH, dong(510)), Transfer(CLEARING, COMMISSION, dong(90)))
    with reading() as session:
        lines = ledger.lines(session, CLEARING, "VND")
        newest = ledger.lines(session, CLEARING, "VND", limit=1)
        moved = ledger.sums(ledger.of_subject(session, booking))
    assert [(line.other, line.change.minor) for line in lines] == [
        (GATEWAY, 600),
        (MINH, -510),
        (COMMISSION, -90),
    ]
    assert newest == lines[-1:]
    assert moved == {GATEWAY: dong(600), CLEARING: dong(600)}


def test_the_journal_is_read_in_pages(tenant: Tenant) -> None:
    made = [post(paid(number)) for number in range(1, 6)]
    seen, cursor = [], None
    with reading() as session:
        while True:
            page = ledger.journal(session, cursor=cursor, limit=2)
            seen += [each.id for each in page.items]
            if page.next_cursor is None:
                break
            cursor = page.next_cursor
    assert seen == made[::-1]


def test_another_organization_sees_none_of_it(tenant: Tenant, other_tenant: Tenant) -> None:
    post(paid(600))
    with serving(other_tenant):
        assert stands(GATEWAY) == 0
        with reading() as session:
            assert ledger.journal(session).items == []


_accounts = st.sampled_from([GATEWAY, CLEARING, MINH, COMMISSION, Account(AccountKind.ROUNDING)])
_transfers = st.builds(Transfer, _accounts, _accounts, st.integers(1, 10**14).map(dong)).filter(
    lambda transfer: transfer.debit != transfer.credit
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.lists(_transfers, min_size=1, max_size=4), max_size=6), st.integers(0, 6))
def test_whatever_is_posted_the_sum_is_zero(
    tenant: Tenant, clock_forward: Forward, postings: list[list[Transfer]], cut: int
) -> None:
    """Debits equal credits over all accounts, with and without snapshots between."""
    for number, transfers in enumerate(postings):
        post(*transfers)
        if number == cut:
            clock_forward(timedelta(hours=1))
            ledger.take_snapshot()
    with reading() as session:
        assert ledger.recount(session) == []
        total = sum(
            each.amount.minor * (1 if each.account.kind in ledger.DEBIT_KINDS else -1)
            for each in ledger.balances(session)
        )
    assert total == 0
