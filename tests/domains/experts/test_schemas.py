from __future__ import annotations

from typing import Any

import pytest

from cilis.domains.experts import ProfileChangeSchema, ServiceFormSchema, service_wish
from cilis.domains.experts.schemas import nested


@pytest.mark.parametrize(
    ("flat", "tree"),
    [
        ({"name": "Lan", "headline[vi]": "Thuế"}, {"name": "Lan", "headline": {"vi": "Thuế"}}),
        (
            {
                "experience": [],
                "experience[1][from]": "2012",
                "experience[0][from]": "2008",
                "experience[0][until]": "",
                "experience[2][from]": "",
                "experience[2][title][vi]": "",
            },
            {"experience": [{"from": "2008", "until": None}, {"from": "2012"}]},
        ),
        ({"a[b]": "1", "a": "0"}, {"a": {"b": "1"}}),
        ({"a[": "1"}, {"a": {"a[": "1"}}),
        ({"a[b]": "1", "a[b][c]": "2"}, {"a": {"b": {"c": "2"}}}),
        ({"a[²]": "1"}, {"a": {"²": "1"}}),
        ({"a" + "[b]" * 2000: "1"}, {"a" + "[b]" * 2000: "1"}),
        ({}, {}),
    ],
)
def test_flat_names_become_nested(flat: dict[str, Any], tree: dict[str, Any]) -> None:
    assert nested(flat) == tree


def test_a_profile_form() -> None:
    loaded: Any = ProfileChangeSchema().load(
        {
            "name": "Trần Quang Minh",
            "headline[vi]": "Thuế",
            "headline[en]": "",
            "experience": [],
            "experience[0][from]": "2008",
            "experience[0][until]": "",
            "experience[0][title][vi]": "Cục Thuế",
            "experience[0][place][vi]": "TP. Hồ Chí Minh",
        }
    )
    assert loaded == {
        "name": "Trần Quang Minh",
        "headline": {"vi": "Thuế", "en": ""},
        "experience": [
            {
                "from": 2008,
                "until": None,
                "title": {"vi": "Cục Thuế"},
                "place": {"vi": "TP. Hồ Chí Minh"},
            }
        ],
    }


def test_a_service_form() -> None:
    loaded: Any = ServiceFormSchema().load(
        {
            "names[vi]": "Tư vấn",
            "minutes": "45",
            "price": "550.000 ₫",
            "active": "on",
        }
    )
    wish = service_wish(loaded, "VND")
    assert (wish.price_minor, wish.minutes, wish.active, wish.needs_acceptance) == (
        550_000,
        45,
        True,
        False,
    )
