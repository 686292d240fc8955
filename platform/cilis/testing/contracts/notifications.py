"""What every notification channel promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import pytest

from cilis.hooks import Refused, SettingKind, TryLater
from cilis.hooks.notifications import Notice, NotificationChannel
from cilis.kit import guard, ids


class Post(Protocol):
    """The pretended receiver."""

    def delivered(self) -> list[bytes]:
        """What arrived, as it is on the wire, oldest first."""
        ...

    def texts(self) -> list[str]:
        """What a person reads of it."""
        ...

    def misbehave(self, how: str) -> None:
        """Go wrong until the test ends: "refuse" for good, "busy" for now, "down"."""
        ...


class NotificationChannelContract:
    """Inherit this and give three fixtures.

    - ``channel``: the `cilis.hooks.notifications.NotificationChannel`.
    - ``settings``: its settings.
    - ``post``: a `Post`, empty at the start of each test.

    ``notice`` may be overridden for a channel that takes other addresses than mail's.
    """

    @pytest.fixture
    def notice(self) -> Notice:
        """A notice as the core makes it."""
        return Notice(
            message_id=f"<{ids.new().hex}@antam.example.com>",
            to_address="hoa@example.com",
            to_name="Nguyễn Thị Hòa",
            from_name="An Tâm",
            from_address="hello@antam.example.com",
            language="vi",
            subject="Lịch hẹn của bạn đã được xác nhận",
            text="Chào Hòa,\n\nLịch hẹn lúc 9:00 đã được xác nhận.\n",
            html="<p>Chào <b>Hòa</b>, lịch hẹn lúc 9:00 đã được xác nhận.</p>",
        )

    def test_describes_itself(self, channel: NotificationChannel) -> None:
        """Its names are for people and its secrets are declared secret."""
        assert channel.key.isidentifier()
        assert channel.key.islower()
        assert channel.title
        assert channel.address_kind in {"email", "phone", "url", "person"}
        for field in channel.settings:
            if any(word in field.name for word in ("secret", "password", "private")):
                assert field.kind is SettingKind.SECRET

    def test_the_words_arrive(
        self,
        channel: NotificationChannel,
        settings: Mapping[str, str],
        post: Post,
        notice: Notice,
    ) -> None:
        """With all their letters."""
        channel.send(notice, settings)

        assert len(post.delivered()) == 1
        assert "Lịch hẹn lúc 9:00 đã được xác nhận." in post.texts()[0]

    def test_no_product_is_named(
        self,
        channel: NotificationChannel,
        settings: Mapping[str, str],
        post: Post,
        notice: Notice,
    ) -> None:
        """The receiver knows the organization only, down to the last header."""
        channel.send(notice, settings)

        wire = post.delivered()[0].lower()
        for name in (b"cilis", b"python", b"smtplib", b"x-mailer", b"user-agent"):
            assert name not in wire

    def test_a_repeat_can_be_recognized(
        self,
        channel: NotificationChannel,
        settings: Mapping[str, str],
        post: Post,
        notice: Notice,
    ) -> None:
        """Sent twice, it carries the same id twice."""
        channel.send(notice, settings)
        channel.send(notice, settings)

        name = notice.message_id.strip("<>").partition("@")[0].encode()
        assert [name in wire for wire in post.delivered()] == [True, True]

    def test_a_dead_address_is_refused(
        self,
        channel: NotificationChannel,
        settings: Mapping[str, str],
        post: Post,
        notice: Notice,
    ) -> None:
        """The core stops trying."""
        post.misbehave("refuse")
        with pytest.raises(Refused):
            channel.send(notice, settings)
        assert post.delivered() == []

    @pytest.mark.parametrize("trouble", ["busy", "down"])
    def test_trouble_is_tried_later(
        self,
        channel: NotificationChannel,
        settings: Mapping[str, str],
        post: Post,
        notice: Notice,
        trouble: str,
    ) -> None:
        """The core tries again."""
        post.misbehave(trouble)
        with pytest.raises(TryLater):
            channel.send(notice, settings)

    @pytest.mark.parametrize(
        "change",
        [
            {"to_name": "Hòa\r\nBcc: all@example.com"},
            {"from_name": "An Tâm\nX-Evil: 1"},
            {"subject": "Hello\r\n\r\nanother body"},
        ],
    )
    def test_words_of_people_stay_words(
        self,
        channel: NotificationChannel,
        settings: Mapping[str, str],
        post: Post,
        notice: Notice,
        change: dict[str, str],
    ) -> None:
        """A line break in a name begins nothing new."""
        channel.send(replace(notice, **change), settings)  # type: ignore[arg-type] # texts all

        wire = post.delivered()[0].lower()
        assert b"\nbcc:" not in wire
        assert b"\nx-evil:" not in wire
        assert b"\nanother body" not in wire

    def test_never_speaks_inside_a_transaction(
        self, channel: NotificationChannel, settings: Mapping[str, str], notice: Notice
    ) -> None:
        """The network is refused there."""
        with guard.marking_transaction(), pytest.raises(guard.InsideTransaction):
            channel.send(notice, settings)

    def test_missing_settings_are_refused(
        self, channel: NotificationChannel, notice: Notice
    ) -> None:
        """An empty form is a refusal, not a fault."""
        with pytest.raises(Refused):
            channel.send(notice, {})

    def test_the_test_button_tells_the_truth(
        self, channel: NotificationChannel, settings: Mapping[str, str], post: Post
    ) -> None:
        """It works without sending anything, it does not work, and it never raises."""
        assert channel.test(settings).works
        assert post.delivered() == []
        assert not channel.test({}).works
