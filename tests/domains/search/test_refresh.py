from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session
from tests.domains.experts.conftest import Emitted, kinds, service_wish, viewer
from tests.domains.search.conftest import EVENINGS, MORNINGS, expert, find, local, names

from cilis.domains import experts, scheduling, search
from cilis.domains.search import Sort, commands
from cilis.domains.search.models import SearchCard, SearchOffer
from cilis.domains.search.queries import completion
from cilis.domains.search.service.refresh import refresh_stale
from cilis.infra import db, provisioning
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.viewer import Viewer

Make = Callable[..., UUID]
Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]


def card(expert_id: UUID) -> SearchCard:
    with db.reading() as session:
        found = session.get(SearchCard, expert_id)
    assert found is not None
    return found


def take(expert_id: UUID, starts_at: datetime) -> UUID:
    with db.transaction() as session:
        (terms, *_) = experts.services_of(session, [expert_id])[expert_id]
        claim = scheduling.claim(session, terms, starts_at, ids.new())
    assert claim is not None
    return claim


def test_a_published_expert_appears_by_the_event(topics: dict[str, UUID], deliver: Deliver) -> None:
    expert("Lê An")
    assert find().total == 0
    deliver()
    assert names(find("le an")) == ["Lê An"]


def test_a_change_a_rating_and_a_suspension_follow(
    expert_found: Make, lan: Viewer, deliver: Deliver
) -> None:
    made = expert_found("Lê An")
    with db.reading() as session:
        owner = experts.card(session, made).person_id
    change = experts.ProfileChange(headline={"vi": "Hòa giải"})
    experts.edit_profile(change, viewer(owner, "expert"))
    with db.transaction() as session:
        experts.record_rating(session, made, 5)
    deliver()
    assert names(find("hoa giai", rating_min=5)) == ["Lê An"]
    experts.suspend(made, "Khiếu nại", lan)
    deliver()
    assert find().total == 0
    experts.reinstate(made, lan)
    deliver()
    assert find().total == 1


def test_a_taken_hour_goes_and_a_released_one_comes_back(
    expert_found: Make, deliver: Deliver
) -> None:
    made = expert_found("Tối", hours=EVENINGS)
    last = (local(2, 20), local(2, 20, 30))
    assert names(find(window=last)) == ["Tối"]
    claims = [take(made, local(2, hour)) for hour in (18, 19, 20)]
    deliver()
    assert names(find(window=last)) == []
    with db.transaction() as session:
        scheduling.release(session, claims[-1])
    deliver()
    assert names(find(window=last)) == ["Tối"]


def test_new_hours_count(expert_found: Make, deliver: Deliver) -> None:
    made = expert_found("Sáng")
    evening = (local(3, 18), local(3, 21))
    assert find(window=evening).total == 0
    scheduling.set_week(made, EVENINGS)
    deliver()
    assert find(window=evening).total == 1


def test_hours_kept_for_one_mode_count_for_its_services(
    expert_found: Make, deliver: Deliver
) -> None:
    """The window is one, the services are two: each has the free time of its own hours."""
    services = [
        service_wish(names={"vi": mode}, minutes=60, mode=mode, place=place, notice_minutes=0)
        for mode, place in (
            (experts.ServiceMode.VIDEO, ""),
            (experts.ServiceMode.IN_PERSON, "12 Lê Lợi"),
        )
    ]
    made = expert_found("Lê An", hours=MORNINGS, services=services)
    morning = local(2, 9), local(2, 11)
    assert find(mode="video", window=morning).total == 1
    week = [rule.kept_for(scheduling.Venue("in_person")) for rule in MORNINGS]
    scheduling.set_week(made, week)
    deliver()
    assert find(mode="video", window=morning).total == 0
    assert find(mode="in_person", window=morning).total == 1
    with db.reading() as session:
        kept = session.execute(
            sa.select(SearchOffer.mode, sa.func.cardinality(SearchOffer.runs_since)).where(
                SearchOffer.expert_id == made
            )
        ).all()
    assert {mode: bool(count) for mode, count in kept} == {"video": False, "in_person": True}


def test_a_renamed_topic_is_found_by_its_new_words(
    expert_found: Make, topics: dict[str, UUID], lan: Viewer, deliver: Deliver
) -> None:
    expert_found("Huy", topics=["nha-dat"])
    experts.edit_topic(
        topics["luat"], experts.TopicWish(slug="luat", names={"vi": "Pháp chế"}), lan
    )
    deliver()
    assert names(find("phap che")) == ["Huy"]
    assert find("lawyer").total == 0


