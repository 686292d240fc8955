from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from tests.domains.experts.conftest import Emitted, fill_in, kinds

from cilis.domains import experts
from cilis.domains.experts import TopicImport, TopicWish
from cilis.infra import db
from cilis.infra.tenancy import current_tenant, serving
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer


def wish(slug: str, **changes: Any) -> TopicWish:
    return TopicWish(slug=slug, names={"vi": slug.title()}, **changes)


def test_the_tree_in_the_order_of_the_admin(lan: Viewer, tax: experts.Topic) -> None:
    law = experts.add_topic(wish("luat", position=-1), lan)
    experts.add_topic(wish("nha-dat", parent_id=law.id, position=2), lan)
    experts.add_topic(wish("thua-ke", parent_id=law.id, position=1), lan)

    with db.reading() as session:
        roots = experts.topics(session)
    assert [topic.slug for root in roots for topic in root.walk()] == [
        "luat",
        "thua-ke",
        "nha-dat",
        "thue",
    ]


def test_an_address_is_taken_once(lan: Viewer, tax: experts.Topic) -> None:
    with pytest.raises(InvalidInput) as refused:
        experts.add_topic(wish("thue"), lan)
    assert refused.value.fields == {"slug": ["taken"]}


def test_no_circle_no_stranger_no_tower(lan: Viewer, tax: experts.Topic) -> None:
    below = tax
    for depth in range(3):
        below = experts.add_topic(wish(f"tang-{depth}", parent_id=below.id), lan)
    for parent, code in ((below.id, "would_be_circle"), (ids.new(), "not_a_choice")):
        with pytest.raises(InvalidInput) as refused:
            experts.edit_topic(tax.id, wish("thue", parent_id=parent), lan)
        assert refused.value.fields == {"parent_id": [code]}
    with pytest.raises(InvalidInput) as refused:
        experts.add_topic(wish("tang-4", parent_id=below.id), lan)
    assert refused.value.fields == {"parent_id": ["too_deep"]}


def test_a_change_is_told(lan: Viewer, tax: experts.Topic, emitted: Emitted) -> None:
    experts.edit_topic(tax.id, wish("thue", aliases=["quyết toán", "quyết toán"]), lan)

    assert kinds(emitted, experts.TopicChanged) == [experts.TopicChanged(topic_id=tax.id)]
    with db.reading() as session:
        assert experts.topic_by_slug(session, "thue").aliases == ("quyết toán",)


def test_only_an_unused_topic_goes(lan: Viewer, minh: Viewer, tax: experts.Topic) -> None:
    fill_in(minh, tax)
    with pytest.raises(experts.TopicInUse):
        experts.remove_topic(tax.id, lan)
    free = experts.add_topic(wish("trong"), lan)
    experts.remove_topic(free.id, lan)
    with pytest.raises(experts.TopicNotFound):
        experts.remove_topic(free.id, lan)


def test_a_pack_is_applied_once(lan: Viewer, tax: experts.Topic) -> None:
    pack = [
        TopicImport(
            slug="luat",
            names={"vi": "Luật"},
            children=[TopicImport(slug="nha-dat", names={"vi": "Nhà đất"})],
        )
    ]
    with db.transaction() as session:
        assert experts.import_topics(session, pack) == [("add", "luat"), ("add", "nha-dat")]
    with db.transaction() as session:
        assert experts.import_topics(session, pack) == []
    with db.reading() as session:
        slugs = {topic.slug for root in experts.topics(session) for topic in root.walk()}
    assert slugs == {"luat", "nha-dat", "thue"}  # the admin's own stays


class TestPlace:
    def test_up_and_down_and_below_another(self, lan: Viewer, tax: experts.Topic) -> None:
        law = experts.add_topic(wish("luat"), lan)
        health = experts.add_topic(wish("suc-khoe"), lan)
        assert slugs() == ["thue", "luat", "suc-khoe"]
        experts.place_topic(health.id, None, 0, lan)
        assert slugs() == ["suc-khoe", "thue", "luat"]
        experts.place_topic(tax.id, law.id, 5, lan)
        assert slugs() == ["suc-khoe", "luat", "thue"]
        with db.reading() as session:
            assert experts.topic_by_slug(session, "thue").parent_id == law.id

    def test_only_another_parent_is_told(
        self, lan: Viewer, tax: experts.Topic, emitted: Emitted
    ) -> None:
        law = experts.add_topic(wish("luat"), lan)
        experts.place_topic(law.id, None, 0, lan)
        assert kinds(emitted, experts.TopicChanged) == []
        experts.place_topic(tax.id, law.id, 0, lan)
        assert kinds(emitted, experts.TopicChanged) == [experts.TopicChanged(topic_id=tax.id)]

    def test_no_circle(self, lan: Viewer, tax: experts.Topic) -> None:
        below = experts.add_topic(wish("hoan-thue", parent_id=tax.id), lan)
        with pytest.raises(InvalidInput) as refused:
            experts.place_topic(tax.id, below.id, 0, lan)
        assert refused.value.fields == {"parent_id": ["would_be_circle"]}

    def test_two_moves_at_once_make_no_circle(self, lan: Viewer, tax: experts.Topic) -> None:
        law = experts.add_topic(wish("luat"), lan)
        tenant = current_tenant()

        def move(pair: tuple[Any, Any]) -> None:
            with serving(tenant), suppress(InvalidInput):
                experts.place_topic(pair[0], pair[1], 0, lan)

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(move, [(tax.id, law.id), (law.id, tax.id)]))
        assert sorted(slugs()) == ["luat", "thue"]  # in a circle nothing could be reached


