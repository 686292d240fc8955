"""Amounts as people type them."""

from __future__ import annotations

import re

from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money, decimals

_SIGN = "[A-Z]{3}|[₫đ€$£¥]"
_TYPED = re.compile(rf"\s*({_SIGN})?(?P<digits>[0-9.,'’\s\u00a0\u202f]+)({_SIGN})?\s*", re.ASCII)
_SPACES = re.compile(r"['’\s\u00a0\u202f]")
_WHOLE = re.compile(r"[0-9]{1,15}|[0-9]{1,3}([.,][0-9]{3}){1,4}")
_MOST = 10**15


def write_amount(amount: Money) -> str:
    """An amount as it stands in an input: "550000", "89.50"."""
    places = decimals(amount.currency)
    if not places:
        return str(amount.minor)
    return f"{amount.minor // 10**places}.{amount.minor % 10**places:0{places}}"


def read_amount(text: str, currency: str) -> Money:
    """What somebody typed as an amount: "550.000", "550 000 ₫", "89,5", "1,250.00".

    Behind the last point or comma stand decimals if there are no more digits than the currency
    has; all others group. Raises InvalidInput on ``amount``.
    """
    found = _TYPED.fullmatch(text)
    plain = _SPACES.sub("", found["digits"]) if found else ""
    places = decimals(currency)
    place = max(plain.rfind("."), plain.rfind(","))
    whole, tail = plain, ""
    if place >= 0 and 0 < len(plain) - place - 1 <= places:
        whole, tail = plain[:place], plain[place + 1 :]
    if not _WHOLE.fullmatch(whole) or not (tail or "0").isdecimal():
        raise InvalidInput({"amount": ["not_an_amount"]})
    minor = int(re.sub("[.,]", "", whole)) * 10**places + int(tail.ljust(places, "0") or "0")
    if not 0 < minor < _MOST:
        raise InvalidInput({"amount": ["must_be_positive" if not minor else "not_an_amount"]})
    return Money(minor, currency)
