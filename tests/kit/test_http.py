"""The guard in front of foreign addresses, tried against a real listener on this machine."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cilis.kit import guard, http
from cilis.kit.http import AddressRefused, HttpFailed


class Listener:
    """A server that counts who comes and answers by path, also badly."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.visits = 0
        self.closing = threading.Event()
        self._server = socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True, backlog=50
        )
        self.port: int = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._server.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._answer, args=(visitor,), daemon=True).start()

    def _answer(self, visitor: socket.socket) -> None:
        with visitor, contextlib.suppress(OSError):
            visitor.settimeout(5)
            asked = b""
            while b"\r\n\r\n" not in asked:
                piece = visitor.recv(65_536)
                if not piece:
                    return
                asked += piece
            self.seen.append(asked)
            what = asked.split(b" ")[1].split(b"?")[0] if asked.count(b" ") > 1 else b"/"
            getattr(self, what.strip(b"/").decode("latin-1") or "ok", self.ok)(visitor, asked)

    def ok(self, visitor: socket.socket, asked: bytes) -> None:
        body = json.dumps({"asked": asked.decode("latin-1")}).encode()
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def redirect(self, visitor: socket.socket, asked: bytes) -> None:
        there = f"http://127.0.0.1:{self.port}/ok".encode()
        visitor.sendall(b"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % there)

    def failing(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.sendall(b"HTTP/1.1 503 Away\r\nRetry-After: 9\r\nContent-Length: 2\r\n\r\nno")

    def silent(self, visitor: socket.socket, asked: bytes) -> None:
        self.closing.wait(5)

    def dripping(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        self._drip(visitor)

    def endless(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        self._drip(visitor)

    def slowhead(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        self._drip(visitor)

    def _drip(self, visitor: socket.socket) -> None:
        while not self.closing.wait(0.1):
            visitor.sendall(b"x")

    def large(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + b"x" * 3_000_000)

    def bomb(self, visitor: socket.socket, asked: bytes) -> None:
        packed = gzip.compress(b"\x00" * 5_000_000, 9)
        visitor.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
            + packed
        )

    def rubbish(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.sendall(b"\x00\xff\xfe rubbish\r\n\r\n")

    def short(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")

    def broken(self, visitor: socket.socket, asked: bytes) -> None:
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    def close(self) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(5)


@pytest.fixture(scope="module")
def server() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def listener(server: Listener) -> Listener:
    server.seen.clear()
    server.visits = 0
    return server


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Nothing but public addresses, as in production."""
    before = http.allow_networks("")
    yield
    http.allow_networks(before)


@pytest.fixture
def loopback() -> None:
    http.allow_networks("127.0.0.0/8")


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, list[list[str]]]], list[str]]:
    """Names that resolve as a test says, answer by answer; returns the names asked for."""
    real = socket.getaddrinfo
    asked: list[str] = []

    def install(names: dict[str, list[list[str]]]) -> list[str]:
        def fake(host: Any, port: Any, *more: Any, **named: Any) -> Any:
            if host not in names:
                return real(host, port, *more, **named)
            answers = names[host]
            found = answers[min(asked.count(host), len(answers) - 1)]
            asked.append(host)
            return [entry for address in found for entry in real(address, port, *more, **named)]

        monkeypatch.setattr(socket, "getaddrinfo", fake)
        return asked

    return install


FORMS = [  # addresses that all lead to this machine, its network or nowhere public
    "127.0.0.1", "127.0.0.2", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0",
    "2130706433", "017700000001", "0x7f000001", "0x7f.0x0.0x0.0x1", "0177.0.0.1", "0177.0.0.01",
    "0x7f.1", "127.0.0.1.", "localhost", "LOCALHOST", "a.localhost", "antam.localhost",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[::7f00:1]", "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::1]", "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]", "[fe80::1%25lo]",
    "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
    "[8000::1]", "169.254.169.254", "169.254.170.2", "2852039166", "0xa9fea9fe", "100.100.100.200",
    "100.64.0.1", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255",
]  # fmt: skip


def test_there_are_forty_forms() -> None:
    assert len(set(FORMS)) >= 40


@pytest.mark.parametrize("host", FORMS)
def test_no_form_of_an_inner_address_is_called(host: str, listener: Listener) -> None:
    with pytest.raises(HttpFailed):
        http.request("GET", f"http://{host}:{listener.port}/ok", seconds=1)
    assert listener.visits == 0


NAMES = {
    "metadata.google.internal": [["169.254.169.254"]],
    "inner.example": [["10.0.0.1"]],
    "mapped.example": [["::ffff:127.0.0.1"]],
    "half.example": [["93.184.216.34", "127.0.0.1"]],
    "other-half.example": [["127.0.0.1", "93.184.216.34"]],
    "six.example": [["2606:2800:220:1::1", "::1"]],
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_as_good_as_its_worst_address(
    name: str,
    listener: Listener,
    resolver: Callable[[dict[str, list[list[str]]]], list[str]],
) -> None:
    resolver(NAMES)
    with pytest.raises(AddressRefused):
        http.request("GET", f"http://{name}:{listener.port}/ok")
    assert listener.visits == 0


@pytest.mark.parametrize("host", ["93.184.216.34", "1.1.1.1", "[2606:2800:220:1::1]"])
def test_public_addresses_may_be_called(host: str) -> None:
    assert http.resolve(host.strip("[]"), 443) == host.strip("[]")


def test_a_name_that_changes_its_mind_is_asked_once(
    listener: Listener, resolver: Callable[[dict[str, list[list[str]]]], list[str]]
) -> None:
    asked = resolver({"turning.example": [["192.0.0.9"], ["127.0.0.1"]]})
    with pytest.raises(HttpFailed):  # goes to the public address, where nobody is
        http.request("GET", f"http://turning.example:{listener.port}/ok", seconds=0.3)
    assert asked == ["turning.example"]
    assert listener.visits == 0
    with pytest.raises(AddressRefused):  # the second answer is checked like the first
        http.request("GET", f"http://turning.example:{listener.port}/ok")
    assert listener.visits == 0


@pytest.mark.usefixtures("loopback")
def test_the_connection_goes_to_the_checked_address_under_the_name(
    listener: Listener, resolver: Callable[[dict[str, list[list[str]]]], list[str]]
) -> None:
    asked = resolver({"pay.example": [["127.0.0.1"], ["10.0.0.1"]]})
    answer = http.request("GET", f"http://pay.example:{listener.port}/ok")
    assert answer.status == 200
    assert asked == ["pay.example"]
    assert f"Host: pay.example:{listener.port}\r\n".encode() in listener.seen[0]


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//x/y", "ftp://x/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_", "unix:/x",
        "http://", "http:///x", "http://user@1.1.1.1/", "http://user:pw@1.1.1.1/",
        "http://:pw@1.1.1.1/", "http://@1.1.1.1/", "http://1.1.1.1:0x50/", "http://1.1.1.1:99999/",
        "http://1.1.1.1:-1/", "http://[::1", "http://[1.1.1.1]/", "http://1.1.1.1@127.0.0.1/",
        "http://a..b/", "http://" + "a" * 300 + "/", "http://a b/", "javascript:alert(1)",
        "http://[v1.x]/", "http://\x00/", "http://ⓛocalhost/", "http://１２７.０.０.１/",
    ],
)  # fmt: skip
def test_what_is_no_http_address_is_refused_and_nothing_else(url: str) -> None:
    with pytest.raises(HttpFailed):
        http.request("GET", url, seconds=0.5)


@pytest.mark.usefixtures("loopback")
def test_nothing_in_an_address_ends_the_request_line(listener: Listener) -> None:
    base = f"http://127.0.0.1:{listener.port}"
    for path in ("/a b", "/a\r\nX-Evil: 1", "/đ", "/%0d%0aX: 1", "/a?b=c d&e=\r\nf", "/?"):
        http.request("GET", base + path)
    heads = [seen.split(b"\r\n", 1)[0] for seen in listener.seen]
    assert all(head.count(b" ") == 2 for head in heads)
    assert not any(b"X-Evil" in seen.split(b"\r\n", 1)[1] for seen in listener.seen)


@pytest.mark.usefixtures("loopback")
def test_a_header_cannot_be_split(listener: Listener) -> None:
    with pytest.raises(HttpFailed):
        http.request("GET", f"http://127.0.0.1:{listener.port}/ok", headers={"X": "a\r\nX-Evil: 1"})
    assert not any(b"X-Evil: 1\r\n" in seen for seen in listener.seen)


@pytest.mark.usefixtures("loopback")
def test_json_goes_out_and_comes_back(listener: Listener) -> None:
    answer = http.request("POST", f"http://127.0.0.1:{listener.port}/ok", json_body={"a": "đ"})
    assert b"Content-Type: application/json" in listener.seen[0]
    assert "POST /ok" in answer.json()["asked"]


@pytest.mark.usefixtures("loopback")
def test_every_status_is_an_answer(listener: Listener) -> None:
    answer = http.request("GET", f"http://127.0.0.1:{listener.port}/failing")
    assert (answer.status, answer.body, answer.headers["Retry-After"]) == (503, b"no", "9")
    with pytest.raises(HttpFailed, match="not JSON"):
        answer.json()


@pytest.mark.usefixtures("loopback")
def test_redirects_are_shown_never_followed(listener: Listener) -> None:
    answer = http.request("GET", f"http://127.0.0.1:{listener.port}/redirect")
    assert answer.status == 302
    assert listener.visits == 1


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("way", ["silent", "dripping", "endless", "slowhead"])
def test_no_server_holds_us_longer_than_we_said(way: str, listener: Listener) -> None:
    began = time.monotonic()
    with pytest.raises(HttpFailed):
        http.request("GET", f"http://127.0.0.1:{listener.port}/{way}", seconds=0.5)
    assert 0.4 < time.monotonic() - began < 2


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("way", ["large", "bomb"])
def test_no_answer_is_larger_than_we_take(way: str, listener: Listener) -> None:
    with pytest.raises(HttpFailed, match="larger than 65536"):
        http.request("GET", f"http://127.0.0.1:{listener.port}/{way}", max_body=65_536)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("way", ["rubbish", "short", "broken"])
def test_a_broken_answer_is_a_failure(way: str, listener: Listener) -> None:
    with pytest.raises(HttpFailed):
        http.request("GET", f"http://127.0.0.1:{listener.port}/{way}", seconds=2)


@pytest.mark.usefixtures("loopback")
def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with pytest.raises(HttpFailed):
        http.request("GET", f"http://127.0.0.1:{port}/", seconds=1)


@pytest.mark.usefixtures("loopback")
def test_plain_text_is_not_taken_for_https(listener: Listener) -> None:
    with pytest.raises(HttpFailed):
        http.request("GET", f"https://127.0.0.1:{listener.port}/ok", seconds=1)


@pytest.mark.usefixtures("loopback")
def test_never_inside_a_transaction(listener: Listener) -> None:
    url = f"http://127.0.0.1:{listener.port}/ok"
    with guard.marking_transaction(), pytest.raises(guard.InsideTransaction):
        http.request("GET", url)
    assert listener.visits == 0
    assert not guard.transaction_is_open()
    assert http.request("GET", url).status == 200


def test_allowing_a_network_is_told_and_can_be_taken_back() -> None:
    assert http.allow_networks("127.0.0.0/8, ::1/128") == ""
    assert http.resolve("::1", 80) == "::1"
    assert http.resolve("[::ffff:127.0.0.1]".strip("[]"), 80)
    assert http.allow_networks("") == "127.0.0.0/8,::1/128"
    with pytest.raises(AddressRefused):
        http.resolve("::1", 80)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8002", True), ("http://a.localhost/x", True), ("http://127.0.0.1", True),
        ("http://[::1]:1/", True), ("https://pay.example", False), ("http://localhost.evil", False),
        ("", False),
    ],
)  # fmt: skip
def test_what_is_this_very_machine(url: str, expected: bool) -> None:
    assert http.is_loopback(url) is expected
