from __future__ import annotations

from typing import Any

import pytest
from tests.domains.experts.conftest import Emitted, fill_in, kinds

from cilis.domains import experts
from cilis.domains.experts import TopicImport, TopicWish
from cilis.infra import db
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
