"""Promises of a provider that passes shares on (`cilis.hooks.payment_parts.PassesShares`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

import pytest

from cilis.hooks import Refused, SettingKind, TryLater
from cilis.hooks.payment_parts import PassesShares, ShareBackOrder
from cilis.hooks.payments import PaymentProvider, RefundOrder, RefundOutcome, Share
from cilis.kit import ids
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import (
    SharingGateway,
    make_order,
    question_about,
    refund_of,
)
from cilis.testing.contracts.payment_fixtures import Fixtures

Paid: TypeAlias = Callable[[Share | None], RefundOrder]


class SharePromises(Fixtures):
    """Inherit it beside `PaymentProviderContract`; ``gateway`` is a `SharingGateway` then.

    ``settings`` are such that shares are passed on; ``payee`` gives the name of an account that
    the pretended gateway knows. Their money is what `SharingGateway.share` says.
    """

    @pytest.fixture
    def payee(self) -> str:
        """An account at the company."""
        return "acct_expert"

    @pytest.fixture
    def share(self, amount: Money, payee: str) -> Share:
        """A share that no division makes even."""
        return Share(payee, amount.portion(17, 21))

    @pytest.fixture
    def paid_with(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        amount: Money,
    ) -> Paid:
        """Makes a payment with a share, lets its money come, and gives its refund in full."""

        def pay(share: Share | None) -> RefundOrder:
            order = make_order(amount, share=share)
            started = provider.start(order, settings)
            gateway.pay(started)
            question = question_about(order, started)
            full = refund_of(question, provider.query(question, settings), amount)
            return replace(full, share_back=share.amount if share else None)

        return pay

    def test_it_says_when_it_passes_on(
        self, provider: PaymentProvider, settings: Mapping[str, str]
    ) -> None:
        """By a setting that can be chosen, and has been; steps are whole and positive."""
        assert isinstance(provider, PassesShares)
        passing = provider.passing
        (field,) = (one for one in provider.settings if one.name == passing.setting)
        assert field.kind is SettingKind.CHOICE
        assert passing.values < {value for value, _ in field.choices}
        assert settings[passing.setting] in passing.values
        assert all(len(code) == 3 and step > 1 for code, step in passing.steps.items())

    @pytest.mark.parametrize(("part", "whole"), [(17, 21), (1, 1), (1, 12)])
    def test_a_share_reaches_the_payee(
        self,
        gateway: SharingGateway,
        paid_with: Paid,
        amount: Money,
        payee: str,
        part: int,
        whole: int,
    ) -> None:
        """To the last unit, also where it is all of the payment."""
        share = Share(payee, amount.portion(part, whole))
        full = paid_with(share)
        assert gateway.share(full.payment.reference) == share.amount

    def test_nothing_is_passed_on_before_the_money_came(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        amount: Money,
        share: Share,
    ) -> None:
        """A client who leaves has paid nobody; a repeated start shares the same payment."""
        order = make_order(amount, share=share)
        first, again = (provider.start(order, settings) for _ in range(2))
        assert (first.url, gateway.payments(order.reference)) == (again.url, 1)
        assert gateway.share(order.reference).is_zero

    def test_without_a_share_all_of_it_stays(
        self, gateway: SharingGateway, paid_with: Paid
    ) -> None:
        """The settings alone give nobody anything."""
        full = paid_with(None)
        assert gateway.share(full.payment.reference).is_zero

    def test_an_orders_share_goes_whatever_the_settings_say_now(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        amount: Money,
        share: Share,
    ) -> None:
        """It was promised when the order was made, and counts as passed on."""
        assert isinstance(provider, PassesShares)
        changed = {**settings, provider.passing.setting: ""}
        order = make_order(amount, share=share)
        gateway.pay(provider.start(order, changed))
        assert gateway.share(order.reference) == share.amount

    @pytest.mark.parametrize("wrong", ["nobody", "nothing", "too much", "another currency"])
    def test_a_share_that_does_not_fit_is_refused(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        amount: Money,
        share: Share,
        wrong: str,
    ) -> None:
        """Rather than passing on something else than was asked for."""
        other = "USD" if amount.currency != "USD" else "EUR"
        bad = {
            "nobody": replace(share, account=""),
            "nothing": replace(share, amount=Money(0, amount.currency)),
            "too much": replace(share, amount=amount + amount),
            "another currency": replace(share, amount=Money(share.amount.minor, other)),
        }[wrong]
        order = make_order(amount, share=bad)
        with pytest.raises(Refused):
            provider.start(order, settings)
        assert gateway.payments(order.reference) == 0

    def test_a_refund_takes_the_share_back(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        paid_with: Paid,
        share: Share,
    ) -> None:
        """All of it, also when the way has been changed meanwhile."""
        full = paid_with(share)
        assert isinstance(provider, PassesShares)
        changed = {**settings, provider.passing.setting: ""}
        assert provider.refund(full, changed).outcome is not RefundOutcome.REFUSED
        assert gateway.share(full.payment.reference).is_zero

    def test_parts_take_parts_back_and_add_up(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        paid_with: Paid,
        share: Share,
    ) -> None:
        """As the refund is of the payment, to a unit; after the last part nothing is left."""
        full = paid_with(share)
        for part, of_all in ((30, 30), (30, 60)):
            provider.refund(self._part(full, share, full.amount.percent(part)), settings)
            left = share.amount.minor - share.amount.percent(of_all).minor
            assert abs(gateway.share(full.payment.reference).minor - left) <= 1
        rest = Money(full.amount.minor - 2 * full.amount.percent(30).minor, full.amount.currency)
        provider.refund(self._part(full, share, rest), settings)
        assert gateway.share(full.payment.reference).is_zero

    def test_a_refund_that_the_tenant_bears_leaves_the_share(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        paid_with: Paid,
        share: Share,
    ) -> None:
        """Goodwill is not taken from whom it does not concern."""
        full = paid_with(share)
        provider.refund(replace(full, share_back=None), settings)
        assert gateway.refunded(full.payment.reference) == full.amount
        assert gateway.share(full.payment.reference) == share.amount

    def test_a_lost_answer_takes_the_share_back_once(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        paid_with: Paid,
        share: Share,
    ) -> None:
        """As it gives the money back once."""
        full = paid_with(share)
        half = self._part(full, share, full.amount.percent(50))
        gateway.misbehave("lost_reply")
        with pytest.raises(TryLater):
            provider.refund(half, settings)
        gateway.behave()
        for times in (1, 2):
            provider.refund(replace(half, times_sent=times), settings)
        left = share.amount - share.amount.portion(1, 2)
        assert abs(gateway.share(full.payment.reference).minor - left.minor) <= 1

    def test_a_refund_that_is_turned_down_takes_nothing_back(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        paid_with: Paid,
        share: Share,
    ) -> None:
        """Refused at once, the share is where it was."""
        full = paid_with(share)
        gateway.misbehave("refund_refused")
        provider.refund(full, settings)
        assert provider.query_refund(full, settings).outcome is RefundOutcome.REFUSED
        assert gateway.share(full.payment.reference) == share.amount

    def test_a_contested_payment_takes_the_share_back(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        paid_with: Paid,
        share: Share,
    ) -> None:
        """Pro rata, once however often it is told; nothing goes back to the client."""
        assert isinstance(provider, PassesShares)
        full = paid_with(share)
        half = self._contested(full, full.amount.percent(50))
        gateway.misbehave("lost_reply")
        with pytest.raises(TryLater):
            provider.take_share_back(half, settings)
        gateway.behave()
        for _ in range(2):
            provider.take_share_back(half, settings)
        left = share.amount.minor - share.amount.percent(50).minor
        assert abs(gateway.share(full.payment.reference).minor - left) <= 1
        assert gateway.refunded(full.payment.reference).is_zero
        rest = Money(full.amount.minor - half.amount.minor, full.amount.currency)
        provider.take_share_back(self._contested(full, rest), settings)
        assert gateway.share(full.payment.reference).is_zero

    @pytest.mark.parametrize("why", ["spent", "never passed on", "unknown payment"])
    def test_a_share_that_cannot_be_had_is_told(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: SharingGateway,
        paid_with: Paid,
        share: Share,
        why: str,
    ) -> None:
        """Refused, and the payee has what the payee had."""
        assert isinstance(provider, PassesShares)
        full = paid_with(None if why == "never passed on" else share)
        before = gateway.share(full.payment.reference)
        order = self._contested(full, full.amount)
        if why == "spent":
            gateway.misbehave("reversal_refused")
        if why == "unknown payment":
            stranger = replace(full.payment, reference=ids.new().hex, provider_data={})
            order = replace(order, payment=stranger, provider_reference="")
        with pytest.raises(Refused):
            provider.take_share_back(order, settings)
        assert gateway.share(full.payment.reference) == before

    @staticmethod
    def _contested(full: RefundOrder, amount: Money) -> ShareBackOrder:
        return ShareBackOrder(ids.new().hex, full.payment, full.provider_reference, amount)

    @staticmethod
    def _part(full: RefundOrder, share: Share, amount: Money) -> RefundOrder:
        back = share.amount.portion(amount.minor, full.amount.minor)
        return replace(
            full, refund_reference=ids.new().hex, amount=amount, is_full=False, share_back=back
        )
