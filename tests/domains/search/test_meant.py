"""Did you mean: a near spelling that finds more, out of the organization's own words."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from tests.domains.experts.conftest import service_wish
from tests.domains.experts.test_api import Program
from tests.domains.search.conftest import names

from cilis.domains import search
from cilis.domains.search import Matched, Question
from cilis.domains.search.types.spelling import Vocabulary, distance, respelled
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.viewer import Viewer

Make = Callable[..., UUID]
TEXTS = ("Thừa kế", "Thuế", "Thuê nhà", "Rechtsanwalt", "Nguyễn Văn Dũng", "Tax return", "Kế toán")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("thua kee", "Thừa kế"),
        ("thue nhaa", "Thuê nhà"),  # what stands beside it says which of two words it is
        ("kee toan", "Kế toán"),
        ("rechtsanwlt", "Rechtsanwalt"),
        ("ngueyn van dunk", "Nguyễn Văn Dũng"),
        ("tax retrun", "Tax return"),
        ("thuế retrun", "thuế return"),  # a word with marks stays as it was typed
        ("thue retrun", "thue return"),  # one without may be of two words
        ("xylophone", ""),
        ("xy", ""),
        ("thue", ""),
        ("retu", ""),  # still being typed
        ("!!!", ""),
        ("", ""),
    ],
)
def test_slips_are_put_right(typed: str, meant: str) -> None:
    assert respelled(typed, Vocabulary(TEXTS)) == meant


_WORD = st.text("abc", max_size=6)


@given(_WORD, _WORD, st.integers(0, 3))
def test_a_distance_is_bounded_and_the_same_both_ways(one: str, other: str, most: int) -> None:
    exact = distance(one, other, 99)
    assert distance(one, other, most) == min(exact, most + 1)
    assert exact == distance(other, one, 99)
    assert (exact == 0) == (one == other)
    assert abs(len(one) - len(other)) <= exact <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("typed", "slips"), [("abdc", 1), ("bacd", 1), ("abc", 1), ("abcde", 1), ("axcd", 1), ("ab", 2)]
)
def test_a_slip_is_one(typed: str, slips: int) -> None:
    assert distance(typed, "abcd", 3) == slips


class TestShown:
    def test_a_spelling_is_proposed_that_finds_more(self, expert_found: Make) -> None:
        expert_found("Nguyễn Văn Dũng", topics=["thua-ke"])
        expert_found("Lê An", services=[service_wish(names={"vi": "Hỏi nhanh"})])
        for typed, meant in (
            ("thua kee", "Thừa kế"),
            ("inheritanse", "Inheritance"),
            ("ngueyn van dunk", "Nguyễn Văn Dũng"),
            ("lawyre", "lawyer"),  # another word for a field
        ):
            results, _ = search.shown(Question(words=typed))
            assert results.suggestion == meant
            better, hits = search.shown(Question(words=meant))
            assert (better.matched, better.suggestion) == (Matched.ALL, "")
            assert [hit.card.name for hit in hits] == ["Nguyễn Văn Dũng"]

    def test_words_that_find_enough_are_left_alone(self, expert_found: Make) -> None:
        for number in range(4):
            expert_found(f"Thue {number}", headline={"vi": "thuê"})
        assert search.shown(Question(words="thue"))[0].suggestion == ""
        assert search.shown(Question(words="thuee"))[0].suggestion != ""

    def test_what_would_find_nobody_is_not_proposed(self, expert_found: Make) -> None:
        expert_found("Lê An", topics=["thue"])
        assert search.shown(Question(words="inheritanse"))[0].suggestion == ""  # nobody knows it
        expert_found("Lê Bình", topics=["thua-ke"])
        assert search.shown(Question(words="inheritanse"))[0].suggestion == "Inheritance"
        filtered = Question(words="inheritanse", country="DE")
        assert search.shown(filtered)[0].suggestion == ""

    def test_little_is_compared(self, expert_found: Make) -> None:
        """The typed word stands in one biography; a near one is what many offer."""
        expert_found("A", biography={"vi": "taxx"}, topics=["luat"])
        for number in range(3):
            expert_found(f"B{number}")
        results, hits = search.shown(Question(words="taxx"))
        assert [hit.card.name for hit in hits] == ["A"]
        assert results.suggestion == "Tax"

    def test_the_organizations_synonyms_count(self, expert_found: Make, lan: Viewer) -> None:
        expert_found("A", headline={"en": "solicitor"})
        search.add_synonyms(["barrister", "solicitor"], lan)
        results, _ = search.shown(Question(words="barristre"))
        assert results.suggestion == "barrister"
        assert names(search.find(Question(words=results.suggestion))) == ["A"]

    def test_only_ones_own_words(self, expert_found: Make, other_tenant: Tenant) -> None:
        expert_found("Nguyễn Văn Dũng", topics=["thua-ke"])
        with serving(other_tenant):
            assert search.shown(Question(words="inheritanse"))[0].suggestion == ""


def test_the_api_tells_it(app: Flask, tenant: Tenant, expert_found: Make) -> None:
    expert_found("Nguyễn Văn Dũng", topics=["thua-ke"])
    anybody = Program(app, tenant)
    for words, wanted in (("inheritanse", "Inheritance"), ("inheritance", None), ("", None)):
        body = anybody("GET", "experts", query_string={"words": words}).get_json()
        assert body["suggestion"] == wanted
