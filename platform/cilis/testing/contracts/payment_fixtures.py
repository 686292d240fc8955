"""What a plugin gives to the payment suite, and what it may change."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from cilis.hooks import SettingKind
from cilis.hooks.payments import PaymentProvider
from cilis.kit.money import Money

TROUBLES = ("down", "slow", "nonsense")


def secret_names(provider: PaymentProvider) -> list[str]:
    """Which settings are secret."""
    return [field.name for field in provider.settings if field.kind is SettingKind.SECRET]


def secrets_of(provider: PaymentProvider, settings: Mapping[str, str]) -> list[str]:
    """What nobody may read."""
    return [settings[name] for name in secret_names(provider) if settings.get(name)]


def with_wrong_secrets(provider: PaymentProvider, settings: Mapping[str, str]) -> dict[str, str]:
    """The settings of an admin who copied badly."""
    return {**settings, **dict.fromkeys(secret_names(provider), "wrong" * 8)}


class Fixtures:
    """What a plugin may change. What it must give is told by `PaymentProviderContract`."""

    @pytest.fixture
    def amount(self) -> Money:
        """What is paid."""
        return Money(1_500_000, "VND")

    @pytest.fixture
    def way(self) -> str:
        """Which of the provider's ways is paid, where it has several."""
        return ""

    @pytest.fixture
    def impatience(self) -> None:
        """Shorten the provider's time limit, so that "slow" does not slow the suite."""
