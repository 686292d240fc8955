"""Promises of starting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import unquote_plus, urlsplit

import pytest

from cilis.hooks import Refused, SettingKind
from cilis.hooks.payment_parts import OffersWays
from cilis.hooks.payments import Outcome, PaymentProvider
from cilis.kit.money import Money
from cilis.testing.contracts.gateways import Gateway, make_order, question_about
from cilis.testing.contracts.payment_fixtures import Fixtures, secrets_of

_LONGEST_KEY = 20


class DescribedPromises(Fixtures):
    """What holds with and without a gateway."""

    def test_describes_itself(self, provider: PaymentProvider) -> None:
        """Its names are for people, its secrets are declared secret, no name comes twice."""
        assert provider.key.isidentifier()
        assert provider.key.islower()
        assert provider.title
        assert provider.promise.endswith(".")
        assert provider.icon
        names = [field.name for field in provider.settings]
        assert len(set(names)) == len(names)
        for field in provider.settings:
            assert field.label
            if any(word in field.name for word in ("secret", "password", "private")):
                assert field.kind is SettingKind.SECRET
            if field.kind is SettingKind.CHOICE:
                assert field.default in {value for value, _ in field.choices} or field.required

    def test_its_ways_can_be_chosen(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money
    ) -> None:
        """Each has words, hangs on a setting of its own kind, and can be started while it is on."""
        ways = provider.ways if isinstance(provider, OffersWays) else ()
        kinds = {field.name: field.kind for field in provider.settings}
        assert len({way.key for way in ways}) == len(ways)
        for way in ways:
            assert way.title
            assert way.icon
            assert way.promise.endswith(".")
            assert kinds[way.setting] in {SettingKind.SWITCH, SettingKind.CHOICE}
            assert {kinds[name] for name in (way.days, way.hours_before) if name} <= {
                SettingKind.NUMBER
            }
            assert len(way.key) <= _LONGEST_KEY
            assert ":" not in way.key
            if settings.get(way.setting, "") in way.values:
                assert provider.start(make_order(amount, way=way.key), settings).url

    @pytest.mark.parametrize("minor", [0, -1])
    def test_nothing_cannot_be_paid(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        amount: Money,
        way: str,
        minor: int,
    ) -> None:
        """Refused before a client is sent anywhere."""
        with pytest.raises(Refused):
            provider.start(make_order(Money(minor, amount.currency), way=way), settings)

    def test_missing_settings_are_refused(
        self, provider: PaymentProvider, amount: Money, way: str
    ) -> None:
        """An empty form is a refusal, not a fault."""
        with pytest.raises(Refused):
            provider.start(make_order(amount, way=way), {})

    def test_other_currencies_are_refused(
        self, provider: PaymentProvider, settings: Mapping[str, str], way: str
    ) -> None:
        """Who names currencies takes no other one, whatever the core asks for."""
        stranger = next(name for name in ("ZMW", "XPF") if name not in provider.currencies)
        if not provider.currencies:
            return
        with pytest.raises(Refused):
            provider.start(make_order(Money(1_500_000, stranger), way=way), settings)

    def test_tenants_do_not_mix(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        other_settings: Mapping[str, str],
        amount: Money,
        way: str,
    ) -> None:
        """Many threads and two merchants through one provider: each gets its own, none is kept."""
        before = dict(vars(provider))
        orders = [make_order(amount, way=way) for _ in range(16)]
        both = [settings, other_settings] * 8
        alone = [provider.start(*pair) for pair in zip(orders, both, strict=True)]
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(provider.start, orders, both))

        assert together == alone
        assert vars(provider) == before

    def test_a_start_leads_somewhere_and_can_be_kept(
        self, provider: PaymentProvider, settings: Mapping[str, str], amount: Money, way: str
    ) -> None:
        """The address is http(s); what is kept is JSON; neither holds a secret or our name."""
        started = provider.start(make_order(amount, way=way), settings)

        assert urlsplit(started.url).scheme in {"http", "https"}
        kept = json.dumps(dict(started.provider_data))
        told = f"{unquote_plus(started.url)} {kept}".lower()
        assert "cilis" not in told
        for secret in secrets_of(provider, settings):
            assert secret.lower() not in told


class StartPromises(DescribedPromises):
    """Starting."""

    def test_a_repeated_start_makes_no_second_payment(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
    ) -> None:
        """The same reference is the same payment."""
        order = make_order(amount)
        first = provider.start(order, settings)
        second = provider.start(order, settings)
        gateway.pay(first)

        assert first == second
        assert gateway.payments(order.reference) == 1

    @pytest.mark.parametrize(
        "description",
        [
            'Tư vấn thuế & đất đai, 60 phút ("gấp") #7 <b>100%</b> +1',
            "Beratung für Größe & Süße — 1 Stunde 😀",
            "&vnp_Amount=1&amount=1",
            "\n\r\t",
            "ư" * 255,
        ],
    )
    def test_any_words_may_stand_in_the_description(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
        description: str,
    ) -> None:
        """The payment comes through with the right amount, whatever it is called."""
        order = make_order(amount, description=description)
        started = provider.start(order, settings)
        gateway.pay(started)

        news = provider.query(question_about(order, started), settings)
        assert (news.outcome, news.amount) == (Outcome.PAID, amount)

    @pytest.mark.parametrize("client_ip", ["203.0.113.7", "2001:db8::1", "::1", "", "nonsense"])
    def test_any_client_address_will_do(
        self,
        provider: PaymentProvider,
        settings: Mapping[str, str],
        gateway: Gateway,
        amount: Money,
        client_ip: str,
    ) -> None:
        """Behind a strange proxy one can still pay."""
        order = make_order(amount, client_ip=client_ip)
        gateway.pay(provider.start(order, settings))

        assert gateway.payments(order.reference) == 1
