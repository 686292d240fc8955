"""`cilis ledger backfill`: what was paid before the ledger is in it afterwards, once."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from rich.progress import Progress
from tests.faults.conftest import _gateways, gateways, money_only, town  # noqa: F401 - fixtures
from tests.faults.test_auditor import life  # noqa: F401 - a fixture
from tests.faults.town import Town

from cilis.cli import main, seed
from cilis.cli.backfill import backfill
from cilis.domains import ledger
from cilis.domains.payments.service import backfill as of_payments
from cilis.infra import provisioning
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.testing import auditor
from cilis.testing.scene import open_scene

KINDS = ("captured", "refund_asked", "refund_done", "fee", "dispute_opened", "dispute_lost")


def balances() -> dict[str, int]:
    with reading() as session:
        assert ledger.recount(session) == []
        return {
            f"{one.account.kind} {one.account.owner}": one.amount.minor
            for one in ledger.balances(session)
        }


def forget(tenant: Tenant, condition: str) -> int:
    """Take postings out of the ledger, and the snapshots that know of them."""
    tables = {name: f"{tenant.schema}.ledger_{name}" for name in ("postings", "transfers")}
    with provisioning.owner() as connection:
        connection.execute(f"DELETE FROM {tenant.schema}.ledger_snapshots")
        connection.execute(
            f"DELETE FROM {tables['transfers']} t USING {tables['postings']} p"
            f" WHERE p.id = t.posting_id AND {condition}"
        )
        return connection.execute(f"DELETE FROM {tables['postings']} p WHERE {condition}").rowcount


@pytest.mark.slow
def test_what_was_taken_out_is_written_again(life: Town, tenant: Tenant) -> None:  # noqa: F811
    del life
    before = balances()
    assert backfill(3) == (0, 0), "nothing was missing"
    sessions = sum(thing.kind == "earnings" for thing in auditor.read().moved)
    gone = forget(tenant, f"p.kind IN {KINDS}"), forget(tenant, "p.kind = 'earned'")
    assert gone[1] >= sessions > 1
    assert auditor.broken(auditor.read(), at_rest=True)
    paid, earned = backfill(3)
    assert paid == gone[0]
    assert earned == sessions, "what was given back later is part of the first posting now"
    assert balances() == before
    assert auditor.broken(auditor.read(), at_rest=True) == []
    assert auditor.statements() == []
    assert forget(tenant, "p.kind = 'refund_asked'")
    backfill(2)
    assert balances() == before
    assert backfill(2) == (0, 0)


def test_a_seeded_organization_is_taken_in_though_it_is_stopped_half_way(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_scene()
    with Progress(disable=True) as bar:
        seed.seed(tenant, 120, clients=10, experts=2, bar=bar)
    assert "L3: attempt" in "\n".join(auditor.broken(auditor.read()))
    real, calls = of_payments._lacking, iter(range(100))

    def breaks(*given: object) -> object:
        if next(calls) == 5:
            raise KeyboardInterrupt
        return real(*given)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(of_payments, "_lacking", breaks)
        with pytest.raises(KeyboardInterrupt):
            backfill(20)
    with reading() as session:
        begun = len(ledger.journal(session, limit=200).items)
    assert begun
    done = CliRunner().invoke(main, ["ledger", "backfill", tenant.slug, "--batch", "50"])
    assert done.exit_code == 0, done.output
    assert auditor.broken(auditor.read(), at_rest=True) == []
    again = CliRunner().invoke(main, ["ledger", "backfill", tenant.slug])
    assert "0 postings of payments, 0 of earnings" in again.output
    with reading() as session:
        assert ledger.recount(session) == []
