from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from tests.domains.payments.conftest import PRICE, Gate, Till, switch_on

from cilis.domains import extensions, payments
from cilis.hooks.failures import Refused, TryLater
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.kit import clock, guard, ids
from cilis.kit.money import Money
from cilis.testing.fixtures import Cast

Emitted = Callable[[], list[Event]]


def history(till: Till) -> list[tuple[str, str, str]]:
    with reading() as session:
        found = payments.changes(session, till.attempt_id)
    return [(change.from_state, change.to_state, change.cause.value) for change in found]


def test_the_client_is_sent_to_the_gateway(till: Till, gate: Gate) -> None:
    url = till.send()

    assert url == f"https://gate.example/{till.attempt_id.hex}"
    (order,) = gate.started
    assert (order.amount, order.description, order.language) == (PRICE, "Tư vấn thuế", "vi")
    assert (order.reference, order.payer_email) == (till.attempt_id.hex, "hoa@example.vn")
    assert order.created_at == till.attempt.created_at
    assert till.attempt.provider_data == {"number": "42"}
    assert history(till) == [("created", "created", "opened"), ("created", "sent", "sending")]


def test_nothing_is_open_while_the_gateway_is_asked(till: Till, gate: Gate) -> None:
    seen: list[bool] = []
    gate.while_starting = lambda _: seen.append(guard.transaction_is_open())
    till.send()
    assert seen == [False]


def test_a_double_click_gets_the_same_page(till: Till, gate: Gate) -> None:
    assert till.send() == till.send()
    assert len(gate.started) == 1


def test_a_notice_may_overtake_our_own_commit(till: Till, gate: Gate) -> None:
    answers: list[str] = []
    gate.while_starting = lambda _: answers.append(till.notice())
    till.send()
    assert answers == ["recorded"]
    assert till.state == "captured"


@pytest.mark.parametrize(
    ("problem", "state"),
    [(TryLater("busy"), "created"), (Refused("no such terminal"), "failed"),
     (ValueError("boom"), "created")],
)  # fmt: skip
def test_a_silent_gateway_is_a_clear_refusal(
    till: Till, gate: Gate, problem: Exception, state: str
) -> None:
    gate.failures.append(problem)
    with pytest.raises(payments.GatewayUnavailable):
        till.send()
    assert till.state == state
    assert history(till)[-1][2] == "sending"


def test_an_unexpected_failure_leaves_no_text_that_could_quote_a_secret(
    till: Till, gate: Gate
) -> None:
    gate.failures.append(ValueError("key=s3cr3t"))
    with pytest.raises(payments.GatewayUnavailable):
        till.send()
    with reading() as session:
        found = payments.changes(session, till.attempt_id)
    assert "s3cr3t" not in str([change.evidence for change in found])


def test_after_a_silent_gateway_the_same_attempt_may_be_sent_again(till: Till, gate: Gate) -> None:
    gate.failures.append(TryLater("busy"))
    with pytest.raises(payments.GatewayUnavailable):
        till.send()
    assert till.send().startswith("https://gate.example/")


def test_an_attempt_out_of_time_is_not_sent(
    till: Till, gate: Gate, clock_forward: Callable[[timedelta], None]
) -> None:
    clock_forward(timedelta(minutes=10))
    with pytest.raises(payments.PaymentOver):
        till.send()
    assert gate.started == []


def test_a_new_attempt_gives_up_the_one_before(
    till: Till, gate: Gate, open_till: Callable[..., Till], deliver: Callable[[], int]
) -> None:
    till.send()
    second = open_till(till.subject_id)

    assert (till.state, second.state) == ("expired", "created")
    deliver()
    assert gate.closed == [till.attempt_id.hex]


def test_what_is_paid_is_not_sold_again(till: Till, open_till: Callable[..., Till]) -> None:
    till.notice()
    with pytest.raises(payments.AlreadyPaid):
        open_till(till.subject_id)


def test_only_what_is_switched_on_and_fits_the_currency_is_offered(gate: Gate, cast: Cast) -> None:
    with reading() as session:
        (method,) = payments.methods(session, "VND")
        assert (method.key, method.icon) == ("gate", "credit-card")
        assert payments.methods(session, "EUR") == []
    switch_on(on=False)
    with reading() as session:
        assert payments.methods(session, "VND") == []


@pytest.mark.parametrize("currency", ["EUR", "VND"])
def test_an_attempt_needs_a_gateway_that_takes_it(gate: Gate, cast: Cast, currency: str) -> None:
    if currency == "VND":
        switch_on(on=False)
    with pytest.raises(payments.MethodNotOffered), transaction() as session:
        payments.open_attempt(
            session,
            subject_id=ids.new(),
            payer_id=cast.hoa,
            amount=Money(1, currency),
            provider="gate",
            description="",
            expires_at=clock.now() + timedelta(minutes=10),
        )


def expire(attempt_id: UUID) -> bool:
    with transaction() as session:
        return payments.expire(session, attempt_id)


def test_giving_up_closes_the_page_at_the_gateway(
    till: Till, gate: Gate, deliver: Callable[[], int], emitted: Emitted
) -> None:
    till.send()
    assert expire(till.attempt_id)
    assert expire(till.attempt_id)  # twice is once
    deliver()
    assert gate.closed == [till.attempt_id.hex]
    assert till.attempt.closed_at is not None
    assert [type(event).__name__ for event in emitted()].count("PaymentExpired") == 1


def test_money_is_not_given_up(till: Till) -> None:
    till.notice()
    assert not expire(till.attempt_id)
    assert till.state == "captured"


def test_a_gateway_that_is_off_answers_nothing(till: Till, gate: Gate) -> None:
    switch_on(on=False)
    with pytest.raises(payments.MethodNotOffered):
        till.send()
    with pytest.raises(extensions.ExtensionOff), reading() as session:
        extensions.active_one(session, "payments", "gate")
