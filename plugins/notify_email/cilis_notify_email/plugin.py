"""E-mail's place in the house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cilis.hooks import PluginError, Refused, SettingField, TestOutcome, hookimpl
from cilis.hooks.notifications import Notice, NotificationChannel
from cilis.kit import clock
from cilis_notify_email.messages import compose
from cilis_notify_email.settings import FIELDS, server
from cilis_notify_email.smtp import conversation


class EmailChannel:
    """Mail by SMTP, one conversation for each notice."""

    key = "email"
    title = "E-mail"
    address_kind = "email"
    settings: Sequence[SettingField] = FIELDS

    def send(self, notice: Notice, settings: Mapping[str, str]) -> None:
        """Hand the mail over. A repeat carries the same Message-ID."""
        mail = compose(notice, clock.now())
        with conversation(server(settings), _domain(notice)) as client:
            client.send_message(mail)

    def test(self, settings: Mapping[str, str]) -> TestOutcome:
        """Connect, encrypt and log in, without a mail."""
        try:
            where = server(settings)
        except Refused:
            return TestOutcome(
                works=False, message="Compare name, port and encryption of the mail server."
            )
        try:
            with conversation(where, "localhost") as client:
                client.noop()
        except PluginError:
            return TestOutcome(
                works=False,
                message="The mail server does not answer, or refuses the encryption or the log-in.",
            )
        return TestOutcome(works=True, message="The mail server answers and accepts the log-in.")


def _domain(notice: Notice) -> str:
    """The sender's domain, as the name we greet with."""
    domain = notice.from_address.rpartition("@")[2]
    return domain if domain.isascii() and domain else "localhost"


@hookimpl
def register_notification_channel() -> NotificationChannel:
    """Offer e-mail."""
    return EmailChannel()
