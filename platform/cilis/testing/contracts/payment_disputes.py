"""Promises of a provider that tells of disputes and fees (`cilis.hooks.payment_parts`)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cilis.hooks import Refused, TryLater
from cilis.hooks.payment_parts import (
    EvidenceFile,
    EvidenceOrder,
    HandlesDisputes,
    TellsFees,
)
from cilis.hooks.payments import (
    BadSignature,
    DisputeNews,
    DisputeOutcome,
    PaymentProvider,
    PaymentQuestion,
)
from cilis.kit import ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import DisputingGateway, make_order, question_about
from cilis.testing.contracts.payment_fixtures import TROUBLES, Fixtures

_PDF = EvidenceFile("proof.pdf", "application/pdf", b"%PDF-1.4 a proof")


class DisputePromises(Fixtures):
    """Inherit it beside `PaymentProviderContract`; ``gateway`` is a `DisputingGateway` then."""

    @pytest.fixture
    def captured(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: DisputingGateway,
        amount: Money,
    ) -> PaymentQuestion:
        """A payment whose money came."""
        order = make_order(amount)
        started = provider.start(order, settings)
        gateway.pay(started)
        return question_about(order, started)

    def test_a_dispute_is_told(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: DisputingGateway,
        captured: PaymentQuestion,
    ) -> None:
        """Of which payment, how much, until when evidence is taken; asked, it is the same."""
        paid = provider.query(captured, settings)
        dispute_id = gateway.dispute(captured.reference)
        news = self._newest(provider, settings, gateway, captured)

        assert (news.dispute_reference, news.outcome) == (dispute_id, DisputeOutcome.OPEN)
        assert news.provider_reference == paid.provider_reference
        assert news.amount == captured.amount
        assert news.reason
        assert news.evidence_due_at is not None
        assert news.evidence_due_at.tzinfo is not None
        assert isinstance(provider, HandlesDisputes)
        assert provider.query_dispute(dispute_id, settings).outcome is DisputeOutcome.OPEN

    @pytest.mark.parametrize(
        ("inquiry", "decision", "outcomes"),
        [
            (False, "won", (DisputeOutcome.OPEN, DisputeOutcome.WON)),
            (False, "lost", (DisputeOutcome.OPEN, DisputeOutcome.LOST)),
            (True, "closed", (DisputeOutcome.INQUIRY, DisputeOutcome.CLOSED)),
        ],
    )
    def test_the_end_is_told(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: DisputingGateway,
        captured: PaymentQuestion,
        inquiry: bool,
        decision: str,
        outcomes: tuple[DisputeOutcome, DisputeOutcome],
    ) -> None:
        """Each step is another fact with another event id."""
        gateway.dispute(captured.reference, inquiry=inquiry)
        first = self._newest(provider, settings, gateway, captured)
        gateway.decide_dispute(captured.reference, decision)
        last = self._newest(provider, settings, gateway, captured)

        assert (first.outcome, last.outcome) == outcomes
        assert first.event_id != last.event_id
        assert first.dispute_reference == last.dispute_reference

    def test_a_forged_dispute_is_not_believed(
        self,
        provider: PaymentProvider,
        other_settings: Mapping[str, str],
        gateway: DisputingGateway,
        captured: PaymentQuestion,
    ) -> None:
        """Nobody else can take a tenant's money back."""
        gateway.dispute(captured.reference)
        with pytest.raises(BadSignature):
            provider.read_callback(gateway.notice(captured.reference), other_settings)

    def test_evidence_is_told_once(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: DisputingGateway,
        captured: PaymentQuestion,
    ) -> None:
        """With every text and file that it declares; a repeat is the same, another is refused."""
        assert isinstance(provider, HandlesDisputes)
        dispute_id = gateway.dispute(captured.reference)
        names = [field.name for field in provider.evidence]
        assert len(set(names)) == len(names)
        assert all(field.label for field in provider.evidence)
        order = EvidenceOrder(
            reference=ids.new().hex,
            dispute_reference=dispute_id,
            texts={one.name: "Đã gặp nhau" for one in provider.evidence if not one.is_file},
            files={one.name: _PDF for one in provider.evidence if one.is_file},
        )
        first = provider.submit_evidence(order, settings)
        assert provider.submit_evidence(order, settings) == first
        assert first.outcome is DisputeOutcome.UNDER_REVIEW
        again = EvidenceOrder(ids.new().hex, dispute_id, order.texts, {})
        with pytest.raises(Refused):
            provider.submit_evidence(again, settings)

    @pytest.mark.parametrize(
        ("texts", "files"),
        [({}, {}), ({"no_such_field": "x"}, {}), ({}, {"no_such_field": _PDF})],
    )
    def test_evidence_that_nobody_asks_for_is_refused(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: DisputingGateway,
        captured: PaymentQuestion,
        texts: Mapping[str, str],
        files: Mapping[str, EvidenceFile],
    ) -> None:
        """Before anything is sent: what was told cannot be mended."""
        assert isinstance(provider, HandlesDisputes)
        dispute_id = gateway.dispute(captured.reference)
        order = EvidenceOrder(ids.new().hex, dispute_id, texts, files)
        with pytest.raises(Refused):
            provider.submit_evidence(order, settings)
        assert provider.query_dispute(dispute_id, settings).outcome is DisputeOutcome.OPEN

    @pytest.mark.parametrize("trouble", TROUBLES)
    @pytest.mark.usefixtures("impatience")
    def test_a_troubled_gateway_is_told_later(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: DisputingGateway,
        captured: PaymentQuestion,
        trouble: str,
    ) -> None:
        """No answer is no refusal: the core repeats."""
        assert isinstance(provider, HandlesDisputes)
        dispute_id = gateway.dispute(captured.reference)
        text = next(one.name for one in provider.evidence if not one.is_file)
        gateway.misbehave(trouble)
        order = EvidenceOrder(ids.new().hex, dispute_id, {text: "x"}, {})
        with pytest.raises(TryLater):
            provider.submit_evidence(order, settings)
        with pytest.raises(TryLater):
            provider.query_dispute(dispute_id, settings)

    def test_the_fee_is_told_once_the_money_is_there(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        captured: PaymentQuestion,
        amount: Money,
    ) -> None:
        """Positive, smaller than the payment, the same each time; not known before it is paid."""
        assert isinstance(provider, TellsFees)
        fee = provider.fee(captured, settings)
        assert fee is None or 0 < fee.minor < amount.minor
        assert provider.fee(captured, settings) == fee
        order = make_order(amount)
        unpaid = question_about(order, provider.start(order, settings))
        with pytest.raises(TryLater):
            provider.fee(unpaid, settings)

    @staticmethod
    def _newest(
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: DisputingGateway,
        captured: PaymentQuestion,
    ) -> DisputeNews:
        news = provider.read_callback(gateway.notice(captured.reference), settings)
        assert isinstance(news, DisputeNews)
        return news
