"""The figures are what plain SQL says, on a hundred thousand bookings put in by COPY."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql

from cilis.domains import analytics
from cilis.domains.analytics import Measure, Period
from cilis.infra import db, provisioning
from cilis.infra.tenancy import Tenant
from cilis.kit import ids
from cilis.testing.scene import Scene, open_scene

BOOKINGS = 100_000
FIRST = datetime(2025, 6, 1, tzinfo=UTC)
DAYS = 540
STATES = ("completed",) * 12 + ("cancelled",) * 3 + ("no_show", "confirmed", "pending", "expired")
PERIODS = (
    Period(date(2026, 3, 1), date(2026, 3, 31)),
    Period(date(2026, 1, 1), date(2026, 12, 31)),
    Period(date(2025, 6, 10), date(2025, 6, 10)),
)


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene(experts_count=12)


@pytest.fixture
def seeded(scene: Scene) -> Scene:
    with provisioning.owner() as connection, connection.transaction():
        path = sql.Identifier(scene.tenant.schema)
        connection.execute(sql.SQL("SET LOCAL search_path TO {}, ext").format(path))
        experts = [row[0] for row in connection.execute("SELECT id FROM experts ORDER BY id")]
        _open_hours(connection, experts)
        _copy_bookings(connection, scene, experts)
        connection.execute("ANALYZE bookings")  # or what follows is planned for empty tables
        _copy_payments(connection)
        connection.execute("ANALYZE attempts")
        _copy_refunds(connection)
        connection.execute("ANALYZE refunds")
    return scene


def _open_hours(connection: psycopg.Connection[Any], experts: list[UUID]) -> None:
    """Each expert came on another day and has other hours, some of them changed or off."""
    connection.execute("DELETE FROM weekly_rules")
    for place, expert in enumerate(experts):
        joined = FIRST + timedelta(days=20 * place)
        connection.execute("UPDATE experts SET verified_at = %s WHERE id = %s", (joined, expert))
        until = date(2026, 3, 10) + timedelta(days=place)
        for day in range(7):
            rules = [(480 - 10 * place, 1080, None, until), (600, 1140, until, None)]
            for start, end, valid_from, valid_until in rules[: 1 + (day + place) % 2]:
                connection.execute(
                    "INSERT INTO weekly_rules VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s)",
                    (expert, day, start, end, valid_from, valid_until),
                )
        for number in range(40):
            day = date(2025, 6, 3) + timedelta(days=13 * number + place)
            kind, start = ("off", 500) if number % 3 else ("extra", 60)
            connection.execute(
                "INSERT INTO exceptions VALUES (gen_random_uuid(), %s, %s, %s, %s, %s)",
                (expert, day, start, start + 200, kind),
            )


def _copy_bookings(connection: psycopg.Connection[Any], scene: Scene, experts: list[UUID]) -> None:
    dice = random.Random(20261123)
    columns = (
        "id reference service_id expert_id expert_person_id client_id starts_at ends_at state"
        " price_minor currency service_name needs_acceptance notice_minutes policy sequence"
        " created_at"
    )
    with connection.cursor().copy(
        f"COPY bookings ({columns.replace(' ', ', ')}) FROM STDIN"
    ) as copy:
        for number in range(BOOKINGS):
            starts = FIRST + timedelta(minutes=15 * dice.randrange(DAYS * 96))
            copy.write_row(
                (
                    ids.new(), f"P{number:07}", scene.service, dice.choice(experts),
                    scene.expert_person, scene.client, starts,
                    starts + timedelta(minutes=dice.choice((30, 60, 90))), dice.choice(STATES),
                    dice.randrange(1, 30) * 50_000, "VND", "{}", False, 0, "{}", 0,
                    starts - timedelta(hours=dice.randrange(1, 400)),
                )
            )  # fmt: skip


def _copy_payments(connection: psycopg.Connection[Any]) -> None:
    """Payments for some of the bookings."""
    connection.execute(
        "INSERT INTO attempts (id, subject_id, payer_id, provider, amount_minor, currency,"
        " description, state, reason, created_at, expires_at, settled_at, provider_reference,"
        " provider_data, asked_step)"
        " SELECT gen_random_uuid(), id, client_id, 'gate', price_minor, currency, '',"
        " 'captured', '', created_at, created_at, created_at + interval '1 minute', '', '{}', -1"
        " FROM bookings WHERE state <> 'expired' AND price_minor % 250000 = 0"
    )


def _copy_refunds(connection: psycopg.Connection[Any]) -> None:
    """Refunds for some of those that were cancelled."""
    connection.execute(
        "INSERT INTO refunds (id, attempt_id, key, amount_minor, currency, reason, asked_at,"
        " settled_at, state, refusal, provider_reference, asked_step)"
        " SELECT gen_random_uuid(), a.id, 'x', greatest(1, a.amount_minor / 2), a.currency, '',"
        " b.created_at, b.created_at + interval '2 days',"
        " CASE WHEN b.price_minor % 3 = 0 THEN 'asked' ELSE 'done' END, '', '', -1"
        " FROM attempts a JOIN bookings b ON b.id = a.subject_id WHERE b.state = 'cancelled'"
    )


_SPANS = (
    "coalesce((SELECT range_agg(int4range(start_minute, end_minute)) FROM {table}"
    " WHERE expert_id = experts.id AND {fits}), '{{}}'::int4multirange)"
)
_OPEN = " ".join(
    (
        _SPANS.format(
            table="weekly_rules",
            fits="weekday = extract(isodow FROM day) - 1 AND day >= coalesce(valid_from, day)"
            " AND day <= coalesce(valid_until, day)",
        ),
        "-",
        _SPANS.format(table="exceptions", fits="exceptions.day = days.day AND kind = 'off'"),
        "+",
        _SPANS.format(table="exceptions", fits="exceptions.day = days.day AND kind = 'extra'"),
    )
)
_PAST = (
    "BETWEEN greatest(CAST(:first AS date), (SELECT min((starts_at AT TIME ZONE"
    " 'Asia/Ho_Chi_Minh')::date) FROM bookings"
    " WHERE state IN ('pending', 'confirmed', 'completed', 'no_show')))"
    " AND least(CAST(:last AS date), CAST(:yesterday AS date))"
)
PLAIN: dict[Measure, str] = {
    Measure.BOOKINGS: "SELECT count(*) FROM bookings"
    " WHERE state NOT IN ('held', 'expired') AND {created_at}",
    Measure.SESSIONS: "SELECT count(*) FROM bookings"
    " WHERE state IN ('confirmed', 'completed', 'no_show') AND {starts_at}",
    Measure.COMPLETED: "SELECT count(*) FROM bookings WHERE state = 'completed' AND {starts_at}",
    Measure.CANCELLED: "SELECT count(*) FROM bookings WHERE state = 'cancelled' AND {starts_at}",
    Measure.NO_SHOWS: "SELECT count(*) FROM bookings WHERE state = 'no_show' AND {starts_at}",
    Measure.REVENUE: "SELECT coalesce(sum(amount_minor), 0) FROM attempts"
    " WHERE state = 'captured' AND {settled_at}",
    Measure.REFUNDS: "SELECT coalesce(sum(amount_minor), 0) FROM refunds"
    " WHERE state = 'done' AND {settled_at}",
    Measure.CANCELLATION_RATE: "SELECT 100.0 * count(*) FILTER (WHERE state = 'cancelled')"
    " / nullif(count(*), 0) FROM bookings"
    " WHERE state NOT IN ('held', 'expired', 'pending') AND {starts_at}",
    Measure.FILL_RATE: "SELECT 100.0 * (SELECT sum(extract(epoch FROM ends_at - starts_at) / 60)"
    " FROM bookings WHERE state IN ('pending', 'confirmed', 'completed', 'no_show')"
    f" AND (starts_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date {_PAST}) / nullif(sum("
    f"(SELECT sum(upper(span) - lower(span)) FROM unnest({_OPEN.replace('{}', '{{}}')}) AS span)"
    "), 0) FROM experts, (SELECT day::date FROM generate_series(CAST(:first AS date),"
    f" CAST(:last AS date), interval '1 day') AS day) AS days WHERE day {_PAST}"
    " AND (verified_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date <= day",
    Measure.NEW_PEOPLE: "SELECT count(*) FROM people WHERE {created_at}",
    Measure.PEOPLE: "SELECT count(*) FROM people WHERE {created_at_until}",
    Measure.NEW_EXPERTS: "SELECT count(*) FROM experts WHERE {verified_at}",
    Measure.EXPERTS: "SELECT count(*) FROM experts WHERE {verified_at_until}",
}


def plain(measure: Measure, period: Period) -> float | None:
    """The measure over a period by plain SQL over the lower rooms' own tables."""

    def day(column: str) -> str:
        return f"({column} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"

    names = ("created_at", "starts_at", "settled_at", "verified_at")
    within = {name: f"{day(name)} BETWEEN :first AND :last" for name in names}
    until = {f"{name}_until": f"{day(name)} <= :last" for name in names}
    with db.patience(30_000), db.reading() as session:
        found = session.scalar(
            sa.text(PLAIN[measure].format(**within, **until)),
            {
                "first": period.first,
                "last": period.last,
                "yesterday": analytics.today(session) - timedelta(days=1),
            },
        )
    return None if found is None else float(found)


