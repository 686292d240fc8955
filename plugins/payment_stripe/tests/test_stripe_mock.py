"""Our parameters against Stripe's own description of its API, by stripe-mock.

It checks names and types and forgets everything, so only shapes are tried here.
``go install github.com/stripe/stripe-mock@latest`` brings it; CI insists on it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import stripe

from cilis.hooks import Refused
from cilis.hooks.payee_accounts import AccountOrder
from cilis.hooks.payment_parts import EvidenceFile, EvidenceOrder
from cilis.hooks.payments import Outcome, PaymentNews, PaymentQuestion, Share
from cilis.hooks.transfers import TransferOrder, TransferOutcome
from cilis.kit import clock, http, ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import make_order, refund_of
from cilis_payment_stripe import accounts, connect, disputes, messages, transfers
from cilis_payment_stripe.client import VERSION, client_for, translated
from cilis_payment_stripe.plugin import StripeProvider
from cilis_payment_stripe.settings import account

PROVIDER = StripeProvider()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def settings() -> Iterator[dict[str, str]]:
    program = shutil.which("stripe-mock") or str(Path.home() / "go/bin/stripe-mock")
    if not Path(program).exists():
        if os.getenv("CI"):
            pytest.fail("CI needs stripe-mock")
        pytest.skip("stripe-mock is not installed")
    ports = free_port(), free_port()
    both = [f"-http-addr=127.0.0.1:{ports[0]}", f"-https-addr=127.0.0.1:{ports[1]}"]
    with subprocess.Popen([program, *both], stdout=subprocess.DEVNULL) as server:
        wait_for(ports[0])
        before = http.allow_networks("127.0.0.0/8")
        yield {
            "secret_key": "sk_test_123",
            "webhook_secret": "whsec_test",
            "api_base": f"http://127.0.0.1:{ports[0]}",
        }
        http.allow_networks(before)
        server.terminate()


def wait_for(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("stripe-mock did not start")


@pytest.mark.parametrize("amount", [Money(12_000, "EUR"), Money(1_500_000, "VND")])
@pytest.mark.parametrize("language", ["vi", "en", "de", "fr"])
def test_a_session_is_well_formed(settings: dict[str, str], amount: Money, language: str) -> None:
    order = make_order(amount, language=language, payer_email="hoa@example.com")
    params = messages.session_params(order, account(settings))
    with translated():
        session = client_for(account(settings)).v1.checkout.sessions.create(
            params=params, options={"idempotency_key": f"start-{order.reference}"}
        )

    assert session.client_reference_id == order.reference
    assert session.object == "checkout.session"


def test_a_wrong_parameter_would_be_found(settings: dict[str, str]) -> None:
    params = messages.session_params(make_order(Money(12_000, "EUR")), account(settings))
    wrong = {**params, "locale": 5, "no_such_parameter": "x"}
    with pytest.raises(Refused), translated():
        client_for(account(settings)).v1.checkout.sessions.create(params=wrong)  # type: ignore[arg-type] # that is the point


def test_questions_closing_and_refunds_are_well_formed(settings: dict[str, str]) -> None:
    stranger = PaymentQuestion(
        ids.new().hex, Money(12_000, "EUR"), clock.now(), {"session_id": "cs_test_x"}
    )
    news = PROVIDER.query(stranger, settings)
    assert news.outcome is Outcome.UNKNOWN  # stripe-mock answers with another's session
    assert (
        PROVIDER.query(
            PaymentQuestion(ids.new().hex, stranger.amount, clock.now(), {}), settings
        ).outcome
        is Outcome.UNKNOWN
    )
    PROVIDER.close(stranger, settings)
    client = client_for(account(settings))
    with translated():
        assert client.v1.checkout.sessions.expire("cs_test_x").object == "checkout.session"
    paid = replace(news, provider_reference="pi_x")
    refunded = PROVIDER.refund(refund_of(stranger, paid, stranger.amount), settings)
    assert refunded.provider_reference.startswith("re_")


@pytest.mark.parametrize(
    "connect",
    [
        {"charges": "direct", "connected_account": "acct_1", "platform_fee": "250"},
        {"charges": "destination"},
    ],
    ids=["direct", "destination"],
)
def test_shares_are_well_formed(settings: dict[str, str], connect: dict[str, str]) -> None:
    amount = Money(12_000, "EUR")
    share = None if connect["charges"] == "direct" else Share("acct_expert", Money(10_200, "EUR"))
    order = make_order(amount, share=share)
    started = PROVIDER.start(order, settings | connect)
    question = PaymentQuestion(order.reference, amount, clock.now(), started.provider_data)
    news = PaymentNews(order.reference, Outcome.PAID, amount, "e", "pi_x")
    whole = replace(refund_of(question, news, amount), share_back=share.amount if share else None)
    refund = PROVIDER.refund(whole, settings | connect)
    assert refund.provider_reference.startswith("re_")


def test_taking_shares_back_is_well_formed(settings: dict[str, str]) -> None:
    client = client_for(account(settings))
    back = connect.back_from({"transfer_data": {"destination": "acct_expert"}}, of_share=True)
    assert set(back) == {"reverse_transfer", "refund_application_fee"}
    with translated():
        made = client.v1.refunds.create(params={"payment_intent": "pi_x", "amount": 1, **back})
    assert made.object == "refund"


def test_transfers_are_well_formed(settings: dict[str, str]) -> None:
    """stripe-mock's transfers are fixtures without our reference, so each is made anew."""
    order = TransferOrder(ids.new().hex, "acct_x", Money(12_000, "EUR"), "K7", clock.now())
    sent = transfers.send(order, account(settings))
    assert sent.provider_reference.startswith("tr_")
    assert transfers.ask(order, account(settings)).reason == "no_transfer"
    known = replace(order, provider_reference=sent.provider_reference)
    assert transfers.ask(known, account(settings)).outcome is TransferOutcome.DONE
    taken = transfers.take_back(known, account(settings))
    assert taken.provider_reference == sent.provider_reference
    with pytest.raises(Refused, match="Stripe passed nothing"):
        transfers.share_back(ids.new().hex, "pi_x", 500, account(settings))
    client = client_for(account(settings))
    with translated():
        made = client.v1.transfers.reversals.create(
            "tr_x", params={"amount": 5, "refund_application_fee": True, "metadata": {"a": "b"}}
        )
    assert made.object == "transfer_reversal"


