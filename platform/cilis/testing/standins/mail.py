"""A mail server that keeps what it is given, and the page that shows it."""

from __future__ import annotations

import email
import re
import threading
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Blueprint, Response, abort, render_template, request

from cilis.kit import clock, ids
from cilis.testing.standins.memory import seal_page, state
from cilis.testing.standins.state import Mail, State

GATEWAY = "mail"
_NEW_WINDOW = '<base target="_blank">'
_ALLOWED = "allow-popups allow-popups-to-escape-sandbox"
pages = Blueprint("mail", __name__, url_prefix="/mail")


class Postman:
    """What aiosmtpd asks about each mail. An address that begins with "dead" is dead."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Accept a receiver, or not."""
        refused = self.state.take_fault(GATEWAY, "refuse", address) is not None
        if refused or address.startswith("dead"):
            return "550 5.1.1 No such mailbox"
        if self.state.take_fault(GATEWAY, "busy", address) is not None:
            return "451 4.7.1 Come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail."""
        slow = self.state.take_fault(GATEWAY, "slow")
        if slow is not None:
            threading.Event().wait(slow.seconds or 30.0)
        if self.state.take_fault(GATEWAY, "down") is not None:
            return "421 4.3.2 Closing"
        raw = envelope.content or b""
        self.state.add_mail(
            Mail(
                id=ids.new().hex,
                at=clock.now().timestamp(),
                sender=envelope.mail_from or "",
                recipients=list(envelope.rcpt_tos),
                raw=raw.decode("latin-1") if isinstance(raw, bytes) else raw,
            )
        )
        return "250 OK"


def parsed(mail: Mail) -> EmailMessage:
    """The mail, taken apart."""
    return email.message_from_bytes(mail.raw.encode("latin-1"), _class=EmailMessage, policy=default)


def part(mail: Mail, kind: str) -> str:
    """The text of the first part of a kind, "text/html" say."""
    for piece in parsed(mail).walk():
        if piece.get_content_type() == kind and not piece.is_multipart():
            content = piece.get_payload(decode=True)
            return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return ""


@pages.get("/")
def inbox() -> Response:
    """All mails, newest first; ``to=`` shows one receiver's."""
    wanted = request.args.get("to", "").lower()
    found = [
        (mail, str(parsed(mail)["Subject"] or ""))
        for mail in reversed(state().contents.mails)
        if not wanted or any(wanted in address.lower() for address in mail.recipients)
    ]
    return seal_page(render_template("standins/inbox.html", mails=found[:200], wanted=wanted))


@pages.get("/<mail_id>")
def show(mail_id: str) -> Response:
    """One mail."""
    mail = _found(mail_id)
    return seal_page(
        render_template(
            "standins/mail.html",
            mail=mail,
            headers=list(parsed(mail).items()),
            text=part(mail, "text/plain"),
            calendar=part(mail, "text/calendar"),
        )
    )


@pages.get("/<mail_id>/html")
def show_html(mail_id: str) -> Response:
    """The HTML as a mail program would show it: no scripts, no forms, links in a new window."""
    html = part(_found(mail_id), "text/html")
    shown, found = re.subn(r"<head\b[^>]*>", rf"\g<0>{_NEW_WINDOW}", html, count=1)
    response = seal_page(shown if found else f"{_NEW_WINDOW}{html}")
    response.headers["Content-Security-Policy"] = f"sandbox {_ALLOWED}; script-src 'none'"
    return response


@pages.get("/<mail_id>/invite.ics")
def show_calendar(mail_id: str) -> Response:
    """The invitation."""
    return Response(part(_found(mail_id), "text/calendar"), content_type="text/calendar")


@pages.get("/<mail_id>/raw")
def show_raw(mail_id: str) -> Response:
    """The mail as it came."""
    return Response(_found(mail_id).raw.encode("latin-1"), content_type="text/plain")


def _found(mail_id: str) -> Mail:
    mail = next((mail for mail in state().contents.mails if mail.id == mail_id), None)
    if mail is None:
        abort(404)
    return mail
