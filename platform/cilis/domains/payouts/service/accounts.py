"""Accounts as people type them: checked, made plain, and shown by their end alone."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict

from stdnum import bic as bics
from stdnum import iban as ibans

from cilis.domains.payouts.types import Destination, PayeeKind
from cilis.infra import secrets
from cilis.kit.errors import InvalidInput
from cilis.kit.text import nfc

_NUMBER = re.compile("[0-9A-Z]{5,34}")
_CONNECTED = re.compile(r"[A-Za-z0-9_.:-]{5,80}")
_SPACES = re.compile(r"[\s.\-\u00a0\u202f]+")
_SHOWN = 4
SEPA = frozenset(
    re.findall(
        "..",
        "ADALATBEBGCHCYCZDEDKEEESFIFRGBGIGRHRHUIEISITLILTLULVMCMDMEMKMTNLNOPLPTRORSSESISKSMVA",
    )
)
"""Countries that a SEPA credit transfer reaches. Source: European Payments Council, EPC409-09."""


def checked(wish: Destination, gateways: Collection[str]) -> Destination:
    """The account, if it can be one, in plain form.

    Raises:
        InvalidInput: by field: kind, holder, number, bank, bic, provider.
    """
    if wish.kind == PayeeKind.CONNECTED:
        return _connected(wish, gateways)
    found = _iban(wish) if wish.kind == PayeeKind.IBAN else _plain(wish)
    wrong = dict(_faults(found))
    if wrong:
        raise InvalidInput(wrong)
    return found


def hint(account: Destination) -> str:
    """What is shown of an account once it is kept: "DE •••• 3000"."""
    tail = account.number[-_SHOWN:]
    before = {PayeeKind.IBAN: account.number[:2], PayeeKind.ACCOUNT: account.bank}
    return f"{before.get(account.kind, '')} •••• {tail}".strip()


def seal(account: Destination) -> str:
    """An account as it is stored."""
    return secrets.encrypt(json.dumps({**asdict(account), "kind": account.kind.value}))


def _iban(wish: Destination) -> Destination:
    number, bic = (_SPACES.sub("", text).upper() for text in (wish.number, wish.bic))
    return Destination(kind=wish.kind, holder=nfc(wish.holder).strip(), number=number, bic=bic)


def _plain(wish: Destination) -> Destination:
    number, bank = _SPACES.sub("", wish.number).upper(), nfc(wish.bank).strip()
    return Destination(kind=wish.kind, holder=nfc(wish.holder).strip(), number=number, bank=bank)


def _faults(account: Destination) -> Iterator[tuple[str, list[str]]]:
    if not account.holder:
        yield "holder", ["required"]
    if account.kind == PayeeKind.IBAN:
        if not ibans.is_valid(account.number):
            yield "number", ["iban_wrong"]
        if account.bic and not bics.is_valid(account.bic):
            yield "bic", ["bic_wrong"]
        return
    if not _NUMBER.fullmatch(account.number):
        yield "number", ["account_number_wrong"]
    if not account.bank:
        yield "bank", ["required"]


def _connected(wish: Destination, gateways: Collection[str]) -> Destination:
    if wish.provider not in gateways:
        raise InvalidInput({"provider": ["not_a_choice"]})
    number = wish.number.strip()
    if not _CONNECTED.fullmatch(number):
        raise InvalidInput({"number": ["account_number_wrong"]})
    return Destination(kind=wish.kind, number=number, provider=wish.provider)
