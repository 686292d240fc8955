"""VNPay keeps what every payment provider promises."""

from __future__ import annotations

import pytest
from typing_extensions import override

from cilis.hooks.payments import PaymentProvider
from cilis.testing.contracts import Gateway, PaymentProviderContract, StandInGateway
from cilis.testing.standins import StandIns
from cilis_payment_vnpay import plugin, refunds

MINE = ("TESTTMN1", "TESTSECRET0123456789ABCDEFGHIJKL")
THEIRS = ("TESTTMN2", "LKJIHGFEDCBA9876543210TERCESTSET")


class TestContract(PaymentProviderContract):
    @pytest.fixture
    def provider(self) -> PaymentProvider:
        return plugin.register_payment_provider()

    @pytest.fixture
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("vnpay", *MINE)
        return stand_ins.vnpay_settings(*MINE)

    @pytest.fixture
    def other_settings(self, stand_ins: StandIns) -> dict[str, str]:
        stand_ins.register("vnpay", *THEIRS)
        return stand_ins.vnpay_settings(*THEIRS)

    @pytest.fixture
    def gateway(self, stand_ins: StandIns) -> Gateway:
        return StandInGateway(stand_ins, "vnpay", "VND", per_minor=100)

    @pytest.fixture
    @override
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(refunds, "SECONDS", 0.3)
