"""A notice as a mail, pure.

::

    multipart/mixed
      multipart/alternative
        text/plain
        text/html
        text/calendar; method=REQUEST   (mail programs show buttons for this one)
      application/ics                   invite.ics, for those that do not
      other attachments
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from cilis.hooks import Refused
from cilis.hooks.notifications import Attachment, Notice
from cilis_notify_email.headers import POLICY


def compose(notice: Notice, at: datetime) -> EmailMessage:
    """The mail; raises Refused when an address or header cannot be written.

    It names the organization and its host only, and no program that made it.
    """
    mail = EmailMessage(policy=POLICY)
    try:
        mail["From"] = _address(notice.from_name, notice.from_address)
        mail["To"] = _address(notice.to_name, notice.to_address)
        _add_reply_to(mail, notice.reply_to)
        mail["Subject"] = _line(notice.subject)
        mail["Date"] = format_datetime(at)
        mail["Message-ID"] = _line(notice.message_id)
        if notice.unsubscribe:
            mail["List-Unsubscribe"] = f"<{_line(notice.unsubscribe)}>"
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday replies stay silent
    except (ValueError, IndexError, MessageError) as problem:
        raise Refused(f"an address or header cannot be written: {problem}") from problem
    mail.set_content(notice.text, cte="base64")
    mail.add_alternative(notice.html, subtype="html", cte="base64")
    if notice.calendar:
        _add_invitation(mail, notice)
    for attachment in notice.attachments:
        _attach(mail, attachment)
    # Last: on the way, Content-* headers move into the first part.
    mail["Content-Language"] = _line(notice.language)
    return mail


def _add_reply_to(mail: EmailMessage, address: str) -> None:
    """Where answers go; an address that is none is left out, so that it holds up no mail."""
    with suppress(Refused, ValueError, IndexError, MessageError):
        mail["Reply-To"] = _address("", address)


def _add_invitation(mail: EmailMessage, notice: Notice) -> None:
    """The calendar twice: as an alternative with its method, and as a file."""
    mail.add_alternative(
        notice.calendar.decode(),
        subtype="calendar",
        params={"method": notice.calendar_method},
        cte="base64",
    )
    _attach(mail, Attachment("invite.ics", "application/ics", notice.calendar))


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    main, _, sub = attachment.content_type.partition("/")
    mail.add_attachment(
        attachment.content,
        maintype=main,
        subtype=sub or "octet-stream",
        filename=_line(attachment.name),
    )


def _address(name: str, address: str) -> Address:
    """A mailbox; an international domain is written in its ASCII form."""
    local, at, domain = address.strip().rpartition("@")
    if not local or not at or not domain:
        raise Refused("not a mail address")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError as problem:
        raise Refused("not a mail address") from problem
    return Address(_line(name), addr_spec=f"{local}@{domain}")


def _line(text: str) -> str:
    """One line: what comes from people must not begin a header of its own."""
    return " ".join(text.split())
