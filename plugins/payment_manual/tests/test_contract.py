"""Payments by hand keep what every provider without a gateway promises, both ways."""

from __future__ import annotations

import pytest
from typing_extensions import override

from cilis.hooks.payments import PaymentProvider
from cilis.testing.contracts import ByHandContract
from cilis_payment_manual import plugin

MINE = {
    "transfer": "1",
    "holder": "An Tâm GmbH",
    "account": "DE89 3704 0044 0532 0130 00",
    "bank": "Sparkasse KölnBonn",
    "transfer_days": "3",
    "transfer_before": "24",
    "desk": "1",
    "desk_place": "12 Lê Lợi, tầng 2",
    "desk_days": "2",
    "note_vi": "Cảm ơn bạn.",
}
THEIRS = {**MINE, "account": "VCB 0071000123456", "desk_place": "Unter den Linden 1"}


class TestByTransfer(ByHandContract):
    @pytest.fixture
    def provider(self) -> PaymentProvider:
        return plugin.register_payment_provider()

    @pytest.fixture
    def settings(self) -> dict[str, str]:
        return dict(MINE)

    @pytest.fixture
    def other_settings(self) -> dict[str, str]:
        return dict(THEIRS)

    @pytest.fixture
    @override
    def way(self) -> str:
        return "transfer"


class TestAtTheDesk(TestByTransfer):
    @pytest.fixture
    @override
    def way(self) -> str:
        return "desk"
