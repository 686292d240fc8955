"""What the organization says means the same widens a question; nothing else does."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from tests.domains.experts.test_api import Program, field_codes
from tests.domains.search.conftest import find, names
from tests.domains.search.test_words import polyglot

from cilis.domains import search
from cilis.domains.search import Matched
from cilis.domains.search.types.synonyms import MAX_GROUPS, keys, widened
from cilis.infra import audit, db
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast

__all__ = ["polyglot"]

Make = Callable[..., UUID]


@pytest.mark.usefixtures("polyglot")
class TestQuestions:
    @pytest.mark.parametrize(
        "typed",
        ["attorney", "Attorneys", "lawyer", "luật sư", "luat su", "ANWÄLTE", "attorney hanoi",
         "hanoi luật sư", "luật sư hanoi"],
    )  # fmt: skip
    def test_each_word_of_a_group_finds_the_others(
        self, expert_found: Make, lan: Viewer, typed: str
    ) -> None:
        for name, said in (("A", "attorney"), ("B", "luật sư"), ("C", "Anwalt")):
            expert_found(name, headline={"en": f"{said} Hanoi", "de": said})
        expert_found("D", headline={"vi": "Giáo sư"})
        assert find("attorney").total == 1
        search.add_synonyms(["attorney", "lawyer", "luật sư", "Anwalt"], lan)
        found = find(typed)
        assert (sorted(names(found)), found.matched) == (["A", "B", "C"], Matched.ALL)

    def test_what_was_typed_comes_before_what_means_the_same(
        self, expert_found: Make, lan: Viewer
    ) -> None:
        expert_found("A", headline={"vi": "luật gia"}, stars=(5,) * 30)
        expert_found("B", headline={"en": "jurist"})
        search.add_synonyms(["jurist", "luật gia"], lan)
        assert names(find("jurist")) == ["B", "A"]
        assert names(find("luật gia")) == ["A", "B"]

    def test_a_group_that_goes_or_changes_is_forgotten_at_once(
        self, expert_found: Make, lan: Viewer
    ) -> None:
        expert_found("A", headline={"en": "solicitor"})
        made = search.add_synonyms(["barrister", "solicitor"], lan)
        assert names(find("barrister")) == ["A"]
        search.edit_synonyms(made.id, ["barrister", "advocate"], lan)
        assert find("barrister").matched is not Matched.ALL or not find("barrister").ids
        search.edit_synonyms(made.id, ["barrister", "solicitor"], lan)
        assert names(find("barrister")) == ["A"]
        search.remove_synonyms(made.id, lan)
        assert not find("barrister").ids

    def test_anothers_synonyms_do_nothing_here(
        self, expert_found: Make, lan: Viewer, other_tenant: Tenant
    ) -> None:
        expert_found("A", headline={"en": "solicitor"})
        with serving(other_tenant):
            search.add_synonyms(["barrister", "solicitor"], lan)
        assert not find("barrister").ids
        with db.reading() as session:
            assert search.synonyms(session) == []


def test_the_longest_phrase_counts_and_groups_add_up() -> None:
    groups = [["luật sư", "lawyer"], ["luật", "law"], ["lawyer", "attorney"]]
    parts = widened(["luật", "sư", "lawyer"], groups, ())
    forms = [[[word.forms[0] for word in one] for one in (p.typed, *p.others)] for p in parts]
    assert forms == [
        [["luat", "su"], ["lawyer"]],
        [["lawyer"], ["luat", "su"], ["attorney"]],
    ]


def test_a_phrase_of_two_languages_has_no_stem() -> None:
    assert keys(["luật", "lawyers"]) == ["luat lawyers"]
    assert keys(["tax", "returns"]) == ["tax returns", "en=tax en=return", "de=tax de=return"]


class TestTheAdminsWords:
    def test_what_is_refused(self, lan: Viewer, tenant: Tenant) -> None:
        del tenant
        for words, wrong in (
            (["one"], {"words": ["too_few_synonyms"]}),
            (["thuế", "THUE"], {"words": ["too_few_synonyms"]}),
            ([f"w{number}" for number in range(13)], {"words": ["too_many"]}),
            (["tax", "!?"], {"words.1": ["no_word"]}),
            (["a b c d e", "tax"], {"words.0": ["too_many_words"]}),
        ):
            with pytest.raises(InvalidInput) as refusal:
                search.add_synonyms(words, lan)
            assert refusal.value.fields == wrong
        with db.reading() as session:
            assert search.synonyms(session) == []

    def test_no_more_groups_than_may_be(self, lan: Viewer, tenant: Tenant) -> None:
        del tenant
        with db.transaction() as session:
            search.import_synonyms(session, [[f"a{at}", f"b{at}"] for at in range(MAX_GROUPS)])
        with pytest.raises(search.TooManySynonyms):
            search.add_synonyms(["one", "more"], lan)

    def test_a_pack_adds_changes_and_leaves_the_rest(self, lan: Viewer, tenant: Tenant) -> None:
        del tenant
        search.add_synonyms(["own", "mine"], lan)
        with db.transaction() as session:
            first = search.import_synonyms(session, [["a", "b"], ["c", "d"]])
        with db.reading() as session:
            planned = search.import_synonyms(session, [["a", "b", "x"], ["c", "d"]], write=False)
        assert planned == [("change", "a")]
        with db.transaction() as session:
            second = search.import_synonyms(session, [["a", "b", "x"], ["c", "d"]])
            third = search.import_synonyms(session, [["a", "b", "x"], ["c", "d"]])
        assert (first, second, third) == ([("add", "a"), ("add", "c")], [("change", "a")], [])
        with db.reading() as session:
            assert [one.words for one in search.synonyms(session)] == [
                ("a", "b", "x"),
                ("c", "d"),
                ("own", "mine"),
            ]

    def test_each_act_is_written_down(self, lan: Viewer, tenant: Tenant) -> None:
        del tenant
        made = search.add_synonyms(["a", "b"], lan)
        search.edit_synonyms(made.id, ["a", "c"], lan)
        search.remove_synonyms(made.id, lan)
        with db.reading() as session:
            lines = audit.page(session, audit.Question(subject_id=made.id)).items
        assert [(line.action, line.detail["words"]) for line in reversed(lines)] == [
            ("search.synonyms_added", "a, b"),
            ("search.synonyms_changed", "a, c"),
            ("search.synonyms_removed", "a, c"),
        ]
        assert {line.actor_id for line in lines} == {lan.person}


class TestTheApi:
    def test_add_list_change_remove(self, app: Flask, tenant: Tenant, cast: Cast) -> None:
        admin = Program(app, tenant, "lan", cast.password)
        made = admin("POST", "synonyms", json={"words": ["lawyer", "luật sư"]})
        assert made.status_code == 201, made.text
        group = made.get_json()
        assert group["words"] == ["lawyer", "luật sư"]
        assert admin("GET", "synonyms").get_json() == {"items": [group]}
        changed = admin("PUT", f"synonyms/{group['id']}", json={"words": ["a", "b"]})
        assert changed.get_json() == {**group, "words": ["a", "b"]}
        assert admin("DELETE", f"synonyms/{group['id']}").status_code == 204
        gone = admin("DELETE", f"synonyms/{group['id']}")
        assert (gone.status_code, gone.get_json()["code"]) == (404, "synonyms_not_found")
        assert admin("PUT", f"synonyms/{uuid4()}", json={"words": ["a", "b"]}).status_code == 404

    @pytest.mark.parametrize(
        ("body", "field"),
        [({}, "words"), ({"words": ["a"]}, "words"), ({"words": ["a", "x" * 61]}, "words.1"),
         ({"words": ["a", ""]}, "words.1"), ({"words": ["a", "b"], "id": "x"}, "id"),
         ({"words": ["a", "b\x00"]}, "words.1"), ({"words": ["a"] * 13}, "words")],
    )  # fmt: skip
    def test_nonsense_is_told_by_field(
        self, app: Flask, tenant: Tenant, cast: Cast, body: dict[str, object], field: str
    ) -> None:
        answer = Program(app, tenant, "lan", cast.password)("POST", "synonyms", json=body)
        assert (answer.status_code, list(field_codes(answer))) == (422, [field]), answer.text
