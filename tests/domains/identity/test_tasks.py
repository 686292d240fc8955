from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.domains.identity.conftest import Emitted, logged_in, of_cookie

from cilis.domains import identity
from cilis.domains.identity import Person
from cilis.domains.identity.models import OneTimeToken, PersonRow, SessionRow
from cilis.domains.identity.tasks import keep_tidy
from cilis.infra import tasks
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, current_tenant


def count(table: type) -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_old_sessions_and_links_are_forgotten(hoa: Person, emitted: Emitted) -> None:
    token, viewer = logged_in()
    identity.log_out(viewer)
    kept, _ = logged_in()
    with transaction() as session:
        long_ago = datetime.now(UTC) - timedelta(days=31)  # noqa: TID251
        ended = sa.update(SessionRow).where(SessionRow.ended_at.is_not(None))
        session.execute(ended.values(ended_at=long_ago))
        session.execute(sa.update(OneTimeToken).values(ends_at=long_ago))
        session.execute(sa.update(PersonRow).values(words=""))
    keep_tidy()
    assert (count(SessionRow), count(OneTimeToken)) == (1, 0)
    assert of_cookie(token) is None
    assert of_cookie(kept) is not None
    with reading() as session:
        found = identity.people_page(session, identity.PeopleQuestion(words="hoa"))
    assert [one.id for one in found.items] == [hoa.id]


def test_it_runs_by_the_clock_for_each_organization_once_a_day() -> None:
    name = "cilis.domains.identity.tasks.keep_tidy"
    assert tasks.celery.conf.beat_schedule[name]["task"] == name
    assert name in tasks.celery.tasks
    tenants = [Tenant(f"{n:08x}", f"s{n}", f"t_{n:08x}", f"t_{n:08x}") for n in range(500)]
    start = datetime(2026, 11, 23, tzinfo=UTC)
    turns = [tasks.share(tenants, start + timedelta(minutes=10 * n)) for n in range(144)]
    assert sorted(one.id for turn in turns for one in turn) == [one.id for one in tenants]
    assert max(map(len, turns)) < 20


def test_one_that_fails_does_not_stop_the_others(
    tenant: Tenant, other_tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = []

    @tasks.once_a_day
    def breaks() -> None:
        served.append(current_tenant().id)
        raise RuntimeError

    monkeypatch.setattr(tasks, "share", lambda _all, _at: [tenant, other_tenant])
    task = tasks.celery.tasks[f"{breaks.__module__}.{breaks.__qualname__}"]
    try:
        task.run()
    finally:
        tasks._rounds.popitem()
    assert served == [tenant.id, other_tenant.id]
