from __future__ import annotations

from uuid import UUID

import pytest
from tests.domains.bookings.conftest import World

from cilis.domains import experts, pricing, tenants
from cilis.domains.experts.service.changes import choose_topics
from cilis.domains.pricing import Base, Commission, RuleWish, Tax
from cilis.infra.db import reading, transaction
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

ADMIN = Viewer(ids.new(), roles=frozenset({"admin"}))


def rule(percent_bp: int, **scope: UUID) -> pricing.Rule:
    return pricing.set_commission(RuleWish(commission=Commission(percent_bp), **scope), ADMIN)


def today(world: World, name: str = "plain") -> pricing.Terms:
    with reading() as session:
        return pricing.terms(session, world.services[name], tenants.organization(session))


def topic(name: str, parent_id: UUID | None = None) -> UUID:
    wish = experts.TopicWish(names={"vi": name, "en": name}, parent_id=parent_id)
    return experts.add_topic(wish, ADMIN).id


def test_the_nearest_rule_holds(world: World) -> None:
    law = topic("Law")
    tax_law = topic("Tax law", law)
    with transaction() as session:
        choose_topics(session, world.expert_id, [tax_law])
    assert today(world).commission == Commission()

    everybody = rule(2_000)
    assert today(world).commission.percent_bp == 2_000
    rule(1_500, topic_id=law)
    assert today(world).commission.percent_bp == 1_500  # the field above the expert's own
    rule(1_200, topic_id=tax_law)
    assert today(world).commission.percent_bp == 1_200
    own = rule(500, expert_id=world.expert_id)
    assert today(world).commission.percent_bp == 500

    pricing.remove_commission(own.id, ADMIN)
    assert today(world).commission.percent_bp == 1_200
    with pytest.raises(pricing.RuleNotFound):
        pricing.remove_commission(own.id, ADMIN)
    assert rule(1_800).id == everybody.id  # one rule for a scope
    with reading() as session:
        assert [each.commission.percent_bp for each in pricing.rules(session)] == [
            1_800,
            1_500,
            1_200,
        ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Commission(10_001), "percent_bp"),
        (Commission(-1), "percent_bp"),
        (Commission(fixed_minor=-1), "fixed_minor"),
        (Commission(minimum_minor=10**15), "minimum_minor"),
    ],
)
def test_a_wrong_commission_names_its_field(world: World, wrong: Commission, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        pricing.set_commission(RuleWish(commission=wrong), ADMIN)
    assert set(refused.value.fields) == {field}


def test_a_rule_is_for_somebody_who_is_there(world: World) -> None:
    with pytest.raises(experts.ExpertNotFound):
        rule(100, expert_id=ids.new())
    with pytest.raises(experts.TopicNotFound):
        rule(100, topic_id=ids.new())
    with pytest.raises(InvalidInput):
        rule(100, topic_id=ids.new(), expert_id=ids.new())


def test_a_service_may_have_a_tax_rate_of_its_own(world: World) -> None:
    service = world.services["plain"].id
    usual = today(world).tax
    reduced = pricing.save_rate(Tax(800, {"vi": "Thuế GTGT 8 %"}, "VN"), ADMIN)
    pricing.tax_service(service, reduced.id, ADMIN)
    assert today(world).tax == Tax(800, {"vi": "Thuế GTGT 8 %"}, "VN")

    with pytest.raises(pricing.RateInUse):
        pricing.remove_rate(reduced.id, ADMIN)
    pricing.tax_service(service, None, ADMIN)
    assert today(world).tax == usual
    pricing.remove_rate(reduced.id, ADMIN)
    with pytest.raises(pricing.RateNotFound):
        pricing.tax_service(service, reduced.id, ADMIN)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Tax(10_001, {"en": "VAT"}, "VN"), "rate_bp"),
        (Tax(800, {"en": " "}, "VN"), "name"),
        (Tax(800, {"en": "x" * 61}, "VN"), "name"),
        (Tax(800, {"en": "VAT"}, "Vietnam"), "country"),
    ],
)
def test_a_wrong_rate_names_its_field(world: World, wrong: Tax, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        pricing.save_rate(wrong, ADMIN)
    assert set(refused.value.fields) == {field}


def test_a_base_is_one_of_two() -> None:
    assert [base.value for base in Base] == ["net", "gross"]
