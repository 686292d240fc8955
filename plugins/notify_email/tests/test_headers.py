from __future__ import annotations

import random
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage

import pytest

from cilis_notify_email.headers import POLICY

WORDS = "Đã xác nhận Thứ Hai lịch hẹn với ThS. Lê Hoàng Minh Thư của bạn hồ sơ at 19:30 – Reading"


@pytest.mark.parametrize("seed", range(40))
def test_no_space_is_lost_or_won(seed: int) -> None:
    dice = random.Random(seed)
    words = " ".join(dice.choices(WORDS.split(), k=dice.randint(3, 20)))
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = words
    mail["From"] = Address(words, addr_spec="lich@antam.example")
    mail["To"] = Address('Lan, "Admin"', addr_spec="lan@antam.example")
    mail.set_content("x")
    raw = mail.as_bytes()
    read = message_from_bytes(raw)  # by the older parser: the newer one adds spaces itself
    name, _, address = read["From"].rpartition(" ")

    assert raw.isascii()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert str(make_header(decode_header(read["Subject"]))) == words
    assert str(make_header(decode_header(name))) == words
    assert address == "<lich@antam.example>"
    assert read["To"] == '"Lan, \\"Admin\\"" <lan@antam.example>'


def test_a_name_cannot_start_a_header_of_its_own() -> None:
    mail = EmailMessage(policy=POLICY)
    with pytest.raises(ValueError, match=r"linefeed|CR or LF"):
        mail["Subject"] = "Đ\r\nBcc: a@b.example"
