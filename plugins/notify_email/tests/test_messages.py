"""A mail, header by header and part by part."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from cilis.hooks import Refused
from cilis.hooks.notifications import Attachment, Notice
from cilis_notify_email.messages import compose

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    b"SUMMARY:T\xc6\xb0 v\xe1\xba\xa5n\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
NOTICE = Notice(
    message_id="<0192f3a0c0de7000800000000000beef@antam.example.com>",
    to_address="hoa@example.com",
    to_name="Nguyễn Thị Hòa",
    from_name='An Tâm, "Sức khỏe"',
    from_address="hello@antam.example.com",
    language="vi",
    subject="Lịch hẹn của bạn đã được xác nhận: thứ Ba, 24 tháng 11, 9:00",
    text="Chào Hòa.\n",
    html="<p>Chào <b>Hòa</b>.</p>",
    reply_to="minh@antam.example.com",
)


def wire(notice: Notice) -> EmailMessage:
    """The mail as a receiver reads it from the wire."""
    return email.message_from_bytes(
        compose(notice, AT).as_bytes(), _class=EmailMessage, policy=default
    )


def kinds(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def test_headers() -> None:
    mail = wire(NOTICE)

    assert mail["From"] == '"An Tâm, \\"Sức khỏe\\"" <hello@antam.example.com>'
    assert mail["To"] == "Nguyễn Thị Hòa <hoa@example.com>"
    assert mail["Reply-To"] == "minh@antam.example.com"
    assert mail["Subject"] == NOTICE.subject
    assert mail["Message-ID"] == NOTICE.message_id
    assert mail["Date"] == "Mon, 23 Nov 2026 02:00:00 +0000"
    assert mail["Content-Language"] == "vi"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert set(mail.keys()) == {
        "From", "To", "Reply-To", "Subject", "Message-ID", "Date", "Content-Language",
        "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip


@pytest.mark.parametrize("address", ["", "call us", "desk@", "a@b@c", "x@" + "y" * 70 + ".com"])
def test_a_reply_address_that_is_none_holds_up_no_mail(address: str) -> None:
    mail = wire(replace(NOTICE, reply_to=address))
    assert mail["Reply-To"] is None
    assert mail["To"] == "Nguyễn Thị Hòa <hoa@example.com>"


def test_lines_are_short_and_ascii() -> None:
    raw = compose(NOTICE, AT).as_bytes()
    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_without_an_invitation() -> None:
    assert kinds(wire(NOTICE)) == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_an_invitation_comes_twice(method: str) -> None:
    mail = wire(replace(NOTICE, calendar=CALENDAR, calendar_method=method))

    assert kinds(mail) == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar",
        "application/ics",
    ]  # fmt: skip
    shown, kept = list(mail.walk())[4:]
    assert (shown.get_param("method"), shown.get_content_charset()) == (method, "utf-8")
    assert kept.get_filename() == "invite.ics"
    for part in (shown, kept):
        assert part.get_payload(decode=True) == CALENDAR


def test_other_attachments() -> None:
    bill = Attachment("Hóa đơn số 7.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
    mail = wire(replace(NOTICE, attachments=[bill]))

    (found,) = mail.iter_attachments()
    assert (found.get_filename(), found.get_content_type()) == (bill.name, bill.content_type)
    assert found.get_payload(decode=True) == bill.content


def test_an_international_domain_is_written_in_ascii() -> None:
    mail = wire(replace(NOTICE, to_address="hoa@phòngkhám.example"))
    assert mail["To"].addresses[0].domain.startswith("xn--")


@pytest.mark.parametrize(
    "address",
    ["", "hoa", "@example.com", "hoa@", "hoa@ex ample.com", "a@b@c", "hoa@example.com\r\nBcc: x@y",
     "hoa@" + "x" * 70 + ".com", "<hoa@example.com>"],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        compose(replace(NOTICE, to_address=address), AT)


def test_a_way_out_is_one_click_and_mandatory_mails_have_none() -> None:
    address = "https://antam.example.com/unsubscribe/abc.def-ghi_jkl.mno"
    mail = wire(replace(NOTICE, unsubscribe=address))
    assert mail["List-Unsubscribe"] == f"<{address}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert wire(NOTICE)["List-Unsubscribe"] is None
    assert wire(NOTICE)["List-Unsubscribe-Post"] is None
