"""An organization whose experts have earned something, and shortcuts to look at the books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from cilis.domains import identity, ledger, payouts
from cilis.domains.experts.models import Expert
from cilis.domains.ledger import Account, AccountKind, Posting, PostingKind, Transfer
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import ids
from cilis.kit.money import Money
from cilis.kit.viewer import Caller, Viewer
from cilis.testing.scene import PASSWORD, Scene, open_scene

IBAN = "DE89 3704 0044 0532 0130 00"
CALLER = Caller(ip="203.0.113.7", user_agent="test")
Forward = Callable[[timedelta], None]


class Books:
    """The organization with its experts, staff, and ledger."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.second = Viewer(person("Second", "admin"), roles=frozenset({"admin"}), via="api")
        with reading() as session:
            found = session.execute(sa.select(Expert.id, Expert.person_id).order_by(Expert.id))
            self.people: dict[UUID, UUID] = {row.id: row.person_id for row in found}
            self.currency = payouts.rules(session).currency
        self.experts = list(self.people)

    @property
    def first(self) -> Viewer:
        return self.scene.viewer("admin")

    def viewer(self, expert: UUID) -> Viewer:
        return Viewer(self.people[expert], roles=frozenset({"expert"}), via="api")

    def earn(self, expert: UUID, minor: int, subject: UUID | None = None, tax: int = 0) -> UUID:
        """What a session brings (commission 15 %), or a correction of it where it is negative."""
        subject, fee = subject or ids.new(), abs(minor) * 15 // 100
        own, clearing = Account(AccountKind.PAYABLE, str(expert)), Account(AccountKind.CLEARING)
        moves = [(own, abs(minor)), (Account(AccountKind.COMMISSION), fee)]
        moves += [(Account(AccountKind.TAX), tax)]
        sides = [(clearing, to) if minor > 0 else (to, clearing) for to, _ in moves]
        self.post(
            PostingKind.EARNED,
            subject,
            [
                Transfer(*pair, Money(amount, self.currency))
                for pair, (_, amount) in zip(sides, moves, strict=True)
                if amount
            ],
        )
        return subject

    def post(self, kind: PostingKind, subject: UUID, transfers: list[Transfer]) -> None:
        posting = Posting(key=ids.new().hex, kind=kind, subject_id=subject, transfers=transfers)
        with transaction() as session:
            ledger.post(session, posting)

    def rules(self, **wish: object) -> None:
        usual = {"holding_days": 7, "minimum_minor": 0, "lock_days": 3}
        usual["approval_above_minor"] = 10_000_000
        payouts.change_rules(payouts.RulesWish(**{**usual, **wish}), self.first)  # type: ignore[arg-type]

    def payee(self, expert: UUID, number: str = IBAN, **more: object) -> payouts.Payee:
        wish = payouts.Destination(
            **{"kind": payouts.PayeeKind.IBAN, "holder": "Minh Trần", "number": number, **more}  # type: ignore[arg-type]
        )
        return payouts.choose_payee(wish, PASSWORD, self.viewer(expert), CALLER)

    def stands(self, expert: UUID) -> tuple[int, int, int, int, int]:
        """Owed, held, available, under way, paid."""
        with reading() as session:
            one = payouts.standings(session, [expert])[expert]
        return (
            one.owed.minor, one.held.minor, one.available.minor,
            one.under_way.minor, one.paid.minor,
        )  # fmt: skip

    def balance(self, kind: AccountKind, owner: str = "") -> int:
        with reading() as session:
            return ledger.balance(session, Account(kind, owner), self.currency).minor

    def payouts_of(self, batch: UUID) -> list[payouts.Payout]:
        with reading() as session:
            return list(payouts.payouts_of(session, batch))

    def months(self, expert: UUID) -> list[str]:
        with reading() as session:
            return [one.key for one in payouts.months(session, expert)]

    def batch(self, batch: UUID) -> payouts.PayoutBatch:
        with reading() as session:
            return payouts.batch(session, batch)

    def check(self) -> None:
        """The ledger is whole, and what is under way is what the payouts say."""
        with reading() as session:
            assert ledger.recount(session) == []
            open_sum = session.scalar(
                sa.select(sa.func.coalesce(sa.func.sum(payouts.Payout.amount_minor), 0)).where(
                    payouts.Payout.state.in_(("ordered", "sent"))
                )
            )
        assert self.balance(AccountKind.PAYOUT) == open_sum


def person(name: str, role: str) -> UUID:
    with transaction() as session:
        return identity.import_person(
            session, name=name, email=f"{name.lower()}@staff.example", roles=[role],
            password=PASSWORD, language="en", time_zone="UTC",
        )  # fmt: skip


@pytest.fixture
def books(tenant: Tenant) -> Books:
    """Three experts, sold in euros."""
    del tenant
    made = Books(open_scene(currency="EUR", price_minor=10_000, experts_count=3))
    with transaction() as session:  # all of them know the same password
        wanted = identity.people(session, made.people.values())
        for one in wanted.values():
            identity.import_person(
                session, name=one.name, email=one.email, roles=["expert"], password=PASSWORD
            )
    made.rules()
    return made


@pytest.fixture
def queries() -> Iterator[list[str]]:
    """Every statement that is sent while the test runs."""
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_more: Any) -> None:
        if "FROM organization " not in " ".join(statement.split()):
            seen.append(statement)

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
