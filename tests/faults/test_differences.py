"""The daily comparison finds every kind of difference over both gateways, and each is repaired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from tests.faults import invariants
from tests.faults.till import Till, jump
from tests.faults.town import GATEWAYS, Gateways, Town, bring

from cilis.domains import payments
from cilis.domains.payments import Difference, DifferenceState, Repair, service
from cilis.domains.payments.models import Attempt, PaymentDifference
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.testing.standins.state import Payment

pytestmark = pytest.mark.usefixtures("money_only")


@pytest.fixture(autouse=True)
def _early_in_the_day(gateways: Gateways) -> None:
    """Whatever time it is, the tests' day is long enough."""
    now = clock.now()
    morning = datetime(now.year, now.month, now.day, 1, tzinfo=UTC) + timedelta(days=1)
    clock.set_distance(clock.distance() + (morning - now))


@pytest.fixture(params=GATEWAYS)
def till(request: pytest.FixtureRequest, town: Town, gateways: Gateways) -> Till:
    return Till.hold(town, gateways, str(request.param))


def today() -> date:
    return clock.now().astimezone(UTC).date()


def compare(till: Till) -> list[PaymentDifference]:
    service.reconcile_day(till.provider, today())
    return differences()


def differences() -> list[PaymentDifference]:
    with reading() as session:
        return list(session.scalars(sa.select(PaymentDifference).order_by(PaymentDifference.id)))


def there(till: Till) -> Payment:
    (found,) = [one for one in till.gateways.state.contents.payments if one.state == "paid"]
    return found


def mend(one: PaymentDifference, how: Repair, till: Till) -> PaymentDifference:
    return payments.repair(one.id, how, till.town.viewer("admin"), "looked at")


def repairs(one: PaymentDifference) -> set[Repair]:
    with reading() as session:
        return set(payments.possible(session, one))


def paid(till: Till) -> None:
    bring(till.pay())
    jump()
    assert till.state == "confirmed"


def lost(till: Till) -> None:
    """Paid there, and we gave up before anybody heard of it."""
    till.pay()
    attempt_id = till.attempt.id
    with transaction() as session:
        attempt = session.get(Attempt, attempt_id)
        assert attempt is not None
        service.moves.move(
            session,
            attempt,
            payments.AttemptState.FAILED,
            service.moves.Step(payments.Cause.EXPIRY),
        )


def test_books_that_agree_show_no_difference(till: Till) -> None:
    paid(till)
    till.give_back(100_000)
    for _ in range(4):
        jump(minutes=1)
    assert compare(till) == []
    with reading() as session:
        rows = payments.reconciliations(session)
        assert payments.open_differences(session) == 0
    (row,) = [one for one in rows if one.provider == till.provider and one.ran_at]
    assert (row.provider, row.found, row.checked > 0) == (till.provider, 0, True)


@pytest.mark.parametrize("how", [Repair.ASK, Repair.TAKE_IN])
def test_a_state_that_differs_is_found_and_the_money_taken_in(till: Till, how: Repair) -> None:
    lost(till)
    (one,) = compare(till)
    assert (one.kind, one.ours_minor, one.theirs_minor) == (
        Difference.STATE_DIFFERS, None, 500_000,
    )  # fmt: skip
    assert repairs(one) == {Repair.ASK, Repair.TAKE_IN, Repair.EXPLAIN}
    assert mend(one, how, till).state == DifferenceState.REPAIRED
    jump()
    assert till.state == "confirmed"
    assert compare(till)[0].state == DifferenceState.REPAIRED
    jump()
    invariants.check_rest(truth=till.gateways.truth())


def test_money_that_was_taken_in_may_go_back(till: Till) -> None:
    paid(till)
    there(till).amount += 100 * (100 if till.provider == "vnpay" else 1)
    (one,) = compare(till)
    assert (one.kind, one.ours_minor, one.theirs_minor) == (
        Difference.AMOUNT_DIFFERS, 500_000, 500_100,
    )  # fmt: skip
    assert repairs(one) == {Repair.ASK, Repair.REFUND, Repair.EXPLAIN}
    assert mend(one, Repair.ASK, till).state == DifferenceState.OPEN  # it says the same again
    with pytest.raises(InvalidInput):
        payments.repair(one.id, Repair.REFUND, till.town.viewer("admin"), " ")
    assert mend(one, Repair.REFUND, till).state == DifferenceState.REPAIRED
    attempt_id = till.attempt.id
    with reading() as session:
        assert payments.refunded_minor(session, attempt_id) == 500_000
    with pytest.raises(payments.RepairNotPossible):
        mend(one, Repair.REFUND, till)


def test_what_the_gateway_does_not_know_is_found_and_explained(till: Till) -> None:
    paid(till)
    known = there(till)
    till.gateways.state.contents.payments.remove(known)
    (one,) = compare(till)
    assert (one.kind, one.ours_minor, one.theirs_minor) == (
        Difference.MISSING_AT_GATEWAY, 500_000, None,
    )  # fmt: skip
    till.gateways.state.contents.payments.append(known)  # it was only late in its own books
    assert mend(one, Repair.ASK, till).state == DifferenceState.REPAIRED


