"""Experts' accounts at Stripe: made by the platform, filled in on Stripe's page, told of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request

from cilis.kit import clock
from cilis.testing.standins import stripe_connect, stripe_wire
from cilis.testing.standins.memory import lead_to, seal_page, state
from cilis.testing.standins.state import Account, Payment, State
from cilis.testing.standins.stripe_api import Answer, error, listed, work
from cilis.testing.standins.stripe_wire import GATEWAY

api = Blueprint("stripe_accounts", __name__, url_prefix="/stripe/v1")
pages = Blueprint("stripe_onboarding", __name__, url_prefix="/stripe/connect")

_ALL = ("individual.first_name", "individual.verification.document", "external_account")
_LINK_SECONDS = 300
_STATES: dict[str, tuple[tuple[str, ...], str]] = {
    # what is still due, and why the account is shut
    "new": (_ALL, "requirements.past_due"),
    "pending": (("individual.verification.document",), "requirements.past_due"),
    "review": ((), "under_review"),
    "complete": ((), ""),
    "asked": (("individual.verification.document",), ""),
    "rejected": ((), "rejected.fraud"),
}
CHOICES = {
    "complete": "Everything is there",
    "pending": "Without a passport",
    "leave": "Not now",
}


@api.post("/accounts")
def create_account() -> Response:
    """Make an account for somebody."""
    return work(_create)


@api.get("/accounts")
def list_accounts() -> Response:
    """All accounts of this platform, newest first."""
    return work(
        lambda account: listed(
            "/v1/accounts",
            [_shown(one) for one in reversed(_known()) if one["platform"] == account.key],
        )
    )


@api.get("/accounts/<name>")
def show_account(name: str) -> Response:
    """One account."""
    return work(lambda account: _show(account, name))


@api.post("/account_links")
def create_link() -> Response:
    """An address of the page, for a few minutes and once."""
    return work(_link)


@pages.get("/<token>")
def fill_in(token: str) -> Response:
    """The page; ``auto=<outcome>`` in the address answers at once."""
    found = _linked(token)
    if found is None:
        return seal_page(
            render_template("standins/refusal.html", code="expired", text="No such page"), 410
        )
    outcome = request.args.get("auto", "")
    if outcome:
        return _left(found, outcome)
    page = render_template("standins/connect.html", account=found, token=token, choices=CHOICES)
    return seal_page(page)


@pages.post("/<token>")
def answer(token: str) -> Response:
    """What the expert does on the page."""
    found = _linked(token)
    if found is None:
        return seal_page(
            render_template("standins/refusal.html", code="expired", text="No such page"), 410
        )
    return _left(found, request.form.get("outcome", ""))


def move(memory: State, one: dict[str, Any], to: str) -> None:
    """Bring an account to a state of `_STATES` and tell the platform."""
    with memory.lock:
        _bring(one, to)
    about = Payment(
        id=one["id"], gateway=GATEWAY, account=one["platform"], reference=one["id"], amount=0,
        currency="", description="", created_at=0, expires_at=0, data={"connected": one["id"]},
    )  # fmt: skip
    stripe_wire.tell(memory, about, "account.updated", _shown(one), now=False)
    memory.changed.set()


def _bring(one: dict[str, Any], to: str) -> None:
    due, shut = _STATES[to]
    one["requirements"] = {
        "currently_due": list(due),
        "past_due": [],
        "disabled_reason": shut or None,
    }
    works = not shut
    one["charges_enabled"] = one["payouts_enabled"] = works
    one["capabilities"] = {"transfers": "active" if works else "inactive"}
    one["details_submitted"] = to != "new"


def _create(account: Account) -> Answer:
    params = stripe_wire.nested(request.form)
    wanted = params.get("capabilities", {}).get("transfers", {}).get("requested")
    if stripe_connect.connected() or params.get("type") != "express" or wanted != "true":
        return error("invalid_request_error", "parameter_invalid", "type or capabilities", 400)
    one = _account(stripe_wire.new_id("acct").replace("acct_", "acct_1"), params)
    _known().append({**one, "platform": account.key, "links": {}})
    return one, 200


def make(memory: State, platform: str, name: str) -> None:
    """Let there be an account of this name, complete, of which nobody is told."""
    with memory.lock:
        one = {**_account(name, {}), "platform": platform, "links": {}}
        _bring(one, "complete")
        memory.contents.connected.append(one)


def _account(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    due, shut = _STATES["new"]
    return {
        "id": name,
        "object": "account",
        "type": "express",
        "country": params.get("country", "US"),
        "created": int(clock.now().timestamp()),
        "email": params.get("email"),
        "metadata": params.get("metadata", {}),
        "capabilities": {"transfers": "inactive"},
        "charges_enabled": False,
        "payouts_enabled": False,
        "details_submitted": False,
        "requirements": {"currently_due": list(due), "past_due": [], "disabled_reason": shut},
    }


def _show(account: Account, name: str) -> Answer:
    found = stripe_connect.find(account, name)
    if found is None:
        return error("invalid_request_error", "resource_missing", "No such account", 404)
    return _shown(found), 200


def _link(account: Account) -> Answer:
    params = stripe_wire.nested(request.form)
    found = stripe_connect.find(account, str(params.get("account", "")))
    if found is None or params.get("type") != "account_onboarding":
        return error("invalid_request_error", "resource_missing", "No such account", 404)
    token, now = stripe_wire.new_id("acct_link"), clock.now().timestamp()
    found["links"][token] = {
        "return_url": params["return_url"],
        "refresh_url": params["refresh_url"],
        "until": now + _LINK_SECONDS,
    }
    return {
        "object": "account_link",
        "created": int(now),
        "expires_at": int(now) + _LINK_SECONDS,
        "url": f"{request.host_url}stripe/connect/{token}",
    }, 200


def _left(one: dict[str, Any], outcome: str) -> Response:
    link = one["links"].pop(one["link"])
    if link["until"] < clock.now().timestamp():
        return lead_to(link["refresh_url"])
    if outcome in _STATES:
        move(state(), one, outcome)
    return lead_to(link["return_url"])


def _linked(token: str) -> dict[str, Any] | None:
    for one in _known():
        if token in one["links"]:
            one["link"] = token
            return one
    return None


def _known() -> list[dict[str, Any]]:
    return state().contents.connected


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    ours = {"platform", "links", "link"}
    return {name: value for name, value in one.items() if name not in ours}
