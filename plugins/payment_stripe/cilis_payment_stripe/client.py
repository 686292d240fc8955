"""Stripe's own library over the house's one way to the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NoReturn

import stripe
from typing_extensions import override

from cilis.hooks import Refused, TryLater
from cilis.kit import http
from cilis_payment_stripe.settings import API, FILES, Account

SECONDS = 8.0
# The version our reading of Stripe's objects was written against. Every call names it, so that
# neither a newer library nor the account's own default changes what comes back.
VERSION = "2026-10-28.endive"

# The library would otherwise keep an id of this machine and send timings of earlier calls.
stripe.enable_telemetry = False


class HouseClient(stripe.HTTPClient):
    """Sends by `cilis.kit.http`: only public addresses, never inside a transaction."""

    name = "urllib3"

    @override
    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request; raises stripe.APIConnectionError when no answer came."""
        body = post_data.encode() if isinstance(post_data, str) else post_data
        try:
            answer = http.request(method.upper(), url, headers=headers, body=body, seconds=SECONDS)
        except http.AddressRefused as problem:
            raise Refused(str(problem)) from problem
        except http.HttpFailed as problem:
            raise _no_answer(problem) from problem
        names = {name.lower(): value for name, value in answer.headers.items()}
        return answer.body.decode("utf-8", "replace"), answer.status, names

    @override
    def request_stream(self, *_args: object, **_options: object) -> NoReturn:
        """Nothing of what we ask for is streamed."""
        raise NotImplementedError

    @override
    def close(self) -> None:
        """Nothing is kept open."""


def client_for(account: Account) -> stripe.StripeClient:
    """A client with this tenant's key and, for direct charges, its connected account.

    The library's global key stays empty.

    It never repeats a call by itself: the core does, with the same idempotency key.
    """
    return stripe.StripeClient(
        account.secret_key,
        stripe_account=account.connected or None,
        stripe_version=VERSION,
        base_addresses={
            "api": account.api_base,
            "files": FILES if account.api_base == API else account.api_base,
        },
        http_client=HouseClient(),
        max_network_retries=0,
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn the library's errors into the two failures of the house."""
    try:
        yield
    except stripe.RateLimitError as problem:
        raise TryLater("Stripe asks for patience", after=timedelta(minutes=1)) from problem
    except stripe.AuthenticationError as problem:
        raise Refused("Stripe does not know the secret key") from problem
    except (
        stripe.CardError,
        stripe.IdempotencyError,
        stripe.InvalidRequestError,
        stripe.PermissionError,
    ) as problem:
        raise Refused(f"{problem.code or 'refused'}: {_short(problem)}") from problem
    except stripe.StripeError as problem:
        raise TryLater(f"Stripe gave no usable answer: {_short(problem)}") from problem


def _no_answer(problem: Exception) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(str(problem))  # type: ignore[no-untyped-call] # the library's


def is_missing(problem: stripe.StripeError) -> bool:
    """Whether Stripe says that there is no such thing."""
    return problem.http_status == 404 or problem.code == "resource_missing"


def _short(problem: stripe.StripeError) -> str:
    return str(problem.user_message or problem)[:200]
