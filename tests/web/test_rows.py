from __future__ import annotations

import pytest

from cilis.web.views import rows
from cilis.web.views.forms import Typed

FORM = {
    "name": "Lan",
    "experience[0][from]": "1",
    "experience[3][from]": "2",
    "education[0][x]": "e",
}


@pytest.mark.parametrize(
    ("act", "order"),
    [
        ("add:experience", ["", "1", "2"]),
        ("remove:experience:0", ["2"]),
        ("remove:experience:2", ["1", "2"]),
        ("up:experience:1", ["2", "1"]),
        ("up:experience:0", ["1", "2"]),
        ("down:experience:0", ["2", "1"]),
        ("down:experience:1", ["1", "2"]),
        ("", ["1", "2"]),
        ("up:experience:-1", ["1", "2"]),
        ("up:nothing:0", ["1", "2"]),
    ],
)
def test_rows_are_numbered_anew(act: str, order: list[str]) -> None:
    kept = rows.rearranged(Typed(FORM), act)
    numbers = rows.numbers("experience", kept)
    assert [kept[f"experience[{number}][from]"] for number in numbers] == order
    assert (kept["name"], kept["education[0][x]"]) == ("Lan", "e")


def test_a_list_without_rows_shows_an_empty_one() -> None:
    assert rows.numbers("experience", {"experience": ""}) == [0]


def test_not_without_end() -> None:
    many = Typed({f"experience[{number}][from]": str(number) for number in range(60)})
    assert len(rows.numbers("experience", rows.rearranged(many, "up:experience:1"))) == rows.MOST
