"""Tax in gross prices, and how credit notes share it out. Pure.

The rule, also in platform/docs/invoices.md: prices hold their tax. The lines of one rate are added
up first, then the tax in the sum is gross × rate / (100 % + rate), rounded half up to the
currency's minor unit once per rate; net is what is left. So net + tax is always the gross amount.

A credit note takes from what the notes before it left over: its amount is shared out among the
rates in proportion (largest remainder first), and from each rate's tax it takes so much that what
is left has just the tax of that amount. The last one takes all that is left. So no share is ever
negative, the notes of a paper that was credited in full add up to it in every line, and a paper
less its notes is taxed like the money that was kept (`pricing`, and with it the ledger).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cilis.domains.invoices.types import Share

_WHOLE = 10_000
"""Basis points of 100 %."""


def tax_in(gross: int, rate_bp: int) -> int:
    """The tax in an amount that holds it, in minor units."""
    divisor = _WHOLE + rate_bp
    return (2 * gross * rate_bp + divisor) // (2 * divisor)


def shares(lines: Iterable[tuple[int, int, str]]) -> list[Share]:
    """Lines of (gross, rate, name) by rate, the highest rate first."""
    sums: dict[int, Share] = {}
    for gross, rate_bp, name in lines:
        known = sums.get(rate_bp) or Share(rate_bp, name, 0, 0)
        sums[rate_bp] = replace(known, gross=known.gross + gross)
    ordered = sorted(sums.values(), key=lambda share: -share.rate_bp)
    return [replace(share, tax=tax_in(share.gross, share.rate_bp)) for share in ordered]


def left(whole: Sequence[Share], taken: Iterable[Share]) -> list[Share]:
    """What of a paper's shares no credit note has taken yet."""
    rest = {share.rate_bp: share for share in whole}
    for share in taken:
        known = rest[share.rate_bp]
        rest[share.rate_bp] = replace(
            known, gross=known.gross - share.gross, tax=known.tax - share.tax
        )
    return list(rest.values())


def portion(rest: Sequence[Share], amount: int) -> list[Share]:
    """So much of what is left, shared out among the rates; raises ValueError for more."""
    total = sum(share.gross for share in rest)
    if not 0 < amount <= total:
        raise ValueError(f"{amount} of {total}")
    parts = [amount * share.gross // total for share in rest]
    remainders = sorted(
        range(len(rest)), key=lambda n: (-(amount * rest[n].gross % total), -rest[n].rate_bp)
    )
    for n in remainders[: amount - sum(parts)]:
        parts[n] += 1
    return [
        replace(share, gross=part, tax=share.tax - tax_in(share.gross - part, share.rate_bp))
        for share, part in zip(rest, parts, strict=True)
        if part
    ]
