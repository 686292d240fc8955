"""Posting into the ledger against bare inserts, and how a balance grows with what was posted."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import psycopg

from cilis.domains import ledger
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.infra import db, provisioning
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.money import Money
from loadtests.ratios.measure import Ratio, compare, per_second, seconds
from loadtests.ratios.stage import stage

POSTINGS = 200
FEW, MANY = 10_000, int(os.environ.get("LEDGER_ROWS", "1000000"))
"""How many movements an account has; ten million by LEDGER_ROWS=10000000, some minutes."""
_GATEWAY, _CLEARING = Account(AccountKind.GATEWAY, "gate"), Account(AccountKind.CLEARING)
_BUSY = Account(AccountKind.COMMISSION)


def measure() -> list[Ratio]:
    """Postings a second, and the seconds of a balance."""
    with stage() as (house, _app, tenant):
        _post()
        with psycopg.connect(
            house.postgres.url("cilis_app"), autocommit=True, prepare_threshold=None
        ) as connection:
            posting = compare(
                "ledger_post",
                0.5,
                "higher",
                "postings/s",
                lambda: per_second(_post, POSTINGS),
                lambda: per_second(_bare(connection), POSTINGS),
            )
        return [posting, _growth(tenant)]


def _post() -> None:
    amount = Money(600_000, "VND")
    with transaction() as session:
        ledger.post(
            session,
            Posting(
                key=ids.new().hex,
                kind=PostingKind.CAPTURED,
                subject_id=ids.new(),
                transfers=[Transfer(_GATEWAY, _CLEARING, amount)],
            ),
        )


def _bare(connection: psycopg.Connection[Any]) -> Any:
    """The same two rows by hand, with the transaction's own beginning."""
    opening = db._opening(read_only=False)  # noqa: SLF001 - the same start by hand
    with reading() as session:
        found = ledger.queries.accounts(session, [(_GATEWAY, "VND"), (_CLEARING, "VND")])
    debit, credit = found[_GATEWAY, "VND"], found[_CLEARING, "VND"]

    def insert() -> None:
        posting, at = ids.new(), clock.now()
        connection.execute(opening)
        connection.execute(
            "INSERT INTO ledger_postings (id, key, kind, subject_id, at, detail)"
            " VALUES (%s, %s, 'captured', %s, %s, '{}')",
            (posting, posting.hex, ids.new(), at),
        )
        connection.execute(
            "INSERT INTO ledger_transfers (posting_id, number, at, debit_id, credit_id,"
            " amount_minor, currency) VALUES (%s, 0, %s, %s, %s, 600000, 'VND')",
            (posting, at, debit, credit),
        )
        connection.execute("COMMIT")

    return insert


def _growth(tenant: Tenant) -> Ratio:
    """The balance of an account with many movements against one with few, both with snapshots."""
    few, many = Account(AccountKind.PAYABLE, "few"), _BUSY
    _fill(tenant, few, FEW)
    _fill(tenant, many, MANY)
    with db.patience(600_000):
        ledger.take_snapshot()
    for account in (few, many):
        with transaction() as session:
            transfer = Transfer(_CLEARING, account, Money(1, "VND"))
            ledger.post(
                session,
                Posting(
                    key=ids.new().hex,
                    kind=PostingKind.ADJUSTED,
                    subject_id=ids.new(),
                    transfers=[transfer],
                ),
            )

    def read(account: Account) -> float:
        def once() -> None:
            with reading() as session:
                ledger.balance(session, account, "VND")

        return seconds(once, 100)

    return compare(
        "balance_growth" if MANY >= 10_000_000 else f"balance_growth_{MANY // 1000}k",
        1.2,
        "lower",
        "s",
        lambda: read(many),
        lambda: read(few),
    )


def _fill(tenant: Tenant, account: Account, count: int) -> None:
    """So many movements of an account over the last year, by SQL."""
    with transaction() as session:
        transfer = Transfer(_CLEARING, account, Money(1, "VND"))
        posting_id = ledger.post(
            session,
            Posting(
                key=ids.new().hex,
                kind=PostingKind.ADJUSTED,
                subject_id=ids.new(),
                transfers=[transfer],
            ),
        )
    first = clock.now() - timedelta(days=365)
    with provisioning.owner() as connection:
        provisioning.run(
            connection,
            f"SET search_path TO {tenant.schema}, ext;"
            "CREATE TEMP TABLE made AS SELECT gen_random_uuid() AS id,"
            f" timestamptz '{first.isoformat()}' + n * interval '364 days' / {count} AS at"
            f" FROM generate_series(1, {count}) AS n;"
            "INSERT INTO ledger_postings (id, key, kind, subject_id, at, detail)"
            " SELECT id, id::text, 'adjusted', id, at, '{}' FROM made;"
            "INSERT INTO ledger_transfers"
            " SELECT made.id, 0, made.at, debit_id, credit_id, 1, 'VND' FROM made,"
            f" (SELECT debit_id, credit_id FROM ledger_transfers WHERE posting_id = '{posting_id}')"
            " AS like_this;"
            "DROP TABLE made; ANALYZE ledger_transfers",
        )
