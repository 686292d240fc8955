"""Promises of a provider that also sends money (`cilis.hooks.transfers.TransferProvider`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cilis.hooks import Refused, SettingKind, TryLater
from cilis.hooks.transfers import TransferNews, TransferOrder, TransferOutcome, TransferProvider
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import TransferringGateway
from cilis.testing.contracts.payment_fixtures import TROUBLES, Fixtures

GONE = {TransferOutcome.ACCEPTED, TransferOutcome.DONE}


class TransferPromises(Fixtures):
    """Inherit it and give ``provider``, ``settings`` by which it sends, and ``gateway``.

    ``payee`` gives the name of an account that the pretended gateway knows.
    """

    @pytest.fixture
    def payee(self) -> str:
        """An account at the company."""
        return "acct_expert"

    @pytest.fixture
    def transfer(self, amount: Money, payee: str) -> TransferOrder:
        """A payout as the core orders it."""
        return TransferOrder(ids.new().hex, payee, amount, "K7M2QX", clock.now())

    def test_it_says_when_it_sends(
        self, provider: TransferProvider, settings: Mapping[str, str]
    ) -> None:
        """By a setting that can be chosen, and has been."""
        assert isinstance(provider, TransferProvider)
        fields = {one.name: one for one in provider.settings}  # type: ignore[attr-defined] # a payment provider too
        field = fields[provider.sending.setting]
        assert field.kind is SettingKind.CHOICE
        assert provider.sending.values < {value for value, _ in field.choices}
        assert settings[provider.sending.setting] in provider.sending.values

    def test_the_money_arrives(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """All of it, under our reference; asked, it is the same transfer."""
        news = provider.transfer(transfer, settings)
        assert news.transfer_reference == transfer.transfer_reference
        assert news.outcome in GONE
        assert gateway.sent(transfer.transfer_reference) == transfer.amount
        known = replace(transfer, provider_reference=news.provider_reference, times_sent=1)
        again = provider.query_transfer(known, settings)
        assert (again.outcome, again.provider_reference) == (
            TransferOutcome.DONE,
            news.provider_reference,
        )

    def test_a_repeat_pays_once(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """However often it is told; another payout of the same amount is another one."""
        for times in range(3):
            order = replace(transfer, times_sent=times)
            assert provider.transfer(order, settings).outcome in GONE
        other = replace(transfer, transfer_reference=ids.new().hex)
        provider.transfer(other, settings)
        assert gateway.sent(transfer.transfer_reference) == transfer.amount
        assert gateway.sent(other.transfer_reference) == other.amount

    def test_a_lost_answer_pays_once(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """The gateway did it, we did not hear it, we ask again."""
        gateway.misbehave("lost_reply")
        with pytest.raises(TryLater):
            provider.transfer(transfer, settings)
        gateway.behave()
        for times in (1, 2):
            again = replace(transfer, times_sent=times)
            assert provider.transfer(again, settings).outcome in GONE
        assert gateway.sent(transfer.transfer_reference) == transfer.amount

    def test_a_refusal_is_told(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """With a reason for the staff; nothing went."""
        gateway.misbehave("transfer_refused")
        reason = self._refusal(provider, transfer, settings)
        assert reason
        assert gateway.sent(transfer.transfer_reference).is_zero

    def test_an_account_that_is_none_is_refused(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """Rather than asking for ever."""
        nobody = replace(transfer, account="nobody at all")
        assert self._refusal(provider, nobody, settings)
        assert gateway.sent(transfer.transfer_reference).is_zero

    def test_what_was_never_sent_did_not_go(
        self, provider: TransferProvider, settings: Mapping[str, str], transfer: TransferOrder
    ) -> None:
        """Asked about, it is no transfer."""
        assert provider.query_transfer(transfer, settings).outcome is TransferOutcome.REFUSED

    def test_it_can_be_had_back(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """As a whole and once; asked, it did not arrive. Another payout stays where it is."""
        other = replace(transfer, transfer_reference=ids.new().hex)
        provider.transfer(other, settings)
        sent = provider.transfer(transfer, settings)
        known = replace(transfer, provider_reference=sent.provider_reference, times_sent=1)
        for _ in range(2):
            assert self._back(provider.reverse_transfer(known, settings))
        assert self._back(provider.query_transfer(known, settings))
        assert gateway.sent(transfer.transfer_reference).is_zero
        assert gateway.sent(other.transfer_reference) == other.amount

    def test_what_cannot_be_had_back_stays_paid(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """The expert has spent it: Refused, and the payout is what it was."""
        sent = provider.transfer(transfer, settings)
        known = replace(transfer, provider_reference=sent.provider_reference, times_sent=1)
        gateway.misbehave("reversal_refused")
        with pytest.raises(Refused):
            provider.reverse_transfer(known, settings)
        assert provider.query_transfer(known, settings).outcome is TransferOutcome.DONE
        assert gateway.sent(transfer.transfer_reference) == transfer.amount

    @pytest.mark.parametrize("trouble", TROUBLES)
    @pytest.mark.usefixtures("impatience")
    def test_a_troubled_gateway_is_told_later(
        self,
        provider: TransferProvider,
        settings: Mapping[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
        trouble: str,
    ) -> None:
        """No answer is no refusal: the core repeats."""
        gateway.misbehave(trouble)
        for ask in (provider.transfer, provider.query_transfer, provider.reverse_transfer):
            with pytest.raises(TryLater):
                ask(transfer, settings)

    @staticmethod
    def _refusal(
        provider: TransferProvider, order: TransferOrder, settings: Mapping[str, str]
    ) -> str:
        """A refusal may be news or an exception; returns its reason."""
        try:
            news = provider.transfer(order, settings)
        except Refused as refusal:
            return refusal.reason
        assert news.outcome is TransferOutcome.REFUSED
        return news.reason

    @staticmethod
    def _back(news: TransferNews) -> bool:
        return news.outcome is TransferOutcome.REFUSED
