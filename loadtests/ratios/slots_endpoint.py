"""Two hundred experts with a week of hours, through the API, against reading their busy times.

`slots_hours` is the part of it that computes hours, and `slots_outside` what calendars outside add
to that where every expert has ten entries a week in one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypedDict
from uuid import UUID

import psycopg
from flask import Flask

from cilis.domains import experts, scheduling
from cilis.infra import hosts, provisioning
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock
from cilis.testing.scene import open_scene
from loadtests.ratios.many_experts import fill
from loadtests.ratios.measure import Ratio, compare, seconds
from loadtests.ratios.questions import EXPERTS, Asked, answer
from loadtests.ratios.stage import stage

SHOWN, PAGE = 200, 100  # two of the longest pages
AMONG = 2_000  # experts of the organization
BUSY, OUTSIDE = 30, 10  # sessions and entries elsewhere, of each in the week
WEEK = timedelta(days=7)
_CLAIMS = """
INSERT INTO claims (id, expert_id, during, live, holder_id, starts_at)
SELECT md5(e.id::text || n)::uuid, e.id, tstzrange(at, at + interval '50 min'), true, e.id, at
FROM experts e, generate_series(0, %(last)s) n,
LATERAL (SELECT %(since)s::timestamptz + n * %(apart)s::interval AS at) begins
"""
_ENTRIES = """
INSERT INTO outside_spans (id, expert_id, source_id, during, closed, label, uid)
SELECT md5(e.id::text || n || 'o')::uuid, e.id, e.id, tstzrange(at, at + interval '1 hour'),
       false, 'Work', n::text
FROM experts e, generate_series(%(first)s::integer, %(last)s::integer) n,
LATERAL (SELECT %(since)s::timestamptz + n * %(apart)s::interval AS at) begins
"""
_READING = """
SELECT expert_id, lower(during), upper(during) FROM claims
WHERE live AND expert_id = ANY(%(ids)s) AND during && tstzrange(%(since)s, %(until)s)
"""


class Wanted(TypedDict):
    """Whose hours of which week."""

    ids: list[UUID]
    since: datetime
    until: datetime


def measure() -> list[Ratio]:
    """Seconds for all two hundred."""
    with stage() as (house, app, tenant):
        since = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        other = hosts.by_slug(house.tenants[1].slug)
        for one in (tenant, other):
            with serving(one):
                open_scene()
                fill(one, AMONG)
                _take(one, since, outside=one is other)
        bare = psycopg.connect(house.postgres.url("cilis_owner"), autocommit=True)
        bare.execute(f"SET search_path TO {tenant.schema}, ext")
        wanted = Wanted(ids=_shown(app, tenant, since), since=since, until=since + WEEK)
        services, elsewhere = _services(wanted["ids"]), _services_of(other, app, since)

        def read() -> None:
            assert len(bare.execute(_READING, {**wanted}).fetchall()) >= SHOWN * BUSY

        return [
            compare(
                "slots_endpoint", 2.0, "lower", "s (200 experts, a week)",
                lambda: seconds(lambda: _shown(app, tenant, since), 3), lambda: seconds(read, 9),
            ),
            compare(
                "slots_hours", 2.0, "lower", "s (200 experts, a week)",
                lambda: seconds(_hours(tenant, services, since), 9), lambda: seconds(read, 9),
            ),
            compare(
                "slots_outside", 1.5, "lower", "s (200 experts, a week)",
                lambda: seconds(_hours(other, elsewhere, since), 9),
                lambda: seconds(_hours(tenant, services, since), 9),
            ),
        ]  # fmt: skip


def _take(tenant: Tenant, since: datetime, *, outside: bool) -> None:
    """Sessions for everybody; and entries of calendars outside, far more than the week's."""
    with provisioning.owner() as connection:
        provisioning.run(connection, f"SET search_path TO {tenant.schema}, ext")
        connection.execute(_CLAIMS, {"since": since, "last": BUSY - 1, "apart": WEEK / BUSY})
        if outside:
            span = {"first": -4 * OUTSIDE, "last": 8 * OUTSIDE, "apart": WEEK / OUTSIDE}
            connection.execute(_ENTRIES, {"since": since, **span})
        connection.execute("ANALYZE claims, outside_spans")


def _shown(app: Flask, tenant: Tenant, since: datetime) -> list[UUID]:
    """Two pages of experts who are free in that week, as programs see them."""
    window = {"from": since.isoformat(), "until": (since + WEEK).isoformat()}
    question: Asked = {**window, "limit": PAGE, "facets": "false"}
    first = answer(app, tenant, EXPERTS, question)
    second = answer(app, tenant, EXPERTS, {**question, "cursor": first["next_cursor"]})
    shown = [UUID(item["id"]) for item in (*first["items"], *second["items"])]
    assert len(shown) == SHOWN
    return shown


def _services_of(tenant: Tenant, app: Flask, since: datetime) -> list[experts.ServiceTerms]:
    with serving(tenant):
        return _services(_shown(app, tenant, since))


def _services(ids: list[UUID]) -> list[experts.ServiceTerms]:
    with reading() as session:
        found = experts.services_of(session, ids)
    return [terms for offered in found.values() for terms in offered]


def _hours(
    tenant: Tenant, services: list[experts.ServiceTerms], since: datetime
) -> Callable[[], None]:
    def compute() -> None:
        with serving(tenant), reading() as session:
            scheduling.next_starts(session, services, after=since, days=WEEK.days)

    return compute
