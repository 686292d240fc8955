"""The negative control of every proof here: each invariant, broken on purpose, is named."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.faults import invariants
from tests.faults.books import Books
from tests.faults.town import Gateways, Town, bring

from cilis.domains import bookings, payments
from cilis.domains.bookings import HoldWish
from cilis.infra import provisioning
from cilis.infra.tenancy import Tenant
from cilis.testing import house as houses


@pytest.fixture
def booked(town: Town, gateways: Gateways, money_only: None) -> str:
    """A paid booking whose client was given something back, and one that was moved away from."""
    client = town.viewer("client")
    booking = bookings.hold(HoldWish(town.services["plain"].id, town.at(9, 3)), client)
    gateways.stand_ins.pay(bookings.start_payment(booking.id, "vnpay", client, "203.0.113.7"))
    bring(gateways.post()[-1])
    houses.deliver_all()
    bookings.reschedule(booking.id, town.at(11, 3), client)
    attempt = invariants.read().bookings[str(booking.id)].paid_attempt_id
    wish = payments.GraceWish(UUID(attempt), 100_000, "goodwill")
    payments.order_refund(wish, town.viewer("admin"))
    houses.deliver_all()
    return str(booking.id)


def _all(rows: Iterable[Any], **values: object) -> None:
    for row in rows:
        vars(row).update(values)


def _forget_event(books: Books, name: str) -> None:
    books.outbox = [row for row in books.outbox if row.event != name]


def _forget_changes(books: Books, **values: str) -> None:
    left = [row for row in books.payment_changes if not values.items() <= vars(row).items()]
    books.payment_changes = left


BREAKS: dict[str, Callable[[Books], object]] = {
    "I1: claims .* overlap": lambda books: _all(books.claims, live=True, since=0),
    "I1: booking .* its claim lives: False": lambda books: _all(books.claims, live=False),
    "I1: booking .* has no claim": lambda books: _all(books.bookings.values(), claim_id=None),
    "I2: .* is at the gateway and not with us": lambda books: books.attempts.clear(),
    "I2: .* at the gateway": lambda books: _all(books.attempts.values(), amount_minor=1),
    "I2: 600000 of 500000 go back": lambda books: _all(
        books.refunds.values(), amount_minor=600_000
    ),
    "I2: refund .* is not ours": lambda books: books.refunds.clear(),
    "I2: refund .* is refused with us": lambda books: _all(books.refunds.values(), state="refused"),
    "I3: .* not paid": lambda books: _all(books.bookings.values(), paid_attempt_id=None),
    "I3: .* not its own": lambda books: _all(books.attempts.values(), in_vain=True),
    "I4: .* was told 0 times": lambda books: _forget_event(books, "payments.captured.v1"),
    "I4: nobody sends": lambda books: _forget_event(books, "payments.send_refund.v1"),
    "I4: .* was not delivered": lambda books: _all(books.receipts, state="waiting"),
    "I6: booking .* ends otherwise": lambda books: _all(books.bookings.values(), state="completed"),
    "I6: attempt .* audit": lambda books: books.audit.clear(),
    "I6: attempt .* jumped": lambda books: _forget_changes(books, to_state="sent"),
    "I6: attempt .* went from": lambda books: _all(books.payment_changes, from_state="failed"),
}


def test_what_is_broken_is_named(booked: str, gateways: Gateways, other_tenant: Tenant) -> None:
    books = invariants.read(other_tenant)
    assert invariants.broken(books, gateways.truth()) == []
    for named, spoil in BREAKS.items():
        spoilt = copy.deepcopy(books)
        spoil(spoilt)
        found = "\n".join(invariants.broken(spoilt, gateways.truth()))
        assert re.search(named, found), f"{named} is not among {found}"


def test_money_of_which_we_know_nothing_is_named(booked: str, gateways: Gateways) -> None:
    truth = gateways.truth()
    for payment in gateways.state.contents.payments:
        payment.state = "failed"
    with pytest.raises(AssertionError, match=r"I3: .* at the gateway failed"):
        invariants.check(truth=gateways.truth())
    with pytest.raises(AssertionError, match="I2: 2 payments"):
        invariants.check(truth=[*truth, *truth])


def test_what_was_acknowledged_and_is_gone_is_named(booked: str, gateways: Gateways) -> None:
    told = invariants.Acknowledged(last={booked: {"cancelled"}})
    told.ids["refunds"].add(str(uuid4()))
    with pytest.raises(AssertionError, match=r"I7: refunds .*\nI7: .* was said to be"):
        invariants.check(truth=gateways.truth(), told=told)


def test_rows_of_ours_elsewhere_are_named(
    booked: str, gateways: Gateways, tenant: Tenant, other_tenant: Tenant
) -> None:
    columns = "id, expert_id, during, live, holder_id"
    with provisioning.owner() as connection:
        provisioning.run(
            connection,
            f"INSERT INTO {other_tenant.schema}.claims ({columns})"
            f" SELECT {columns} FROM {tenant.schema}.claims;"
            f"UPDATE node.outbox SET tenant = '{other_tenant.role}'"
            " WHERE event = 'payments.captured.v1'",
        )
    with pytest.raises(AssertionError, match=r"I5: 2 rows in claims(.|\n)*I5: 1 rows in outbox"):
        invariants.check(other_tenant, truth=gateways.truth())


def test_money_that_lies_about_is_named_at_rest(
    town: Town, gateways: Gateways, clean: Callable[[], None], money_only: None
) -> None:
    client = town.viewer("client")
    booking = bookings.hold(HoldWish(town.services["plain"].id, town.at(9, 3)), client)
    gateways.stand_ins.pay(bookings.start_payment(booking.id, "stripe", client, "203.0.113.7"))
    invariants.check(truth=gateways.truth())
    with pytest.raises(AssertionError, match="is paid and with us sent"):
        invariants.check_rest(truth=gateways.truth())
    bring(gateways.post()[-1])
    invariants.check(truth=gateways.truth())
    with pytest.raises(
        AssertionError, match=r"captured.* is due and lies there(.|\n)*bought a booking: False"
    ):
        invariants.check_rest(truth=gateways.truth())
