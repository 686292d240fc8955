"""VNPay's list of a day, as its merchant portal exports it: a CSV file with a line of names.

Read are the columns TxnRef, Amount (in whole đồng), TransactionNo and TransactionType ("01" a
payment, "02" and "03" refunds), with or without "vnp_" before the name, in any order, between
commas or semicolons. Other columns are left out. VNPay has no call for a list.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from cilis.hooks import Refused
from cilis.hooks.payments import Settled
from cilis.kit.money import Money
from cilis_payment_vnpay import messages

MOST = 200_000
_NEEDED = {"txnref", "amount", "transactionno"}
_REFUNDS = {"02", "03"}


def read(file: bytes) -> list[Settled]:
    """What the file tells; raises Refused when it is no such file."""
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Refused("the file is not UTF-8") from problem
    head, *lines = text.splitlines() or [""]
    mark = ";" if head.count(";") > head.count(",") else ","
    names = [_name(cell) for cell in next(csv.reader([head], delimiter=mark), [])]
    if not set(names) >= _NEEDED:
        raise Refused("the file has no columns TxnRef, Amount and TransactionNo")
    if len(lines) > MOST:
        raise Refused("the file has too many lines")
    return list(_lines(names, csv.reader(lines, delimiter=mark)))


def _lines(names: list[str], rows: Iterator[list[str]]) -> Iterator[Settled]:
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        digits = re.sub(r"[.,\s]", "", row.get("amount", ""))
        if not digits.isascii() or not digits.isdigit():
            raise Refused(f"line {number}: the amount is no number")
        is_refund = row.get("transactiontype", "01").zfill(2) in _REFUNDS
        yield Settled(
            reference="" if is_refund else row.get("txnref", ""),
            amount=Money(int(digits), messages.CURRENCY),
            provider_reference=row.get("transactionno", ""),
            is_refund=is_refund,
            payment_reference=row.get("txnref", "") if is_refund else "",
        )


def _name(cell: str) -> str:
    return cell.strip().lower().removeprefix("vnp_").replace(" ", "").replace("_", "")
