"""Stripe keeps what every payment provider promises."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typing_extensions import override

from cilis.hooks import Refused
from cilis.hooks.payments import PaymentProvider
from cilis.hooks.transfers import TransferOrder, TransferOutcome, TransferProvider
from cilis.kit.money import Money
from cilis.testing.contracts import (
    AccountGateway,
    AccountPromises,
    DisputePromises,
    DisputingGateway,
    PaymentProviderContract,
    SharePromises,
    SharingGateway,
    StandInGateway,
    TransferPromises,
    TransferringGateway,
)
from cilis.testing.standins import StandIns
from cilis_payment_stripe import client, plugin

MINE = ("sk_test_of_antam", "whsec_of_antam")
CONNECT = "whsec_of_experts"
THEIRS = ("sk_test_of_atlas", "whsec_of_atlas")


class TestContract(PaymentProviderContract, DisputePromises):
    @pytest.fixture
    def provider(self) -> PaymentProvider:
        return plugin.register_payment_provider()

    @pytest.fixture
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("stripe", *MINE)
        return stand_ins.stripe_settings(*MINE)

    @pytest.fixture
    def other_settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("stripe", *THEIRS)
        return stand_ins.stripe_settings(*THEIRS)

    @pytest.fixture
    def gateway(self, stand_ins: StandIns) -> DisputingGateway:
        return StandInGateway(stand_ins, "stripe", "EUR", per_minor=1)

    @pytest.fixture
    @override
    def amount(self) -> Money:
        return Money(12_000, "EUR")

    @pytest.fixture
    @override
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "SECONDS", 0.3)


class TestContractOfShares(SharePromises):
    """What the payee has, when the experts' shares go to theirs."""

    @pytest.fixture
    def provider(self) -> PaymentProvider:
        return plugin.register_payment_provider()

    @pytest.fixture
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("stripe", *MINE)
        return {**stand_ins.stripe_settings(*MINE), "charges": "destination"}

    @pytest.fixture
    def gateway(self, stand_ins: StandIns) -> SharingGateway:
        return StandInGateway(stand_ins, "stripe", "EUR", per_minor=1)

    @pytest.fixture
    @override
    def amount(self) -> Money:
        return Money(12_000, "EUR")


class TestContractOfTransfers(TransferPromises):
    """Payouts that Stripe makes."""

    @pytest.fixture
    def provider(self) -> PaymentProvider:
        return plugin.register_payment_provider()

    @pytest.fixture
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("stripe", *MINE)
        return {**stand_ins.stripe_settings(*MINE), "payouts": "transfers"}

    @pytest.fixture
    def gateway(self, stand_ins: StandIns) -> TransferringGateway:
        return StandInGateway(stand_ins, "stripe", "EUR", per_minor=1)

    @pytest.fixture
    @override
    def amount(self) -> Money:
        return Money(43_210, "EUR")

    @pytest.fixture
    @override
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "SECONDS", 0.3)

    def test_a_repeat_that_is_refused_after_a_look_is_news(
        self,
        provider: PaymentProvider,
        settings: dict[str, str],
        gateway: TransferringGateway,
        transfer: TransferOrder,
    ) -> None:
        """Stripe has no transfer of this payout and wants none: only so it did not go."""
        assert isinstance(provider, TransferProvider)
        again = replace(transfer, times_sent=1)
        gateway.misbehave("transfer_refused")
        assert provider.transfer(again, settings).outcome is TransferOutcome.REFUSED
        gateway.behave()
        with pytest.raises(Refused):  # it could not look
            provider.transfer(again, {**settings, "secret_key": "sk_test_revoked"})


class TestContractOfAccounts(AccountPromises):
    """Experts' own accounts; their events have a secret of their own."""

    @pytest.fixture
    def provider(self) -> PaymentProvider:
        return plugin.register_payment_provider()

    @pytest.fixture
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("stripe", *MINE, connect_secret=CONNECT)
        chosen = {"charges": "destination", "connect_secret": CONNECT}
        return {**stand_ins.stripe_settings(*MINE), **chosen}

    @pytest.fixture
    def other_settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("stripe", *THEIRS)
        return {**stand_ins.stripe_settings(*THEIRS), "connect_secret": "whsec_of_their_experts"}

    @pytest.fixture
    def gateway(self, stand_ins: StandIns) -> AccountGateway:
        return StandInGateway(stand_ins, "stripe", "EUR", per_minor=1)

    @pytest.fixture
    @override
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "SECONDS", 0.3)


class TestContractOfDirectCharges(TestContract):
    """The same with a connected account: every call and every event names it."""

    @pytest.fixture
    @override
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("stripe", *MINE)
        connect = {"charges": "direct", "connected_account": "acct_antam", "platform_fee": "250"}
        return {**stand_ins.stripe_settings(*MINE), **connect}