class TestVersions:
    def test_a_known_version_is_not_written_again(self, expert_found: Make) -> None:
        made = expert_found("Lê An")
        assert search.read_again([made]) == 0
        assert search.read_again([made, made]) == 0

    def test_a_late_one_never_wins(self, expert_found: Make) -> None:
        made = expert_found("Lê An")
        with db.transaction() as session:  # as if a newer reading had been written before
            session.execute(
                sa.update(SearchCard)
                .where(SearchCard.expert_id == made)
                .values(version=SearchCard.version + 5, fuzzy="newer")
            )
        search.read_again([made])
        assert card(made).fuzzy == "newer"

    def test_many_at_once_end_in_the_truth(self, expert_found: Make) -> None:
        made = expert_found("Lê An")
        with db.reading() as session:
            owner = viewer(experts.card(session, made).person_id, "expert")
        stop = threading.Event()
        wrong: list[BaseException] = []

        def read_on() -> None:
            while not stop.is_set():
                try:
                    search.read_again([made])
                    search.refresh_times(made)
                except BaseException as problem:  # noqa: BLE001 - shown below
                    wrong.append(problem)
                    return

        threads = [threading.Thread(target=copy_context().run, args=(read_on,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(10):
            experts.edit_profile(experts.ProfileChange(headline={"vi": f"số {number}"}), owner)
        stop.set()
        for thread in threads:
            thread.join()
        search.read_again([made])

        assert wrong == []
        assert card(made).fuzzy.startswith("le an so 9")

    def test_an_unknown_expert_leaves_only_a_stub(self, topics: dict[str, UUID]) -> None:
        stranger = ids.new()
        search.read_again([stranger])
        search.refresh_times(stranger)
        assert not card(stranger).listed
        assert find().total == 0


class TestTimer:
    def test_rings_when_the_next_start_passes(
        self, expert_found: Make, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = expert_found(
            "Tối",
            hours=[
                scheduling.WeeklyRule(local(1, 18).weekday(), 18 * 60, 19 * 60),
                scheduling.WeeklyRule(local(3, 18).weekday(), 18 * 60, 19 * 60),
            ],
        )
        deliver()
        second = local(3, 18)
        assert card(made).next_start_at == local(1, 18)
        clock_forward(local(1, 18, 16) - clock.now())  # the last start was 18:15
        deliver()
        assert card(made).next_start_at == second

    def test_one_at_a_time(self, expert_found: Make, emitted: Emitted, deliver: Deliver) -> None:
        made = expert_found("Sáng")
        deliver()
        waiting = len(kinds(emitted, search.CardStale))
        for _ in range(5):
            search.refresh_times(made)
            search.read_again([made])
        assert len(kinds(emitted, search.CardStale)) == waiting

    def test_an_old_one_is_ignored(self, expert_found: Make) -> None:
        made = expert_found("Sáng")
        before = card(made).stale_at
        refresh_stale(made, clock.now())
        assert card(made).stale_at == before

    def test_it_goes_on_for_ever(
        self, expert_found: Make, deliver: Deliver, clock_forward: Forward
    ) -> None:
        made = expert_found("Sáng")
        for _ in range(4):
            waits_for = card(made).stale_at
            assert waits_for is not None
            clock_forward(waits_for - clock.now() + timedelta(seconds=1))
            deliver()
            found = card(made)
            assert found.stale_at is not None
            assert found.stale_at > waits_for
            assert found.next_start_at > clock.now()


class TestRebuild:
    def test_fills_an_empty_copy_in_batches(self, topics: dict[str, UUID]) -> None:
        wanted = {expert(f"E{number}") for number in range(5)}
        told: list[int] = []
        assert search.rebuild(batch=2, told=told.append) == 5
        assert told == [2, 4, 5]
        assert set(find().ids) == wanted

    def test_again_changes_nothing_and_strangers_go(self, expert_found: Make) -> None:
        made = expert_found("Lê An")
        search.read_again([ids.new()])
        search.rebuild()
        search.rebuild()
        with db.reading() as session:
            assert session.scalars(sa.select(SearchCard.expert_id)).all() == [made]

    def test_by_the_command(self, tenant: Tenant, topics: dict[str, UUID]) -> None:
        expert("Lê An")
        ran = CliRunner().invoke(commands.group, ["rebuild", tenant.slug])
        assert ran.exit_code == 0, ran.output
        assert "1 experts" in ran.output
        assert find().total == 1


class TestIndexes:
    """Each index is used by its question as soon as there are some thousand experts."""

    @pytest.fixture(autouse=True)
    def _many(self, tenant: Tenant, topics: dict[str, UUID]) -> None:
        del topics
        with db.transaction() as session:
            session.execute(
                sa.insert(SearchCard),
                [
                    {
                        "expert_id": ids.new(),
                        "listed": True,
                        "words": f"'e{number}':1A",
                        "fuzzy": f"e{number}",
                        "topic_ids": [ids.new()],
                        "standing": number / 3000,
                    }
                    for number in range(3000)
                ],
            )
        with provisioning.owner() as connection:  # only the owner may; autovacuum does it else
            provisioning.run(connection, f"ANALYZE {tenant.schema}.search_cards")

    @pytest.mark.parametrize(
        ("condition", "index"),
        [
            ("words @@ '''thue'':*'::tsquery", "search_cards_words_idx"),
            ("ts_filter(words, '{a}') @@ '''thue'':*'::tsquery", "search_cards_names_idx"),
            ("fuzzy %> 'nguyen van'", "search_cards_fuzzy_idx"),
            (
                "topic_ids @> ARRAY['00000000-0000-0000-0000-000000000001']::uuid[]",
                "search_cards_topic_ids_idx",
            ),
        ],
    )
    def test_of_conditions(self, condition: str, index: str) -> None:
        assert index in plan(f"SELECT expert_id FROM search_cards WHERE listed AND {condition}")

    @pytest.mark.parametrize(
        ("order", "index"),
        [
            ("standing DESC, expert_id DESC", "search_cards_standing_idx"),
            ("stars DESC, expert_id DESC", "search_cards_stars_idx"),
            ("next_start_at, expert_id", "search_cards_next_idx"),
            ("price_min, expert_id", "search_cards_price_idx"),
            ("experience_years DESC, expert_id DESC", "search_cards_experience_idx"),
        ],
    )
    def test_of_orders(self, order: str, index: str) -> None:
        steps = plan(f"SELECT expert_id FROM search_cards WHERE listed ORDER BY {order} LIMIT 21")
        assert index in steps
        assert "Sort" not in steps

    def test_of_services_of_cards_that_can_fit(self, tenant: Tenant) -> None:
        """As PostgreSQL chooses by itself: services are looked up card by card, never all read."""
        with provisioning.owner() as connection:
            provisioning.run(connection, f"SET search_path TO {tenant.schema}, ext")
            connection.execute(
                "INSERT INTO search_offers (service_id, expert_id, names, words, minutes, mode,"
                " price_minor, free, next_start_at)"
                " SELECT md5(expert_id::text || n)::uuid, expert_id, '{}', '', 30 * n, 'video',"
                " 1000 * n, c.free, now() FROM search_cards c, generate_series(1, 3) n"
            )
            provisioning.run(connection, "ANALYZE search_offers")
        with listening("search_offers") as sent:
            find(window=(local(2, 9), local(2, 12)), price_max=2_000, sort=Sort.RATING)
            find(duration_minutes=60, mode="video", price_min=1_000)
        assert len(sent) == 4  # a page and its counts, twice
        with db.reading() as session:
            for statement, values in sent:
                steps = _explained(session, statement, values)
                assert "search_offers_expert_id_idx" in steps, steps
                assert "Seq Scan on search_offers" not in steps, steps
                assert "hashed SubPlan" not in steps, steps

    def test_of_completion_where_nothing_begins_so(self) -> None:
        """So few rows are wanted that the planner would rather read all to find that none is."""
        with listening("LIMIT") as sent, db.reading() as session:
            completion.complete(session, "zzz")
            steps = _explained(session, *sent[0])
        assert "search_cards_names_idx" in steps, steps
        assert "search_offers_words_idx" in steps, steps


@contextmanager
def listening(mark: str) -> Iterator[list[tuple[str, Any]]]:
    """Statements in which this stands, with their values, as they were sent."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cur: object, statement: str, values: Any, *_more: object) -> None:
        if mark in statement:
            sent.append((statement, values))

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


def _explained(session: Session, statement: str, values: Any) -> str:
    told = session.connection().exec_driver_sql(f"EXPLAIN {statement}", values)
    return "\n".join(row[0] for row in told)


def plan(statement: str) -> str:
    with db.reading() as session:
        for setting in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
            if setting != "enable_bitmapscan" or "ORDER BY" in statement:
                session.execute(sa.text(f"SET LOCAL {setting} TO off"))
        rows = session.connection().exec_driver_sql(f"EXPLAIN {statement}".replace("%", "%%"))
        return "\n".join(row[0] for row in rows)
