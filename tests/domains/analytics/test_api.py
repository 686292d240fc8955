from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from tests.domains.analytics.test_take import past, put, scene
from tests.domains.experts.test_api import Program, field_codes

from cilis.domains import analytics
from cilis.domains.analytics.models import OpenDayRow
from cilis.domains.bookings import BookingState
from cilis.infra import audit, db
from cilis.testing.scene import PASSWORD, Scene

__all__ = ["scene"]


def program(app: Flask, scene: Scene, role: str) -> Program:
    found = Program(app, scene.tenant)
    body = {"email": scene.emails[role], "password": PASSWORD}
    found.bearer = found("POST", "sessions", json=body).get_json()["access_token"]
    return found


@pytest.fixture
def admin(app: Flask, scene: Scene) -> Program:
    return program(app, scene, "admin")


def test_figures_of_some_days(admin: Program, scene: Scene) -> None:
    put(scene, past(scene, datetime(2026, 5, 12, 5, tzinfo=UTC), BookingState.COMPLETED))
    with db.transaction() as session:
        session.add(OpenDayRow(day=date(2026, 5, 12), minutes=600, estimated=False))
    analytics.rebuild()
    days = {"from": "2026-05-10", "until": "2026-05-16"}
    found = admin("GET", "figures", query_string=days).get_json()
    assert (found["period"], found["step"], found["currency"]) == (days, "day", "VND")
    assert found["before"] == {"from": "2026-05-03", "until": "2026-05-09"}
    series = {one["measure"]: one for one in found["series"]}
    assert set(series) == {measure.value for measure in analytics.Measure}
    assert series["sessions"]["value"] == 1
    assert [point["value"] for point in series["sessions"]["points"]] == [0, 0, 1, 0, 0, 0, 0]
    assert (series["fill_rate"]["unit"], series["fill_rate"]["value"]) == ("percent", 10)
    assert series["fill_rate"]["points"][2]["value"] == 10
    assert found["offered_minutes"] == 600
    assert found["estimated_until"] == "2026-05-16"
    months = admin("GET", "figures", query_string={"period": "12m", "step": "month"}).get_json()
    assert len(months["series"][0]["points"]) in {12, 13}
    (leading,) = admin("GET", "figures/experts", query_string=days).get_json()["items"]
    assert (leading["id"], leading["sessions"]) == (str(scene.expert), 1)
    (topic,) = admin("GET", "figures/topics", query_string=days).get_json()["items"]
    assert (topic["sessions"], topic["value_minor"]) == (1, 500_000)


def test_nonsense_is_refused(admin: Program) -> None:
    for wrong, where in (
        ({"from": "2026-05-10"}, {"until": "required"}),
        ({"period": "yes"}, {"period": "not_a_choice"}),
        ({"from": "2026-05-10", "until": "2026-05-01"}, {"until": "end_before_start"}),
        ({"from": "1900-05-10", "until": "2026-05-01"}, {"until": "out_of_range"}),
    ):
        answer = admin("GET", "figures", query_string=wrong)
        assert answer.status_code == 422
        assert field_codes(answer) == where


def test_only_staff_reads(app: Flask, scene: Scene) -> None:
    client = program(app, scene, "client")
    for path in ("figures", "figures/experts", "figures/topics", "audit-entries"):
        assert client("GET", path).status_code == 403
    support = program(app, scene, "support")
    assert support("GET", "figures").status_code == 200
    assert support("GET", "audit-entries").status_code == 403


def test_the_book_of_deeds(admin: Program, scene: Scene) -> None:
    with db.transaction() as session:
        for number in range(3):
            audit.record(
                session, "some.deed", scene.client, actor=scene.support, detail={"n": number}
            )
    query = {"actor_id": str(scene.support), "action": "some.deed", "limit": 2}
    page = admin("GET", "audit-entries", query_string=query).get_json()
    rest = admin(
        "GET", "audit-entries", query_string=query | {"cursor": page["next_cursor"]}
    ).get_json()
    assert {one["detail"]["n"] for one in (*page["items"], *rest["items"])} == {0, 1, 2}
    assert rest["next_cursor"] is None
    assert admin("GET", "audit-entries", query_string={"cursor": "x"}).status_code == 422
