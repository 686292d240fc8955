"""Promises of a provider at which payees open accounts (`cilis.hooks.payee_accounts`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cilis.hooks import TryLater
from cilis.hooks.payee_accounts import NO_SUCH_ACCOUNT, AccountNews, AccountOrder, OpensAccounts
from cilis.hooks.payments import BadSignature, PaymentProvider
from cilis.kit import ids
from cilis.testing.contracts.gateways import AccountGateway, forgeries
from cilis.testing.contracts.payment_fixtures import TROUBLES, Fixtures, secrets_of

RETURN_URL = "https://shop.example.com/desk/payouts/accounts/x/return"


class AccountPromises(Fixtures):
    """Inherit it and give ``provider``, ``settings``, ``other_settings`` and ``gateway``.

    The last is an `AccountGateway`.
    """

    @pytest.fixture
    def payee(self) -> AccountOrder:
        """Somebody who has no account yet."""
        return AccountOrder(
            reference=ids.new().hex,
            email="minh@example.com",
            country="DE",
            language="de",
            return_url=RETURN_URL,
            again_url=f"{RETURN_URL}?again=1",
        )

    def test_a_page_is_opened_and_leads_back(
        self,
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
    ) -> None:
        """The account has a name before anybody has said anything, and takes nothing yet."""
        opened = provider.open_account(payee, settings)
        assert opened.account
        assert opened.url.startswith("http")
        news = provider.query_account(opened.account, settings)
        assert (news.account, news.can_receive, bool(news.due)) == (opened.account, False, True)
        assert gateway.fill_in(opened.url, "leave") == payee.return_url

    def test_a_repeat_opens_no_second_account(
        self,
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
    ) -> None:
        """With its name or without; another payee has another one."""
        first = provider.open_account(payee, settings)
        assert provider.open_account(payee, settings).account == first.account
        known = replace(payee, account=first.account)
        assert provider.open_account(known, settings).account == first.account
        other = replace(payee, reference=ids.new().hex)
        assert provider.open_account(other, settings).account != first.account
        assert gateway.accounts() == 2

    def test_a_lost_answer_opens_one_account(
        self,
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
    ) -> None:
        """We did not hear its name: the next try finds it."""
        for _ in range(3):
            gateway.lose_answer_after(1)
            with pytest.raises(TryLater):
                provider.open_account(payee, settings)
            gateway.behave()
        provider.open_account(payee, settings)
        assert gateway.accounts() == 1

    @pytest.mark.parametrize(
        ("outcome", "can_receive", "is_due"),
        [("complete", True, False), ("pending", False, True)],
    )
    def test_what_the_payee_said_is_told(
        self,
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
        outcome: str,
        can_receive: bool,
        is_due: bool,
    ) -> None:
        """By a notice, and the same when asked."""
        opened = provider.open_account(payee, settings)
        gateway.fill_in(opened.url, outcome)
        told = self._newest(provider, settings, gateway, opened.account)
        asked = provider.query_account(opened.account, settings)
        for news in (told, asked):
            assert (news.account, news.can_receive, bool(news.due)) == (
                opened.account,
                can_receive,
                is_due,
            )
            assert news.at.tzinfo is not None
        assert told.event_id

    def test_a_change_of_mind_is_told(
        self,
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
    ) -> None:
        """The company shuts an account: nothing arrives there any more, and it says why."""
        opened = provider.open_account(payee, settings)
        gateway.fill_in(opened.url, "complete")
        first = self._newest(provider, settings, gateway, opened.account)
        gateway.shut(opened.account)
        last = self._newest(provider, settings, gateway, opened.account)
        assert (first.can_receive, last.can_receive) == (True, False)
        assert first.event_id != last.event_id
        assert first.at <= last.at
        assert last.obstacle

    def test_a_forged_account_is_not_believed(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        other_settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
    ) -> None:
        """Nobody else can lead a tenant's money elsewhere, or hold it up."""
        assert isinstance(provider, OpensAccounts)
        opened = provider.open_account(payee, settings)
        gateway.fill_in(opened.url, "complete")
        call = gateway.notice(opened.account)
        with pytest.raises(BadSignature):
            provider.read_callback(call, other_settings)
        for _name, forged in forgeries(call):
            with pytest.raises(BadSignature):
                provider.read_callback(forged, settings)

    def test_an_account_that_is_none_takes_nothing(
        self, provider: OpensAccounts, settings: Mapping[str, str]
    ) -> None:
        """Told as news, so that nobody is asked for ever and no payment is led there."""
        for name in ("acct_nobody", "nonsense", ""):
            news = provider.query_account(name, settings)
            assert news.account == name
            assert news.obstacle == NO_SUCH_ACCOUNT
            assert not any((news.can_receive, news.can_charge, news.can_be_paid, news.due))

    def test_nothing_about_the_person_is_kept(
        self,
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
    ) -> None:
        """Neither an address nor a secret stands in the evidence."""
        opened = provider.open_account(payee, settings)
        gateway.fill_in(opened.url, "complete")
        told = self._newest(provider, settings, gateway, opened.account)
        kept = str(told.raw) + str(provider.query_account(opened.account, settings).raw)
        assert payee.email not in kept
        assert not any(secret in kept for secret in secrets_of(provider, settings))  # type: ignore[arg-type] # a payment provider too

    @pytest.mark.parametrize("trouble", TROUBLES)
    @pytest.mark.usefixtures("impatience")
    def test_a_troubled_gateway_is_told_later(
        self,
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        payee: AccountOrder,
        trouble: str,
    ) -> None:
        """No answer is no refusal."""
        opened = provider.open_account(payee, settings)
        gateway.misbehave(trouble)
        with pytest.raises(TryLater):
            provider.open_account(payee, settings)
        with pytest.raises(TryLater):
            provider.query_account(opened.account, settings)

    @staticmethod
    def _newest(
        provider: OpensAccounts,
        settings: Mapping[str, str],
        gateway: AccountGateway,
        account: str,
    ) -> AccountNews:
        news = provider.read_callback(gateway.notice(account), settings)  # type: ignore[attr-defined] # a payment provider too
        assert isinstance(news, AccountNews)
        return news
