"""A small HTTP client for real servers on loopback: connects to 127.0.0.1, sends the Host header.

Names below .localhost resolve in browsers, not in Python everywhere.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Self
from urllib.parse import urlencode


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self.headers.get("location", "")


@dataclass
class Client:
    """One visitor of one host, with cookies, a bearer token or neither."""

    host: str
    port: int
    bearer: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    seconds: float = 20.0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def request(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; a connection that the server closed is opened again once."""
        sent = {"Host": f"{self.host}:{self.port}", **(headers or {})}
        body: bytes | None = None
        if json_body is not None:
            body, sent["Content-Type"] = json.dumps(json_body).encode(), "application/json"
        elif form is not None:
            body = urlencode(form, doseq=True).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            sent.setdefault("Origin", f"http://{self.host}:{self.port}")
        if self.bearer:
            sent["Authorization"] = f"Bearer {self.bearer}"
        elif self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self._send(method, path, body, sent)

    def get(self, path: str) -> Answer:
        """A GET."""
        return self.request("GET", path)

    def post(self, path: str, json_body: Any = None, *, key: str = "") -> Answer:
        """An API POST, with an Idempotency-Key if given."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.request("POST", path, json_body=json_body or {}, headers=headers)

    def submit(self, page: str, path: str, **form: Any) -> Answer:
        """Open a page, then post a form with the hidden fields found on it."""
        shown = self.get(page).text
        hidden = dict(re.findall(r'name="(_csrf|_key)" value="([^"]*)"', shown))
        return self.request("POST", path, form={**hidden, **form})

    def __enter__(self) -> Self:
        """The client itself; its connection is given back at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the connection back."""
        self.close()

    def close(self) -> None:
        """Give the connection back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        for last in (False, True):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self.port, timeout=self.seconds
                )
            try:
                self._connection.request(method, path, body, headers)
                response = self._connection.getresponse()
                content = response.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if last or method != "GET":
                    raise
                continue
            except BaseException:
                self.close()  # a connection in the middle of something is of no more use
                raise
            self._keep_cookies(response)
            return Answer(
                response.status,
                {name.lower(): value for name, value in response.getheaders()},
                content,
            )
        raise AssertionError("unreachable")

    def _keep_cookies(self, response: http.client.HTTPResponse) -> None:
        for line in response.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
