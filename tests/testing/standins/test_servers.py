"""Mails, rooms, the overview, and a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cilis.hooks.notifications import Notice
from cilis.kit import ids
from cilis.testing.standins import StandIns
from cilis_notify_email.plugin import EmailChannel


def notice(to: str) -> Notice:
    return Notice(
        message_id=f"<{ids.new().hex}@antam.example.com>",
        to_address=to,
        to_name="Hòa",
        from_name="An Tâm",
        from_address="hello@antam.example.com",
        language="vi",
        subject="Đã xác nhận",
        text="Chào Hòa.\n",
        html="<p>Chào <b>Hòa</b>.</p><script>alert(1)</script>",
        calendar=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    )


def page(stand_ins: StandIns, path: str) -> str:
    status, _, body = stand_ins._send("GET", path, None)
    assert status == 200
    return body.decode()


def test_a_mail_can_be_read(stand_ins: StandIns) -> None:
    for to in ("hoa@example.com", "minh@example.com"):
        EmailChannel().send(notice(to), stand_ins.email_settings())
    (mail,) = stand_ins.wait_for_mails("hoa@example.com")

    assert (mail.subject, mail.text.strip()) == ("Đã xác nhận", "Chào Hòa.")
    assert mail.html.startswith("<p>Chào")
    assert page(stand_ins, f"/mail/{mail.id}/html").startswith('<base target="_blank"><p>Chào')
    assert mail.calendar.startswith("BEGIN:VCALENDAR")
    assert "Đã xác nhận" in page(stand_ins, "/mail/")
    assert "minh@example.com" not in page(stand_ins, "/mail/?to=hoa")
    assert "BEGIN:VCALENDAR" in page(stand_ins, f"/mail/{mail.id}")
    assert page(stand_ins, f"/mail/{mail.id}/invite.ics").startswith("BEGIN:VCALENDAR")
    status, headers, _ = stand_ins._send("GET", f"/mail/{mail.id}/html", None)
    assert status == 200
    assert headers["content-security-policy"].startswith("sandbox")


def test_pages_name_no_product(stand_ins: StandIns) -> None:
    for path in ("/", "/mail/", "/jitsi/", "/jitsi/external_api.js", "/static/standins.css"):
        assert "cilis" not in page(stand_ins, path).lower()


def test_what_it_does_not_know_it_says(stand_ins: StandIns) -> None:
    for path in ("/mail/unknown", "/vnpay/paymentv2/vpcpay.html", "/stripe/pay/x", "/jitsi/room"):
        status, _, _ = stand_ins._send("GET", path, None)
        assert status in {400, 403, 404, 410}
    with pytest.raises(AssertionError, match="no such fault"):
        stand_ins.set_fault("flood", "vnpay")
    with pytest.raises(AssertionError, match="no such payment"):
        stand_ins.pay("unknown")


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(two.getsockname()[1])


def start(folder: Path, ports: tuple[int, int]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cilis.testing.standins", f"--port={ports[0]}"]
    process = subprocess.Popen([*command, f"--smtp-port={ports[1]}", f"--state={folder}"])
    end = time.monotonic() + 20
    for port in ports:
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.1)
    return process


@pytest.mark.filterwarnings("ignore:unclosed <socket")
def test_a_process_of_its_own_remembers(stand_ins: StandIns, tmp_path: Path) -> None:
    """Accounts come from config.json; mails and payments outlive the process."""
    account = {"gateway": "vnpay", "key": "TESTTMN1", "secret": "S" * 32}
    (tmp_path / "config.json").write_text(json.dumps({"accounts": [account]}))
    ports = free_ports()
    there = StandIns(f"http://127.0.0.1:{ports[0]}", ports[1])
    process = start(tmp_path, ports)
    try:
        EmailChannel().send(notice("hoa@example.com"), there.email_settings())
        there.wait_for_mails("hoa@example.com")
        time.sleep(1.5)
    finally:
        process.kill()
        process.wait(5)
    process = start(tmp_path, ports)
    try:
        assert [mail.subject for mail in there.mails()] == ["Đã xác nhận"]
        kept = json.loads((tmp_path / "state.json").read_text())
        assert [row["key"] for row in kept["accounts"]] == ["TESTTMN1"]
        there.clear()
        assert there.mails() == []
    finally:
        process.kill()
        process.wait(5)