@pytest.mark.parametrize("country", ["DE", "VN", ""])
def test_accounts_are_well_formed(settings: dict[str, str], country: str) -> None:
    back = "https://shop.example.com/back"
    order = AccountOrder(ids.new().hex, "minh@example.com", country, "de", back, f"{back}?again=1")
    opened = accounts.open_account(order, account(settings))
    assert opened.account.startswith("acct_")
    assert opened.url.startswith("https://")
    news = accounts.ask(opened.account, account(settings))
    assert news.account == opened.account
    assert isinstance(news.can_receive, bool)
    known = replace(order, account=opened.account)
    assert accounts.open_account(known, account(settings)).account == opened.account


def test_disputes_are_well_formed(settings: dict[str, str]) -> None:
    pdf = EvidenceFile("proof.pdf", "application/pdf", b"%PDF-1.4")
    order = EvidenceOrder(
        ids.new().hex,
        "dp_x",
        {one.name: "x" for one in disputes.EVIDENCE if not one.is_file},
        {one.name: pdf for one in disputes.EVIDENCE if one.is_file},
    )
    client = client_for(account(settings))
    with translated():
        assert client.v1.disputes.retrieve("dp_x").object == "dispute"
    with pytest.raises(Refused, match="a dispute that cannot be read"):
        PROVIDER.submit_evidence(order, settings)  # taken, but stripe-mock's has no payment


def test_the_fee_is_asked_in_a_well_formed_way(settings: dict[str, str]) -> None:
    client = client_for(account(settings))
    with translated():
        intent = client.v1.payment_intents.retrieve(
            "pi_x", params={"expand": ["latest_charge.balance_transaction"]}
        )
    assert intent.object == "payment_intent"


def test_the_version_is_the_librarys() -> None:
    """Its types and Stripe's description then speak of the same objects."""
    assert stripe.api_version == VERSION


def test_the_button_works(settings: dict[str, str]) -> None:
    assert PROVIDER.test(settings).works
