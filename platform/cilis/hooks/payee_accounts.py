"""Accounts of payees at a payment company: opened from here, filled in there.

What a provider of `cilis.hooks.payments` may offer beside passing shares on and sending money.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """Whose account is to be opened, or filled in further."""

    reference: str  # the payee's: 32 hex digits, the same for a repeat
    email: str
    country: str  # "DE"; empty where it is not known
    language: str
    return_url: str  # where the payee comes back; it decides nothing
    again_url: str  # where the payee comes who needs another address of the company's page
    account: str = ""  # the company's own name for it, once there is one


@dataclass(frozen=True, slots=True)
class OpenedAccount:
    """The account, and the company's page on which the payee says who they are."""

    account: str
    url: str


@dataclass(frozen=True, slots=True)
class AccountNews:
    """What the company says of an account."""

    account: str
    can_receive: bool  # shares and transfers arrive there
    can_charge: bool
    can_be_paid: bool  # the company pays out from it to the payee's bank
    due: tuple[str, ...]  # what the payee still has to say, in the company's own codes
    at: datetime  # UTC: when it was so
    event_id: str = ""
    obstacle: str = ""  # the company's own code for why it is shut
    raw: Mapping[str, Any] = field(default_factory=dict)  # evidence, nothing about the person


NO_SUCH_ACCOUNT = "no_such_account"


def no_such_account(name: str, at: datetime) -> AccountNews:
    """What is known of an account that the company does not know: nothing arrives there."""
    return AccountNews(
        account=name,
        can_receive=False,
        can_charge=False,
        can_be_paid=False,
        due=(),
        at=at,
        obstacle=NO_SUCH_ACCOUNT,
    )


@runtime_checkable
class OpensAccounts(Protocol):
    """A provider at which payees open accounts; `read_callback` also tells of them."""

    company: str  # its name, as a payee knows it: "Stripe"

    def open_account(self, order: AccountOrder, settings: Mapping[str, str]) -> OpenedAccount:
        """Open an account, or its page again. In the request, no transaction open, 10 seconds.

        A repeat with the same ``reference`` opens no second account.
        """
        ...

    def query_account(self, account: str, settings: Mapping[str, str]) -> AccountNews:
        """Ask how an account stands; `no_such_account` where there is none. In the worker."""
        ...
