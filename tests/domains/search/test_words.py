"""Words find each other in all their forms, both ways, in each language of the organization."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from tests.domains.experts.conftest import service_wish
from tests.domains.search.conftest import find, names

from cilis.domains import search, tenants
from cilis.domains.search import Matched
from cilis.domains.search.types import terms
from cilis.domains.search.types.stems import stems
from cilis.domains.tenants import Organization
from cilis.infra import db

Make = Callable[..., UUID]
INFLECTED = (
    ("en", "lawyer", "lawyers"),
    ("en", "tax return", "taxes returned"),
    ("en", "consulting", "consultation"),
    ("en", "dispute", "disputes"),
    ("de", "Steuer", "Steuern"),
    ("de", "Beratung", "Beratungen"),
    ("de", "Haus", "Häuser"),
    ("de", "Scheidung", "Scheidungen"),
)


@pytest.fixture
def polyglot(organization: Organization) -> None:
    """The organization speaks German as well."""
    with db.transaction() as session:
        spoken = dataclasses.replace(organization, languages=("vi", "en", "de"))
        tenants.save_organization(session, spoken)
    tenants.forget_organizations()


@pytest.mark.usefixtures("polyglot")
class TestStems:
    @pytest.mark.parametrize(("language", "one", "other"), INFLECTED)
    def test_inflections_meet_both_ways(
        self, expert_found: Make, language: str, one: str, other: str
    ) -> None:
        expert_found("Eins", headline={language: one})
        expert_found("Zwei", headline={language: other})
        for typed in (one, other, f"{one} ", f"{other.upper()}"):
            found = find(typed)
            assert (sorted(names(found)), found.matched) == (["Eins", "Zwei"], Matched.ALL), typed

    def test_biographies_services_and_other_words_too(self, expert_found: Make) -> None:
        expert_found("Bio", biography={"de": "Langjährige Beratungen."})
        expert_found("Dienst", services=[service_wish(names={"vi": "x", "de": "Beratung"})])
        expert_found("Recht", topics=["luat"])
        assert sorted(names(find("beratungen"))) == ["Bio", "Dienst"]
        assert names(find("lawyers")) == ["Recht"]  # another word for the topic, in no language

    def test_a_stem_is_of_its_language(self, expert_found: Make) -> None:
        """The German stem of "Steuern" is "steu": no word, no English text and no name."""
        expert_found("Steu Nguyễn", headline={"en": "Steu, steuer"}, topics=["luat"])
        expert_found("Anna", headline={"de": "Steuern"}, topics=["luat"])
        assert names(find("steuern")) == ["Anna"]

    def test_vietnamese_is_not_inflected(self, expert_found: Make) -> None:
        expert_found("Lê", headline={"vi": "Các bài luận"}, topics=["thue"])
        assert find("luật").matched is Matched.NEAR  # a slip perhaps, no form of the word

    def test_completion_offers_words_not_stems(self, expert_found: Make) -> None:
        expert_found("Anna", services=[service_wish(names={"vi": "x", "en": "Consultations"})])
        for typed in ("en=consult", "en consult", "="):
            assert not search.complete(typed), typed
        assert search.complete("consultat").services


def test_a_language_that_is_not_spoken_has_no_stems() -> None:
    found = terms("lawyers", ("vi", "de"))
    assert found is not None
    assert found.parts[0].typed[0].forms == ("lawyers", "de=lawy")
    assert stems("luật", ("vi", "en", "de")) == []
    assert stems("16", ("en",)) == []


def test_many_threads_stem_alike() -> None:
    words = [f"{begin}{end}" for begin in ("walk", "tax", "hous") for end in ("ing", "es", "ed")]
    wanted, found = [stems(word, ("en",)) for word in words], []

    def work() -> None:
        found.append([stems(word, ("en",)) for word in words])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [wanted] * 8
