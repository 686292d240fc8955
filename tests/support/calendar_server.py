"""Calendar servers on this machine: one that plays a file at an address, and a real Radicale."""

from __future__ import annotations

import base64
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError

USER, PASSWORD = "minh", "mot-mat-khau-khac"


def event(
    uid: str, starts_at: datetime, ends_at: datetime, *lines: str, summary: str = "Private"
) -> str:
    """One entry in iCalendar form."""
    return "\r\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", f"SUMMARY:{summary}",
         f"DTSTART:{starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
         f"DTEND:{ends_at.astimezone(UTC):%Y%m%dT%H%M%SZ}", *lines, "END:VEVENT", ""],
    )  # fmt: skip


def file_of(*events: str, head: str = "") -> bytes:
    """A whole file with these entries."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", head]
    body = "\r\n".join(line for line in lines if line)
    return f"{body}\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


@dataclass
class CalendarFile:
    """A file at an address that answers as a test says; ``asked`` are the headers of each call."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    etag: str = ""
    pause: float = 0.0
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def answer(self, call: BaseHTTPRequestHandler) -> None:
        self.asked.append({name.lower(): value for name, value in call.headers.items()})
        time.sleep(self.pause)
        same = self.etag and call.headers.get("If-None-Match") == self.etag
        content = b"" if same else self.content
        call.send_response(304 if same else self.status)
        headers = self.headers | ({"ETag": self.etag} if self.etag else {})
        for name, value in headers.items():
            call.send_header(name, value)
        call.send_header("Content-Length", str(len(content)))
        call.end_headers()
        with suppress(OSError):  # who asked may have gone: too large, too slow
            call.wfile.write(content)


@contextmanager
def serving_file() -> Iterator[CalendarFile]:
    """A server of one file, as long as the block lasts."""
    file = CalendarFile()

    class Call(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file.answer(self)

        do_PROPFIND = do_REPORT = do_GET  # noqa: N815 - http.server looks for these

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Call)
    file.url = f"http://127.0.0.1:{server.server_port}/private-key/basic.ics"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield file
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Radicale:
    """A Radicale server of its own process, with one account; can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        (folder / "config").write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\n"
            "htpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {folder / 'data'}\n"
            "[rights]\ntype = owner_only\n[logging]\nlevel = warning\n"
        )

    @property
    def url(self) -> str:
        """Where an account begins."""
        return f"http://127.0.0.1:{self.port}/"

    def calendar(self, name: str = "work") -> str:
        """The address of one calendar."""
        return f"{self.url}{USER}/{name}/"

    def start(self) -> None:
        command = [sys.executable, "-m", "radicale", "--config", str(self.folder / "config")]
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(command, stdout=out, stderr=out)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.1)
        raise RuntimeError((self.folder / "out").read_text())

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
            self._process = None

    def make_calendar(self, name: str = "work") -> None:
        self._call("MKCALENDAR", self.calendar(name))

    def put(self, uid: str, content: str, name: str = "work") -> None:
        """Enter something, as a person's calendar program does."""
        self._call("PUT", f"{self.calendar(name)}{uid}.ics", file_of(content))

    def remove(self, uid: str, name: str = "work") -> None:
        self._call("DELETE", f"{self.calendar(name)}{uid}.ics")

    def _call(self, method: str, url: str, body: bytes | None = None) -> None:
        pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}", "Content-Type": "text/calendar"}
        wish = urllib.request.Request(url, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(wish, timeout=10) as answer:
                assert answer.status < 300
        except URLError as problem:
            raise AssertionError(f"{method} {url}: {problem}") from problem
