from __future__ import annotations

from datetime import date

from tests.domains.analytics.test_take import scene

from cilis.domains import experts, scheduling
from cilis.domains.scheduling import DayException, ExceptionKind, WeeklyRule
from cilis.infra import db
from cilis.testing.scene import Scene

__all__ = ["scene"]
MONDAY = date(2026, 5, 11)


def test_rules_exceptions_and_their_days(scene: Scene) -> None:
    week = [WeeklyRule(0, 540, 720), WeeklyRule(1, 540, 600, date(2026, 5, 13), None)]
    with db.transaction() as session:
        scheduling.import_hours(
            session,
            scene.expert,
            week,
            [
                DayException(MONDAY, 600, 660, ExceptionKind.OFF),
                DayException(date(2026, 5, 14), 0, 30, ExceptionKind.EXTRA),
            ],
        )
    with db.reading() as session:
        found = scheduling.offered_minutes(session, [scene.expert], MONDAY, date(2026, 5, 19))
    assert found == {
        scene.expert: {
            MONDAY: 120,
            date(2026, 5, 14): 30,
            date(2026, 5, 18): 180,
            date(2026, 5, 19): 60,
        }
    }


def test_facts_of_experts(scene: Scene) -> None:
    with db.reading() as session:
        (fact,) = experts.facts(session, [scene.expert, scene.client])
        card = experts.card(session, scene.expert)
    assert (fact.id, fact.person_id, fact.topic_id) == (card.id, card.person_id, card.topic_ids[0])
    assert fact.verified_at is not None
