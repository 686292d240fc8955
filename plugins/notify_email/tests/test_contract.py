"""E-mail keeps what every notification channel promises."""

from __future__ import annotations

import pytest

from cilis.hooks.notifications import NotificationChannel
from cilis.testing.contracts import NotificationChannelContract, Post
from cilis.testing.standins import StandIns
from cilis_notify_email import plugin


class StandInPost:
    """The stand-in's inbox."""

    def __init__(self, stand_ins: StandIns) -> None:
        self._stand_ins = stand_ins

    def delivered(self) -> list[bytes]:
        return [mail.raw.encode("latin-1") for mail in self._stand_ins.mails()]

    def texts(self) -> list[str]:
        return [mail.text for mail in self._stand_ins.mails()]

    def misbehave(self, how: str) -> None:
        self._stand_ins.set_fault(how, "mail")


class TestContract(NotificationChannelContract):
    @pytest.fixture
    def channel(self) -> NotificationChannel:
        return plugin.register_notification_channel()

    @pytest.fixture
    def settings(self, stand_ins: StandIns) -> dict[str, str]:
        return stand_ins.email_settings()

    @pytest.fixture
    def post(self, stand_ins: StandIns) -> Post:
        return StandInPost(stand_ins)