def test_who_is_found_under_a_topic_counts_once_up_to_the_root(
    lan: Viewer, minh: Viewer, tax: experts.Topic
) -> None:
    below = experts.add_topic(wish("hoan-thue", parent_id=tax.id), lan)
    empty = experts.add_topic(wish("luat"), lan)
    experts.edit_profile(experts.ProfileChange(topic_ids=[tax.id, below.id]), minh)
    with db.reading() as session:
        assert experts.topic_reach(session) == {tax.id: 1, below.id: 1}
    experts.edit_profile(experts.ProfileChange(topic_ids=[below.id, empty.id]), minh)
    with db.reading() as session:
        assert experts.topic_reach(session) == {tax.id: 1, below.id: 1, empty.id: 1}


class TestMerge:
    def test_everything_goes_over(
        self, lan: Viewer, minh: Viewer, tax: experts.Topic, emitted: Emitted
    ) -> None:
        finance = experts.add_topic(wish("tai-chinh", aliases=["tiền bạc"]), lan)
        experts.add_topic(wish("hoan-thue", parent_id=tax.id), lan)
        fill_in(minh, tax)
        kept = experts.merge_topic(tax.id, finance.id, lan)
        assert set(kept.aliases) == {"tiền bạc", "Thuế", "Tax", "kế toán thuế"}
        assert [child.slug for child in kept.children] == ["hoan-thue"]
        with db.reading() as session:
            assert [one.slug for one in experts.mine(session, minh).topics] == ["tai-chinh"]
            assert experts.topic_usage(session) == {finance.id: 1}
        assert kinds(emitted, experts.TopicMerged) == [
            experts.TopicMerged(topic_id=tax.id, into_id=finance.id)
        ]
        with pytest.raises(experts.TopicNotFound):
            experts.merge_topic(tax.id, finance.id, lan)

    def test_who_has_both_keeps_one(self, lan: Viewer, minh: Viewer, tax: experts.Topic) -> None:
        finance = experts.add_topic(wish("tai-chinh"), lan)
        experts.edit_profile(experts.ProfileChange(topic_ids=[tax.id, finance.id]), minh)
        experts.merge_topic(tax.id, finance.id, lan)
        with db.reading() as session:
            assert [one.slug for one in experts.mine(session, minh).topics] == ["tai-chinh"]

    def test_not_into_itself_nor_below(self, lan: Viewer, tax: experts.Topic) -> None:
        below = experts.add_topic(wish("hoan-thue", parent_id=tax.id), lan)
        for into, code in (
            (tax.id, "not_a_choice"),
            (ids.new(), "not_a_choice"),
            (below.id, "would_be_circle"),
        ):
            with pytest.raises(InvalidInput) as refused:
                experts.merge_topic(tax.id, into, lan)
            assert refused.value.fields == {"into_id": [code]}


def test_an_address_is_made_of_the_name_and_stays(lan: Viewer, tax: experts.Topic) -> None:
    made = experts.add_topic(TopicWish(names={"vi": "Nhà đất", "en": "Property"}), lan)
    assert (made.slug, made.position) == ("nha-dat", 1)
    changed = experts.edit_topic(made.id, TopicWish(names={"vi": "Bất động sản"}), lan)
    assert (changed.slug, changed.position) == ("nha-dat", 1)


def test_names_are_in_the_organizations_languages(lan: Viewer, tax: experts.Topic) -> None:
    for names, field in (({"en": "Law"}, "names.vi"), ({"vi": "Luật", "de": "Recht"}, "names")):
        with pytest.raises(InvalidInput) as refused:
            experts.add_topic(TopicWish(names=names), lan)
        assert list(refused.value.fields) == [field]


def test_in_use_says_by_whom(lan: Viewer, minh: Viewer, tax: experts.Topic) -> None:
    fill_in(minh, tax)
    experts.add_topic(wish("hoan-thue", parent_id=tax.id), lan)
    with pytest.raises(experts.TopicInUse) as refused:
        experts.remove_topic(tax.id, lan)
    assert refused.value.values == {"experts": 1, "topics": 1}


def slugs() -> list[str]:
    with db.reading() as session:
        return [topic.slug for root in experts.topics(session) for topic in root.walk()]
