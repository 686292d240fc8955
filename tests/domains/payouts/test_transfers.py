"""Payouts that a gateway makes: sent once, however often they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.domains.payments.conftest import Gate
from tests.domains.payouts.conftest import Books, Forward
from tests.domains.payouts.test_batches import WEEK

from cilis.domains import extensions, payouts
from cilis.domains.ledger import AccountKind
from cilis.domains.notifications import Kind
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.payouts import PayeeKind, PayoutState
from cilis.domains.payouts.service import send_transfer
from cilis.hooks.failures import Refused, TryLater
from cilis.hooks.manager import plugins
from cilis.hooks.transfers import Sending, TransferNews, TransferOrder, TransferOutcome
from cilis.infra import audit
from cilis.infra.db import reading

Deliver = Callable[[], int]


@dataclass
class Sender(Gate):
    """A gateway that pays experts too. Told twice of one reference, it pays once."""

    key: str = "sender"
    currencies: frozenset[str] = frozenset()
    says_of_transfers: list[TransferOutcome | Exception] = field(default_factory=list)
    orders: list[TransferOrder] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    sending: Sending = field(default_factory=lambda: Sending("secret", frozenset({"s"})))
    taken_back: list[str] = field(default_factory=list)

    def transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        self.orders.append(order)
        said = self.says_of_transfers.pop(0) if self.says_of_transfers else TransferOutcome.DONE
        if isinstance(said, Exception):
            raise said
        self.sent.add(order.transfer_reference)
        return TransferNews(order.transfer_reference, said, "tr_1", "code")

    def query_transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        return self.transfer(order, settings)

    def reverse_transfer(self, order: TransferOrder, settings: Mapping[str, str]) -> TransferNews:
        said = self.says_of_transfers.pop(0) if self.says_of_transfers else TransferOutcome.REFUSED
        if isinstance(said, Exception):
            raise said
        self.taken_back.append(order.transfer_reference)
        return TransferNews(order.transfer_reference, said, "tr_1", "reversed")


@pytest.fixture
def sender(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    made = Sender()
    monkeypatch.setitem(plugins._offers["payments"], made.key, made)
    monkeypatch.setitem(plugins._names, ("payments", made.key), "payment_sender")
    extensions.switch("payments", "sender", True, {"secret": "s"}, books.first)
    yield made
    plugins._benches.pop("payments/sender", None)


def test_transfers(books: Books, sender: Sender, deliver: Deliver, clock_forward: Forward) -> None:
    minh = books.experts[0]
    account = "acct_1Nv0FGQ9RKHgCVdK"

    def batch() -> payouts.Payout:
        books.earn(minh, 1_000)
        clock_forward(WEEK)
        return books.payouts_of(payouts.make_batch(books.first, [minh]).id)[0]

    def now(payout: payouts.Payout) -> payouts.Payout:
        return books.payouts_of(payout.batch_id)[0]

    hint = books.payee(minh, account, kind=PayeeKind.CONNECTED, provider="sender").hint
    assert hint == "•••• CVdK"

    # No answer, twice; then it is taken on, and done when it is asked for.
    sender.says_of_transfers = [
        TryLater("busy"), OSError("reset after it was sent"), TransferOutcome.ACCEPTED,
        TransferOutcome.ACCEPTED,
    ]  # fmt: skip
    payout = batch()
    deliver()
    assert now(payout).state == PayoutState.SENT
    with pytest.raises(payouts.BatchUnderWay):
        payouts.cancel_batch(payout.batch_id, "too late", books.first)
    with pytest.raises(payouts.PayoutOver):
        payouts.mark_returned(payout.id, "not for a person to say", books.first)
    payouts.mark_paid(payout.batch_id, books.first)
    assert now(payout).state == PayoutState.SENT
    for _ in range(5):
        clock_forward(timedelta(minutes=6))
        deliver()
    assert now(payout).state == PayoutState.PAID
    assert {order.transfer_reference for order in sender.orders} == {payout.id.hex}
    assert [order.times_sent for order in sender.orders][:3] == [0, 1, 2]
    assert sender.orders[0].account == account
    assert books.balance(AccountKind.GATEWAY, "sender") == -1_000
    told = len(sender.orders)
    send_transfer(payout.id, 0)  # delivered once more
    assert len(sender.orders) == told

    # Refused: the money is the expert's balance again.
    sender.says_of_transfers = [Refused("account_closed")]
    payout = batch()
    deliver()
    assert (now(payout).state, now(payout).reason) == (PayoutState.RETURNED, "account_closed")
    assert books.stands(minh)[2] == 1_000
    assert books.batch(payout.batch_id).state == payouts.BatchState.CLOSED

    # Nobody is paid through a gateway that is off.
    extensions.switch("payments", "sender", False, {}, books.first)
    with pytest.raises(payouts.NothingToPay):
        batch()
    books.check()


def test_a_gateway_that_is_not_told_to_send_is_not_offered(books: Books, sender: Sender) -> None:
    """Each organization switches it on for itself."""
    with reading() as session:
        assert payouts.transfer_gateways(session) == ["sender"]
    extensions.switch("payments", "sender", True, {"secret": "another"}, books.first)
    with reading() as session:
        assert payouts.transfer_gateways(session) == []


def test_what_a_gateway_paid_comes_back_by_the_gateway(
    books: Books, sender: Sender, deliver: Deliver, clock_forward: Forward
) -> None:
    """Told, silent, told again: then the amount is a balance again, and once."""
    minh = books.experts[0]
    books.payee(minh, "acct_1Nv0FGQ9RKHgCVdK", kind=PayeeKind.CONNECTED, provider="sender")
    books.earn(minh, 1_000)
    clock_forward(WEEK)
    (payout,) = books.payouts_of(payouts.make_batch(books.first, [minh]).id)
    deliver()

    def now() -> payouts.Payout:
        return books.payouts_of(payout.batch_id)[0]

    sender.says_of_transfers = [TryLater("busy"), OSError("reset")]
    payouts.mark_returned(payout.id, "paid to the wrong one", books.first)
    payouts.mark_returned(payout.id, "twice", books.first)  # asking twice is asking once
    deliver()
    assert (now().state, now().recalled_by) == (PayoutState.PAID, books.first.person)
    assert books.balance(AccountKind.GATEWAY, "sender") == -1_000
    for _ in range(3):
        clock_forward(timedelta(minutes=6))
        deliver()
    assert (now().state, now().reason, now().recalled_by) == (
        PayoutState.RETURNED, "paid to the wrong one", None,
    )  # fmt: skip
    assert sender.taken_back == [payout.id.hex]
    assert (books.balance(AccountKind.GATEWAY, "sender"), books.stands(minh)[2]) == (0, 1_000)
    with pytest.raises(payouts.PayoutOver):
        payouts.mark_returned(payout.id, "again", books.first)
    books.check()


def test_what_cannot_be_had_back_stays_paid_and_says_why(
    books: Books, sender: Sender, deliver: Deliver, clock_forward: Forward
) -> None:
    minh = books.experts[0]
    books.payee(minh, "acct_1Nv0FGQ9RKHgCVdK", kind=PayeeKind.CONNECTED, provider="sender")
    books.earn(minh, 1_000)
    clock_forward(WEEK)
    (payout,) = books.payouts_of(payouts.make_batch(books.first, [minh]).id)
    deliver()
    sender.says_of_transfers = [Refused("insufficient_funds")]
    payouts.mark_returned(payout.id, "a mistake", books.first)
    deliver()
    (now,) = books.payouts_of(payout.batch_id)
    assert (now.state, now.reason, now.recalled_by) == (
        PayoutState.PAID, "insufficient_funds", None,
    )  # fmt: skip
    assert books.stands(minh)[2] == 0
    payouts.mark_returned(payout.id, "now it has money", books.first)
    deliver()
    assert books.payouts_of(payout.batch_id)[0].state == PayoutState.RETURNED
    books.check()


def test_a_no_to_a_repeat_does_not_undo_what_may_have_gone(
    books: Books, sender: Sender, deliver: Deliver, clock_forward: Forward
) -> None:
    """The answer was lost, then the key was revoked: it stays under way, and the staff look."""
    minh = books.experts[0]
    books.payee(minh, "acct_1Nv0FGQ9RKHgCVdK", kind=PayeeKind.CONNECTED, provider="sender")
    books.earn(minh, 1_000)
    clock_forward(WEEK)
    (payout,) = books.payouts_of(payouts.make_batch(books.first, [minh]).id)
    sender.says_of_transfers = [OSError("reset after it was sent"), *[Refused("no such key")] * 2]

    def now() -> payouts.Payout:
        return books.payouts_of(payout.batch_id)[0]

    for _ in range(3):
        deliver()
        clock_forward(timedelta(hours=1))
    assert (now().state, now().times_sent) == (PayoutState.SENT, 3)
    assert books.stands(minh)[2] == 0
    deliver()
    assert (now().state, books.stands(minh)[2]) == (PayoutState.PAID, 0)
    with reading() as session:
        notices = session.scalars(
            sa.select(NoticeRow).where(
                NoticeRow.kind == Kind.MONEY_ALARM, NoticeRow.subject_id == payout.id
            )
        ).all()
        acts = [one.action for one in audit.page(session, audit.Question()).items]
    assert {one.detail["about"]["link"] for one in notices} == {
        f"/admin/payouts/batches/{payout.batch_id}"
    }
    assert len({one.person_id for one in notices}) == len(notices)  # once each
    assert acts.count("payouts.transfer_doubtful") == 2
    books.check()


def test_what_stripe_refuses_after_it_looked_comes_back(
    books: Books, sender: Sender, deliver: Deliver, clock_forward: Forward
) -> None:
    """Also while it was switched off nothing went: the first no is believed."""
    minh = books.experts[0]
    books.payee(minh, "acct_1Nv0FGQ9RKHgCVdK", kind=PayeeKind.CONNECTED, provider="sender")
    for first in (OSError("reset"), None):
        books.earn(minh, 1_000)
        clock_forward(WEEK)
        (payout,) = books.payouts_of(payouts.make_batch(books.first, [minh]).id)
        if first is None:
            extensions.switch("payments", "sender", False, {}, books.first)
            sender.says_of_transfers = [Refused("account_closed")]
        else:
            sender.says_of_transfers = [first, TransferOutcome.REFUSED]
        deliver()
        extensions.switch("payments", "sender", True, {"secret": "s"}, books.first)
        clock_forward(timedelta(hours=1))
        deliver()
        assert books.payouts_of(payout.batch_id)[0].state == PayoutState.RETURNED
    books.check()
