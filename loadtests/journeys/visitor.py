"""Somebody at a browser or a program: cookies, tokens and checks that Locust counts."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterable, Mapping
from http.cookies import SimpleCookie
from typing import Any

from locust import HttpUser
from locust.exception import StopUser
from requests import Response

from loadtests.journeys.stage import stage

Check = Callable[[Response], str | None]
"""Says what is wrong with an answer, or None."""
_numbers = itertools.count(1)
_HIDDEN = re.compile(r'name="(_csrf|_key)" value="([^"]*)"')


class Visitor(HttpUser):
    """One person of the measured organization, each at an address of their own."""

    abstract = True

    def on_start(self) -> None:
        """Come in: no cookies yet."""
        number = next(_numbers)
        self.dice = random.Random(number)
        self.address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        self.cookies: dict[str, str] = {}
        self.bearer = ""
        self.client.trust_env = False

    def page(self, path: str, name: str = "", *, has: str = "</html>") -> Response:
        """Open a page; it must be whole and hold a text."""

        def check(answer: Response) -> str | None:
            return None if has in answer.text else f"{has!r} is not on the page"

        return self.ask("GET", path, name or path, check=check)

    def api(
        self,
        method: str,
        path: str,
        name: str = "",
        *,
        body: Any = None,
        key: str = "",
        expect: Iterable[int] = (200,),
        check: Check | None = None,
    ) -> Response:
        """Call an operation of the API."""
        headers = {"Idempotency-Key": key} if key else {}
        shown = f"/api/v1{name or path}"
        return self.ask(
            method, f"/api/v1{path}", shown, body=body, headers=headers, expect=expect, check=check
        )

    def submit(self, page: str, path: str, name: str, **form: str) -> Response:
        """Open a page and post a form of it; the answer must lead on."""
        hidden = dict(_HIDDEN.findall(self.page(page).text))
        return self.ask("POST", path, name, form={**hidden, **form}, expect=(303,))

    def ask(
        self,
        method: str,
        path: str,
        name: str,
        *,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Iterable[int] = (200,),
        check: Check | None = None,
    ) -> Response:
        """Send one request; a wrong status or a failed check counts as a failure of ``name``."""
        sent = {"Host": f"{stage().host}:{stage().web}", "X-Forwarded-For": self.address}
        sent |= headers or {}
        if self.bearer:
            sent["Authorization"] = f"Bearer {self.bearer}"
        elif self.cookies:
            sent["Cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        if form is not None:
            sent["Origin"] = f"http://{stage().host}:{stage().web}"
        with self.client.request(
            method, path, name=name, json=body, data=form, headers=sent,
            allow_redirects=False, catch_response=True,
        ) as answer:  # fmt: skip
            wrong = None
            if answer.status_code not in set(expect):
                wrong = f"{answer.status_code}: {answer.text[:160]!r}"
            elif check is not None:
                wrong = check(answer)
            if wrong:
                answer.failure(wrong)
            else:
                answer.success()
            self._keep(answer)
            self.client.cookies.clear()  # ours are carried above: requests drops them over http
            return answer

    def sign_in(self, address: str, password: str) -> None:
        """As a person on pages."""
        self.submit("/log-in", "/log-in", "/log-in", email=address, password=password)
        if not any("session" in name for name in self.cookies):
            raise StopUser

    def take_token(self, address: str, password: str) -> None:
        """As a program."""
        answer = self.api(
            "POST", "/sessions", body={"email": address, "password": password}, expect=(200, 201)
        )
        if not answer.ok:
            raise StopUser
        self.bearer = answer.json()["access_token"]

    def _keep(self, answer: Response) -> None:
        raw = answer.raw.headers.getlist("Set-Cookie") if answer.raw is not None else []
        for line in raw:
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def holds(*names: str) -> Check:
    """The answer is JSON with these fields."""

    def check(answer: Response) -> str | None:
        missing = [name for name in names if name not in answer.json()]
        return f"without {missing}" if missing else None

    return check