def test_a_refund_that_came_back_is_found(till: Till) -> None:
    paid(till)
    refund = till.give_back(100_000)
    for _ in range(4):
        jump(minutes=40)
    there(till).refunds[0].state = "refused"  # the bank sent it back, and nobody told us
    (one,) = compare(till)
    assert (one.kind, one.refund_id, one.is_refund) == (Difference.STATE_DIFFERS, refund.id, True)
    assert mend(one, Repair.ASK, till).state == DifferenceState.REPAIRED
    with reading() as session:
        assert payments.refund(session, refund.id).state == payments.RefundState.REFUSED


def test_money_of_which_we_know_nothing(till: Till) -> None:
    """Found by Stripe's list, and by VNPay's file, which has no list."""
    paid(till)
    stray = ids.new()
    known = there(till)
    if till.provider == "stripe":
        copy = Payment(**{**vars(known), "id": "cs_stray", "reference": stray.hex, "refunds": []})
        till.gateways.state.contents.payments.append(copy)
        (one,) = compare(till)
    else:
        file = _file([(known.reference, 500_000, "1", "01"), (stray.hex, 500_000, "2", "01")])
        payments.read_settlement("vnpay", today(), file, till.town.viewer("admin"))
        (one,) = differences()
    assert (one.kind, one.reference) == (Difference.MISSING_WITH_US, stray.hex)
    assert repairs(one) == {Repair.EXPLAIN}
    settled = mend(one, Repair.EXPLAIN, till)
    assert (settled.state, settled.reason) == (DifferenceState.EXPLAINED, "looked at")


def _file(rows: list[tuple[str, int, str, str]], mark: str = ";") -> bytes:
    lines = [["vnp_TxnRef", "Amount", "Bank", "TransactionNo", "TransactionType"]]
    lines += [[name, f"{amount:,}", "NCB", number, kind] for name, amount, number, kind in rows]
    return "\n".join(mark.join(line) for line in lines).encode()


@pytest.fixture
def vnpay(town: Town, gateways: Gateways) -> Till:
    return Till.hold(town, gateways, "vnpay")


def test_a_file_that_agrees_and_one_that_does_not(vnpay: Till) -> None:
    paid(vnpay)
    vnpay.give_back(100_000)
    for _ in range(4):
        jump(minutes=40)
    name, admin = vnpay.attempt.reference, vnpay.town.viewer("admin")
    file = _file([(name, 500_000, "1", "01"), (name, 100_000, "2", "03")])
    assert payments.read_settlement("vnpay", today(), file, admin).found == 0
    file = _file([(name, 400_000, "1", "01"), (name, 50_000, "3", "03")])
    assert payments.read_settlement("vnpay", today(), file, admin).found == 2
    kinds = {one.kind for one in differences()}
    assert kinds == {Difference.AMOUNT_DIFFERS, Difference.MISSING_WITH_US}


@pytest.mark.parametrize(
    "file", [b"", b"\xff\xfe", b"a,b\n1,2", b"TxnRef,Amount,TransactionNo\nx,y,z"]
)
def test_another_file_is_refused(vnpay: Till, file: bytes) -> None:
    with pytest.raises(payments.NoSettlementFile):
        payments.read_settlement("vnpay", today(), file, vnpay.town.viewer("admin"))
    with pytest.raises(payments.NoSettlementFile):
        payments.read_settlement("stripe", today(), file, vnpay.town.viewer("admin"))


def test_each_day_is_compared_by_itself_and_sets_the_timer_of_the_next(till: Till) -> None:
    """Money came, so its day is compared, and from then on every day."""
    lost(till)
    other = Till.hold(till.town, till.gateways, till.provider, "second", 12)
    paid(other)
    for _ in range(5):
        jump(hours=13)
    with reading() as session:
        rows = list(payments.reconciliations(session))
    mine = [row for row in rows if row.provider == till.provider]
    assert len([row for row in mine if row.ran_at]) >= 2
    assert len([row for row in mine if row.ran_at is None]) == 1
    assert len({row.day for row in mine}) == len(mine)


def test_nobody_settles_what_is_their_own(till: Till) -> None:
    lost(till)
    (one,) = compare(till)
    with pytest.raises(payments.OwnPayment):
        payments.repair(one.id, Repair.TAKE_IN, till.town.viewer("client"), "mine")


def test_a_gateway_that_does_not_answer_is_compared_later(till: Till) -> None:
    lost(till)
    till.gateways.stand_ins.set_fault("down", till.provider)
    with pytest.raises(Exception, match=r"503|usable"):
        compare(till)
    assert differences() == []
    till.gateways.stand_ins.clear_faults()
    assert len(compare(till)) == 1


def test_a_comparison_that_believes_us_finds_nothing(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: without looking at states, lost money is not found."""
    lost(till)
    nothing: Callable[..., list[UUID]] = lambda *_given, **_named: []  # noqa: E731
    monkeypatch.setattr("cilis.domains.payments.service.comparing._beside", nothing)
    monkeypatch.setattr("cilis.domains.payments.service.comparing.of_news", nothing)
    assert compare(till) == []
