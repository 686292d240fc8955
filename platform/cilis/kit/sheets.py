"""Tables as CSV files that a spreadsheet opens rightly and without running anything.

A cell of text that begins like a formula is written with an apostrophe before it, as OWASP's
page on CSV injection asks for. Numbers that we made ourselves stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from cilis.kit.money import Money, decimals

Cell = str | int | float | Money | None

_MARK = "\ufeff"  # without it Excel reads UTF-8 as something else
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The file line by line, so that it can be sent while it is written."""
    yield _MARK + _line(header)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[Cell]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([_written(cell) for cell in cells])
    return out.getvalue()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Money):
        places = decimals(cell.currency)
        return f"{cell.minor / 10**places:.{places}f}"
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_DANGEROUS) else cell
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