@pytest.fixture
def plans() -> Iterator[list[tuple[str, Any]]]:
    """Statements with their values, as they are sent."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cur: Any, statement: str, values: Any, *_more: Any) -> None:
        seen.append((statement, values))

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


@pytest.mark.timeout(540)
def test_figures_equal_plain_sql(
    seeded: Scene, deliver: Callable[[], int], plans: list[tuple[str, Any]]
) -> None:
    counts = analytics.rebuild(batch=2_000)
    assert counts["bookings"] == BOOKINGS
    for period in PERIODS:
        plans.clear()
        with db.reading() as session:
            found = analytics.figures(session, period)
            assert len(plans) <= 5, "constant, whatever the days"
        for measure, question in PLAIN.items():
            series = found.of(measure)
            expected = plain(measure, period), plain(measure, period.before)
            assert (series.value, series.before) == pytest.approx(expected), (measure, period)
            if series.unit is not analytics.Unit.PERCENT and "until" not in question:
                assert sum(point.value or 0 for point in series.points) == series.value
        assert found.of(Measure.FILL_RATE).value, "time was offered and booked"
        with db.reading() as session:
            ranked = analytics.top_experts(session, period, 100)
            topics = analytics.top_topics(session, period, 100)
        assert sum(one.sessions for one in ranked) == found.of(Measure.SESSIONS).value
        assert sum(one.sessions for one in topics) == found.of(Measure.SESSIONS).value
    _unchanged_by_more_deliveries(seeded, deliver)
    _no_walk_through_everything()


def _unchanged_by_more_deliveries(scene: Scene, deliver: Callable[[], int]) -> None:
    """Facts that are delivered again, and again, add nothing."""
    from cilis.domains.analytics.service import BOOKINGS as SOURCE
    from cilis.domains.analytics.service import take_again

    del scene
    with db.reading() as session:
        some = session.scalars(sa.text("SELECT id FROM bookings ORDER BY id LIMIT 700")).all()
        before = analytics.figures(session, PERIODS[1])
    assert take_again(SOURCE, some) == 0
    deliver()
    with db.reading() as session:
        assert analytics.figures(session, PERIODS[1]) == before


def _no_walk_through_everything() -> None:
    """Days and experts' days are found by their keys."""
    period = PERIODS[0]
    with db.reading() as session:
        for table in ("analytics_days", "analytics_expert_days"):
            rows = session.execute(
                sa.text(f"EXPLAIN SELECT * FROM {table} WHERE day BETWEEN :first AND :last"),
                {"first": period.first, "last": period.last},
            )
            plan = "\n".join(row[0] for row in rows)
            assert "Seq Scan" not in plan, plan
