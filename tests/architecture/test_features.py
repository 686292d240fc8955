"""`platform/docs/features.md` is true: what it names exists, and no promised row is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

ROOT = Path(__file__).parents[2]
LIST = ROOT / "platform" / "docs" / "features.md"
PROMISED = ["T1", "T2", "I1", "I2", "E1", "E2", "E3", "F1", "F2", "C1", "C2", "C3", "B1", "B2", "B3", "M1", "M2", "M3", "V1", "N1", "N2", "R1", "A1", "A2", "A3", "X1", "O1", "O2"]  # fmt: skip
NOTHING = {"–", "-", "the API alone", ""}


def rows() -> list[tuple[str, str, str, str]]:
    """Every row of the table: id, pages, operations, tests."""
    found = []
    for line in LIST.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and cells[0] not in {"row", "---"}:
            found.append((cells[0], cells[2], cells[3], cells[4]))
    return found


def named(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def shape(address: str) -> str:
    """An address without the names of its parts: /bookings/<> for /bookings/<uuid:booking_id>."""
    return re.sub(r"<[^>]*>|\{[^}]*\}", "<>", address.partition("?")[0].partition("#")[0])


def test_every_promised_row_is_there() -> None:
    there = {row[0].partition(" ")[0].partition("(")[0] for row in rows()}
    assert [row for row in PROMISED if row not in there] == []


def test_every_page_exists(app: Flask) -> None:
    known = {shape(rule.rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    wrong = [
        (row, page)
        for row, pages, _, _ in rows()
        for page in named(pages)
        if page.startswith("/") and shape(page) not in known
    ]
    assert wrong == []


def test_every_operation_exists(app: Flask) -> None:
    paths = app.test_client().get(
        "/api/openapi.json", base_url=f"http://{_host(app)}"
    ).get_json()["paths"]  # fmt: skip
    known = {
        f"{method.upper()} {shape(path)}"
        for path, operations in paths.items()
        for method in operations
    }
    wrong = [
        (row, operation)
        for row, _, operations, _ in rows()
        for operation in named(operations)
        if f"{operation.partition(' ')[0]} {shape(operation.partition(' ')[2])}" not in known
    ]
    assert wrong == []


def _host(app: Flask) -> str:
    del app
    from cilis.infra import hosts

    return hosts.everyone()[0].host


def shown_by() -> Iterator[tuple[str, str]]:
    """Every test of the list with its row."""
    for row, _, _, cell in rows():
        for test in named(cell):
            yield row, test


@pytest.mark.parametrize(("row", "test"), sorted(set(shown_by())))
def test_every_test_exists(row: str, test: str) -> None:
    place, _, name = test.partition("::")
    path = ROOT / place
    assert path.exists(), (row, test)
    if path.is_dir():
        assert any(path.rglob("test_*.py")), (row, test)
    if name:
        function = name.rpartition("::")[2].partition("[")[0]
        text = path.read_text(encoding="utf-8")
        assert re.search(rf"(def|class) {re.escape(function)}\b", text), (row, test)


def test_every_row_says_what_shows_it() -> None:
    for row, pages, operations, shown in rows():
        assert named(shown), row
        assert named(pages) or pages in NOTHING, row
        assert named(operations) or operations in NOTHING, row
