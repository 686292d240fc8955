"""The one way to call a foreign server: bounded, direct, never inside a transaction.

The name is resolved once, refused unless public, and the connection goes to that very address,
so that a name cannot change its mind between the check and the call. Redirects are not followed.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

import urllib3

from cilis.kit import guard

MAX_BODY = 1024 * 1024
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_allowed: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
_BROKEN = (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError)
_UNICAST = ipaddress.IPv6Network("2000::/3")
_CARRIES_IPV4 = (  # the last 32 bits of these are an IPv4 address that a gateway calls for us
    ipaddress.IPv6Network("::/96"),
    ipaddress.IPv6Network("::ffff:0:0/96"),
    ipaddress.IPv6Network("::ffff:0:0:0/96"),
    ipaddress.IPv6Network("64:ff9b::/96"),
)


class HttpFailed(Exception):
    """No usable answer came: refused address, time-out, broken connection, too large."""


class AddressRefused(HttpFailed):
    """The address is not one that a tenant's setting may point to."""


class AnswerTooLarge(HttpFailed):
    """The answer is larger than was asked for."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A foreign server's answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The body as JSON; raises HttpFailed when it is not."""
        try:
            return json.loads(self.body)
        except ValueError as problem:
            raise HttpFailed(f"not JSON (status {self.status})") from problem


def allow_networks(networks: str) -> str:
    """Name networks (comma-separated) that may be called although they are not public.

    Returns what was named before, so that a test can put it back.
    """
    before = ",".join(str(network) for network in _allowed)
    _allowed[:] = [
        ipaddress.ip_network(part.strip()) for part in networks.split(",") if part.strip()
    ]
    return before


def is_loopback(url: str) -> bool:
    """Whether an address lies on this very machine, where only a stand-in can be."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")


def resolve(host: str, port: int) -> str:
    """One address of a host that may be called; raises AddressRefused.

    Names below ``.localhost`` are loopback (RFC 6761), which not every resolver knows.
    """
    if host == "localhost" or host.endswith(".localhost"):
        found = ["127.0.0.1"]
    else:
        try:
            found = [
                str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            ]
        except (OSError, UnicodeError) as problem:
            raise HttpFailed(f"cannot resolve {host}") from problem
    for text in found:
        address = _inner(ipaddress.ip_address(text.partition("%")[0]))
        if not _is_public(address) and not any(
            address.version == net.version and address in net for net in _allowed
        ):
            raise AddressRefused(f"{host} is not a public address")
    return found[0]


def _inner(address: _Address) -> _Address:
    """The IPv4 address that an IPv6 address carries, if it does; else the address itself.

    Sources: RFC 4291 (mapped, compatible), RFC 6052 (NAT64), RFC 3056 (6to4).
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in network for network in _CARRIES_IPV4) and int(address) > 1:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address


def _is_public(address: _Address) -> bool:
    """Whether anybody may be sent there; Python's own list lets old special ranges through."""
    if isinstance(address, ipaddress.IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    json_body: Any = None,
    seconds: float = 5.0,
    max_body: int = MAX_BODY,
) -> HttpAnswer:
    """Send one request; every answer, whatever its status, is returned.

    Raises:
        HttpFailed: no answer within ``seconds``, or one larger than ``max_body`` bytes.
        InsideTransaction: a transaction is open in this context.
    """
    guard.refuse_inside_transaction(f"HTTP {method} {url}")
    parts, port = _checked(url)
    hostname = parts.hostname or ""
    address = resolve(hostname, port)
    sent = {"Host": parts.netloc, **(headers or {})}
    if json_body is not None:
        body = json.dumps(json_body).encode()
        sent.setdefault("Content-Type", "application/json")
    connection = _connection(parts.scheme, address, port, hostname, seconds)
    try:
        with _Deadline(connection, seconds) as deadline:
            deadline.connect()
            connection.request(
                method, _target(parts), body=body, headers=sent, preload_content=False
            )
            answer = connection.getresponse()
            content = answer.read(max_body + 1, decode_content=True)
            if deadline.over:
                raise HttpFailed(f"{method} {hostname}: no whole answer within {seconds:g} s")
    except _BROKEN as problem:
        raise HttpFailed(f"{method} {hostname}: {problem}") from problem
    finally:
        connection.close()
    if len(content) > max_body:
        raise AnswerTooLarge(f"answer of {hostname} is larger than {max_body} bytes")
    return HttpAnswer(answer.status, content, dict(answer.headers))


def _checked(url: str) -> tuple[SplitResult, int]:
    """The parts and port of an http address; raises AddressRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as problem:
        raise AddressRefused(f"not an http address: {url!r}") from problem
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise AddressRefused(f"not an http address: {url!r}")
    return parts, port


def _target(parts: SplitResult) -> str:
    """Path and query, encoded; nothing in them can end the request line."""
    query = f"?{parts.query}" if parts.query else ""
    return urllib3.util.parse_url(f"http://x{parts.path or '/'}{query}").request_uri


class _Deadline:
    """Cuts a connection when its time is over: a socket's own limit holds for each piece only."""

    def __init__(self, connection: urllib3.connection.HTTPConnection, seconds: float) -> None:
        self.over = False
        self._connection = connection
        self._socket: socket.socket | None = None  # the connection forgets it before the body ends
        self._seconds = seconds
        self._done = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._watch, name="http deadline", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def connect(self) -> None:
        """Open the connection and keep hold of its socket."""
        self._connection.connect()
        self._socket = self._connection.sock

    def _watch(self) -> None:
        if self._done.wait(self._seconds):
            return
        self.over = True
        while not self._done.wait(0.1):
            held = self._socket or self._connection.sock
            with contextlib.suppress(OSError, AttributeError):
                held.shutdown(socket.SHUT_RDWR)


def _connection(
    scheme: str, address: str, port: int, hostname: str, seconds: float
) -> urllib3.connection.HTTPConnection:
    if scheme == "http":
        return urllib3.connection.HTTPConnection(address, port, timeout=seconds)
    return urllib3.connection.HTTPSConnection(
        address,
        port,
        timeout=seconds,
        server_hostname=hostname,
        assert_hostname=hostname,
        cert_reqs="CERT_REQUIRED",
    )
