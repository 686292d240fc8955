"""The one way to call a foreign server: bounded, direct, never inside a transaction.

The name is resolved once, refused unless public, and the connection goes to that very address,
so that a name cannot change its mind between the check and the call. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3

from cilis.kit import guard

MAX_BODY = 1024 * 1024
_allowed: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []


class HttpFailed(Exception):
    """No usable answer came: refused address, time-out, broken connection, too large."""


class AddressRefused(HttpFailed):
    """The address is not one that a tenant's setting may point to."""


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
        except OSError as problem:
            raise HttpFailed(f"cannot resolve {host}") from problem
    for text in found:
        address = ipaddress.ip_address(text.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        if not (address.is_global and not address.is_multicast) and not any(
            address.version == net.version and address in net for net in _allowed
        ):
            raise AddressRefused(f"{host} is not a public address")
    return found[0]


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
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise AddressRefused(f"not an http address: {url}")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = resolve(parts.hostname, port)
    sent = {"Host": parts.netloc, **(headers or {})}
    if json_body is not None:
        body = json.dumps(json_body).encode()
        sent.setdefault("Content-Type", "application/json")
    pool = _pool(parts.scheme, address, port, parts.hostname, seconds)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        answer = pool.urlopen(
            method,
            path,
            body=body,
            headers=sent,
            redirect=False,
            retries=False,
            preload_content=False,
        )
        content = answer.read(max_body + 1, decode_content=True)
        answer.release_conn()
    except (urllib3.exceptions.HTTPError, OSError) as problem:
        raise HttpFailed(f"{method} {parts.hostname}: {problem}") from problem
    finally:
        pool.close()
    if len(content) > max_body:
        raise HttpFailed(f"answer of {parts.hostname} is larger than {max_body} bytes")
    return HttpAnswer(answer.status, content, dict(answer.headers))


def _pool(
    scheme: str, address: str, port: int, hostname: str, seconds: float
) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(total=seconds)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        maxsize=1,
        server_hostname=hostname,
        assert_hostname=hostname,
        cert_reqs="CERT_REQUIRED",
    )
