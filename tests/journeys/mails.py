"""Mails of the demo's inbox, read as their receivers would, and checked for foreign words."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass

from icalendar import Calendar, Event
from tests.journeys.cast import BOTH, Organization
from tests.journeys.site import Site, wait_for

from cilis.testing.standins.control import SentMail


@dataclass(frozen=True)
class Mail:
    """One mail, with everything in it decoded."""

    sent: SentMail

    @property
    def words(self) -> str:
        """All that can be read in it by anybody: headers, texts, invite."""
        found = email.message_from_string(self.sent.raw, policy=email.policy.default)
        parts = [f"{name}: {value}" for name, value in found.items()]
        for part in found.walk():
            parts += [f"{name}: {value}" for name, value in part.items()]
            if (
                part.get_content_maintype() == "text"
                or part.get_content_type() == "application/ics"
            ):
                content = part.get_content()
                parts.append(content if isinstance(content, str) else content.decode())
        return "\n".join(parts)

    def speaks_for(self, organization: Organization, receiver: str) -> None:
        """The organization's name, sender and language; nobody else's word in it."""
        words = self.words.casefold()
        headers = dict(self.sent.headers)
        found = email.message_from_string(self.sent.raw, policy=email.policy.default)
        assert organization.name in str(found["From"])
        assert organization.name.casefold() in self.sent.html.casefold()
        assert receiver.rsplit(maxsplit=1)[-1] in self.sent.text
        assert f'lang="{organization.language}"' in self.sent.html
        assert "cilis" not in words, [line for line in words.splitlines() if "cilis" in line]
        for other in BOTH:
            for mark in other.marks if other is not organization else ():
                assert mark not in words
        assert self.sent.text.strip()
        assert headers


def mails_to(site: Site, address: str) -> list[Mail]:
    """What arrived, oldest first."""
    return [Mail(sent) for sent in site.standins.mails(address)]


def mail_about(site: Site, address: str, what: str) -> Mail:
    """The newest mail with an invite ("invite"), or with a word in its subject or text."""

    def found() -> Mail | None:
        fitting = [
            mail for mail in mails_to(site, address)
            if (mail.sent.calendar if what == "invite" else what.casefold() in mail.words.casefold())
        ]  # fmt: skip
        return fitting[-1] if fitting else None

    return wait_for(found, f"a mail to {address} about {what}")


def invite_of(mail: Mail) -> Event:
    """The one event of the mail's invite, read strictly."""
    calendar = Calendar.from_ical(mail.sent.calendar)
    assert not calendar.errors
    assert calendar["METHOD"] in {"REQUEST", "PUBLISH"}
    assert calendar["VERSION"] == "2.0"
    assert "cilis" not in mail.sent.calendar.casefold()
    events = calendar.walk("VEVENT")
    assert len(events) == 1
    event = events[0]
    assert not event.errors
    assert event["UID"]
    assert event["DTSTAMP"] is not None
    return event
