"""Drives the stand-ins from a test: set faults, pay, read mails. Standard library only."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

T = TypeVar("T")


class PayingFailed(AssertionError):
    """The gateway's page did not let the payer do this."""


@dataclass(frozen=True)
class SentMail:
    """A mail that arrived."""

    id: str
    sender: str
    recipients: list[str]
    subject: str
    headers: list[tuple[str, str]]
    text: str
    html: str
    calendar: str
    raw: str


@dataclass(frozen=True)
class SentNotice:
    """A gateway's notice as it is on the wire; ``state`` says whether it was heard."""

    id: str
    gateway: str
    reference: str
    about: str
    method: str
    url: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    state: str
    answers: list[str]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address; of the body where no address was registered."""
        text = urlsplit(self.url).query if self.url else self.body.decode()
        return dict(parse_qsl(text, keep_blank_values=True))


class StandIns:
    """The stand-ins at one address."""

    def __init__(self, url: str, smtp_port: int) -> None:
        self.url = url.rstrip("/")
        self.smtp_port = smtp_port

    # -- who is known there, and what a plugin's settings are then

    def vnpay_settings(self, tmn_code: str, hash_secret: str) -> dict[str, str]:
        """Settings with which the VNPay plugin talks to the stand-in."""
        return {
            "tmn_code": tmn_code,
            "hash_secret": hash_secret,
            "environment": "sandbox",
            "bank_code": "",
            "gateway_url": f"{self.url}/vnpay/paymentv2/vpcpay.html",
            "api_url": f"{self.url}/vnpay/merchant_webapi/api/transaction",
        }

    def stripe_settings(self, secret_key: str, webhook_secret: str) -> dict[str, str]:
        """Settings with which the Stripe plugin talks to the stand-in."""
        return {
            "secret_key": secret_key,
            "webhook_secret": webhook_secret,
            "api_base": f"{self.url}/stripe",
        }

    def jitsi_settings(self, app_id: str, app_secret: str) -> dict[str, str]:
        """Settings with which the Jitsi plugin talks to the stand-in."""
        return {
            "base_url": f"{self.url}/jitsi",
            "app_id": app_id,
            "app_secret": app_secret,
            "audience": "jitsi",
        }

    def email_settings(self) -> dict[str, str]:
        """Settings with which the e-mail plugin talks to the stand-in."""
        host = urlsplit(self.url).hostname or ""
        return {
            "host": host,
            "port": str(self.smtp_port),
            "security": "none",
            "user": "",
            "password": "",
        }

    def register(
        self,
        gateway: str,
        key: str,
        secret: str,
        notice_url: str = "",
        audience: str = "",
        connect_secret: str = "",
    ) -> None:
        """Make a merchant known to "vnpay", "stripe" or "jitsi", as its console would."""
        if gateway == "jitsi":
            audience = audience or "jitsi"
        account = {"gateway": gateway, "key": key, "secret": secret}
        more = {
            "notice_url": notice_url,
            "audience": audience,
            "connect_secret": connect_secret,
        }
        self._ask("PUT", "/control/accounts", account | more)

    # -- what goes wrong

    def set_fault(
        self,
        name: str,
        gateway: str,
        *,
        reference: str = "",
        seconds: float = 0,
        times: int = -1,
        after: int = 0,
    ) -> None:
        """Make something go wrong, ``after`` so many times; names are those of ``state.FAULTS``."""
        fault = {"name": name, "gateway": gateway, "reference": reference, "after": after}
        self._ask("POST", "/control/faults", {**fault, "seconds": seconds, "times": times})

    def clear_faults(self) -> None:
        """Let everything go right again."""
        self._ask("DELETE", "/control/faults")

    def set_clock(self, seconds: float) -> None:
        """Move the clock of stand-ins that run in a process of their own."""
        self._ask("PUT", "/control/clock", {"seconds": seconds})

    def clear(self) -> None:
        """Forget payments, notices, mails and faults; accounts stay."""
        self._ask("DELETE", "/control/state")

    # -- payers

    def set_auto(self, gateway: str, outcome: str) -> None:
        """Let every payer do the same at once; an empty outcome ends it."""
        self._ask("PUT", "/control/auto", {"gateway": gateway, "outcome": outcome})

    def pay(self, where: str, outcome: str = "paid") -> str:
        """Let the payer do something; returns the address the browser is led to.

        Args:
            where: the address the client was sent to, or the reference of a known payment.
            outcome: "paid", "cancelled", "pending"; VNPay also "no_funds", "wrong_otp",
                "bank_down", "review", "expired"; Stripe also "declined", "expired".

        Raises:
            PayingFailed: the page does not allow it.
        """
        if not where.startswith("http"):
            path = f"/control/payments/{quote(where)}/pay"
            return str(self._ask("POST", path, {"outcome": outcome})["location"])
        parts = urlsplit(where)
        query = "&".join(filter(None, (parts.query, urlencode({"auto": outcome}))))
        status, headers, body = self._send("GET", f"{parts.path}?{query}", None)
        if status != 303:
            raise PayingFailed(f"{status}: {body.decode('utf-8', 'replace')}")
        return headers["location"]

    def payments(self, reference: str = "") -> list[dict[str, Any]]:
        """Payments as the gateways know them, oldest first."""
        found: list[dict[str, Any]] = self._ask(
            "GET", f"/control/payments?{urlencode({'reference': reference})}"
        )
        return found

    def connected(self) -> list[dict[str, Any]]:
        """Experts' accounts at Stripe, oldest first."""
        found: list[dict[str, Any]] = self._ask("GET", "/control/connected")
        return found

    def make_account(self, platform: str, name: str) -> None:
        """Let Stripe know an expert's account, complete, of the merchant with this key."""
        self._ask("POST", f"/control/connected/{quote(name)}", {"platform": platform})

    def move_account(self, name: str, to: str) -> None:
        """Let Stripe see an account so: "complete", "pending", "review", "asked", "rejected"."""
        self._ask("PUT", f"/control/connected/{quote(name)}", {"to": to})

    def transfers(self, reference: str = "") -> list[dict[str, Any]]:
        """Stripe's transfers to connected accounts, oldest first; of one reference, or all."""
        found: list[dict[str, Any]] = self._ask("GET", "/control/transfers")
        return [one for one in found if reference in {"", one["transfer_group"]}]

    def settle_refund(self, refund_reference: str, outcome: str) -> None:
        """Let a refund under way end: "done" or "refused"."""
        self._ask("POST", f"/control/refunds/{quote(refund_reference)}", {"outcome": outcome})

    def open_dispute(
        self, reference: str, reason: str = "fraudulent", *, inquiry: bool = False
    ) -> str:
        """Let the payer's bank take a Stripe payment back, or only ask; returns its id."""
        path = f"/control/payments/{quote(reference)}/dispute"
        return str(self._ask("POST", path, {"reason": reason, "inquiry": inquiry})["id"])

    def close_dispute(self, reference: str, outcome: str) -> None:
        """Let the bank decide: "won", "lost", or "closed" for an inquiry."""
        path = f"/control/payments/{quote(reference)}/dispute"
        self._ask("PUT", path, {"outcome": outcome})

    # -- notices

    def notices(self, reference: str = "") -> list[SentNotice]:
        """The gateways' notices, sent or not, oldest first."""
        rows = self._ask("GET", f"/control/notices?{urlencode({'reference': reference})}")
        return [_notice(row) for row in rows]

    def wait_for_notice(
        self, reference: str, *, state: str = "heard", seconds: float = 5.0
    ) -> SentNotice:
        """The newest notice of a payment in a state; raises AssertionError after the time."""

        def found() -> list[SentNotice]:
            return [notice for notice in self.notices(reference) if notice.state == state]

        return _wait(found, f"a notice about {reference} that is {state}", 1, seconds)[-1]

    def release(self, reference: str = "") -> int:
        """Send the notices that were held back; returns how many."""
        return int(
            self._ask("POST", "/control/notices/release", {"reference": reference})["released"]
        )

    def resend(self, notice_id: str) -> None:
        """Send a notice once more."""
        self._ask("POST", f"/control/notices/{notice_id}/send")

    # -- mails

    def mails(self, to: str = "") -> list[SentMail]:
        """Mails that arrived, oldest first."""
        return [_mail(row) for row in self._ask("GET", f"/control/mails?{urlencode({'to': to})}")]

    def wait_for_mails(self, to: str, count: int = 1, *, seconds: float = 5.0) -> list[SentMail]:
        """At least so many mails to a receiver; raises AssertionError after the time."""
        return _wait(lambda: self.mails(to), f"{count} mails to {to}", count, seconds)

    # -- the wire

    def _ask(self, method: str, path: str, content: Any = None) -> Any:
        status, _, body = self._send(method, path, content)
        if status != 200:
            raise PayingFailed(f"{method} {path}: {status} {body.decode('utf-8', 'replace')}")
        return json.loads(body)

    def _send(self, method: str, path: str, content: Any) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=30)
        try:
            headers = {"Host": parts.netloc, "Content-Type": "application/json"}
            body = None if content is None else json.dumps(content).encode()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, names, answer.read()
        finally:
            connection.close()


def _wait(found: Callable[[], list[T]], what: str, count: int, seconds: float) -> list[T]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        things = found()
        if len(things) >= count:
            return things
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:g} s for {what}")


def _notice(row: dict[str, Any]) -> SentNotice:
    return SentNotice(
        id=row["id"],
        gateway=row["gateway"],
        reference=row["reference"],
        about=row["about"],
        method=row["method"],
        url=row["url"],
        headers={name.lower(): value for name, value in row["headers"].items()},
        body=row["body"].encode(),
        state=row["state"],
        answers=[attempt["answer"] for attempt in row["tries"]],
    )


def _mail(row: dict[str, Any]) -> SentMail:
    row.pop("at")
    row["headers"] = [(name, value) for name, value in row["headers"]]
    return SentMail(**row)
