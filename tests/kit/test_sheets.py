from __future__ import annotations

import csv
import io

import pytest

from cilis.kit import sheets
from cilis.kit.money import Money


def read(*rows: list[sheets.Cell]) -> list[list[str]]:
    text = "".join(sheets.lines(["a", "b"], rows))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


@pytest.mark.parametrize("bad", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "\r=1"])
def test_text_that_would_run_is_disarmed(bad: str) -> None:
    assert read([bad, "fine"])[1][0].lstrip("\r\n").startswith("'")


def test_numbers_stay_numbers() -> None:
    rows: list[list[sheets.Cell]] = [
        [-5, 12.5],
        [Money(123_456, "EUR"), Money(-500_000, "VND")],
        [None, 3.0],
    ]
    assert read(*rows, [1_234_567.0, 2])[1:] == [
        ["-5", "12.5"],
        ["1234.56", "-500000"],
        ["", "3"],
        ["1234567", "2"],
    ]


def test_commas_and_quotes_survive() -> None:
    assert read(['He said "no", twice', "ờ"])[1] == ['He said "no", twice', "ờ"]
