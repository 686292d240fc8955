"""The way of a change into Elasticsearch, rebuilding without a pause, proving that it is right."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from tests.domains.experts.conftest import kinds, viewer
from tests.domains.search.conftest import EVENINGS, connected, expert, find, local, names
from tests.domains.search.test_refresh import take
from tests.support.elasticsearch.server import Elasticsearch

from cilis.domains import experts, scheduling, search
from cilis.domains.search import commands, service
from cilis.domains.search.models import SearchCard
from cilis.domains.search.service.index import differences, known_versions
from cilis.domains.search.types.documents import KIND, MAPPING
from cilis.infra import db, indices
from cilis.infra import search as infra_search
from cilis.infra.search import Document, NotBuilt, TenantIndex
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.kit.viewer import Viewer

pytestmark = pytest.mark.timeout(1_900)
Make = Callable[..., UUID]
Deliver = Callable[[], int]


@pytest.fixture
def elastic(
    elasticsearch_server: Elasticsearch, tenant: Tenant, topics: dict[str, UUID]
) -> Iterator[Elasticsearch]:
    """An empty index that answers for the tenant being served."""
    del topics
    with connected(elasticsearch_server):
        search.rebuild_all([tenant])
        yield elasticsearch_server


def seen(words: str = "", **more: Any) -> list[str]:
    """Who is found by Elasticsearch, now."""
    TenantIndex(KIND).refresh()
    found = find(words, **more)
    assert (found.engine, found.is_fallback) == ("elasticsearch", False)
    return names(found)


class TestFromEvents:
    def test_who_is_published_changed_suspended(
        self, elastic: Elasticsearch, lan: Viewer, deliver: Deliver
    ) -> None:
        made = expert("Lê An")
        assert seen() == []
        deliver()
        assert seen("le an") == ["Lê An"]
        with db.reading() as session:
            owner = viewer(experts.card(session, made).person_id, "expert")
        experts.edit_profile(experts.ProfileChange(headline={"vi": "Hòa giải"}), owner)
        deliver()
        assert seen("hoa giai") == ["Lê An"]
        experts.suspend(made, "Khiếu nại", lan)
        deliver()
        assert seen() == []
        experts.reinstate(made, lan)
        deliver()
        assert seen() == ["Lê An"]

    def test_a_taken_hour_goes_and_comes_back(
        self, elastic: Elasticsearch, deliver: Deliver
    ) -> None:
        made = expert("Tối", hours=EVENINGS)
        deliver()
        last = (local(2, 20), local(2, 20, 30))
        assert seen(window=last) == ["Tối"]
        claims = [take(made, local(2, hour)) for hour in (18, 19, 20)]
        deliver()
        assert seen(window=last) == []
        with db.transaction() as session:
            scheduling.release(session, claims[-1])
        deliver()
        assert seen(window=last) == ["Tối"]

    def test_nothing_is_told_without_an_engine_beside_us(
        self, topics: dict[str, UUID], emitted: Any, deliver: Deliver
    ) -> None:
        expert("Lê An")
        deliver()
        assert kinds(emitted, search.CardWritten) == []

    def test_before_the_index_is_made_postgresql_answers(
        self, elasticsearch_server: Elasticsearch, topics: dict[str, UUID], deliver: Deliver
    ) -> None:
        with connected(elasticsearch_server):
            expert("Lê An")
            deliver()
            found = find("an")
            assert (found.engine, found.is_fallback, found.total) == ("postgresql", True, 1)
            search.rebuild()
            with pytest.raises(NotBuilt):
                search.verify()


class TestVersions:
    def test_a_late_one_never_wins(self, elastic: Elasticsearch, tenant: Tenant) -> None:
        made = ids.new()
        index = TenantIndex(KIND)
        newer = {"expert_id": str(made), "listed": True, "words": ["newer"]}
        older = {"expert_id": str(made), "listed": True, "words": ["older"]}
        index.write([Document(str(made), 7, newer)])
        index.write([Document(str(made), 6, older)])
        index.write([Document(str(made), 7, older)])
        index.delete({str(made): 5})
        index.refresh()
        assert find("newer", facets=False).ids == (made,)
        index.delete({str(made): 8})
        index.write([Document(str(made), 7, newer)])
        index.refresh()
        assert find("newer", facets=False).ids == ()

    def test_every_writing_has_a_revision_of_its_own(self, expert_found: Make) -> None:
        made = expert_found("Lê An")

        def revision() -> int:
            with db.reading() as session:
                found = session.get(SearchCard, made)
            assert found is not None
            return found.revision

        before = revision()
        search.refresh_times(made)
        service.read_again([made], even_if_known=True)
        assert revision() == before + 2

    def test_many_at_once_end_in_the_truth(self, elastic: Elasticsearch) -> None:
        made = expert("Lê An")
        service.read_again([made])
        wrong: list[BaseException] = []

        def work() -> None:
            for _ in range(15):
                try:
                    search.refresh_times(made)
                    service.bring([made])
                except BaseException as problem:  # noqa: BLE001 - shown below
                    wrong.append(problem)

        threads = [threading.Thread(target=copy_context().run, args=(work,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert list(differences()) == []


class TestRebuild:
    def test_all_into_a_new_index_while_the_old_one_answers(
        self, elastic: Elasticsearch, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = {expert(f"Thuế {number}") for number in range(7)}
        service.read_again(made)
        search.rebuild_all([tenant])
        during: list[int] = []
        search.rebuild_all(
            [tenant], batch=2, told=lambda _: lambda _: during.append(find("thue").total)
        )
        assert during == [7, 7, 7, 7]
        assert find("thue").engine == "elasticsearch"
        assert search.verify().is_clean

    def test_what_is_written_meanwhile_is_not_lost(
        self, elastic: Elasticsearch, tenant: Tenant
    ) -> None:
        first = expert("Lê An")
        late: list[UUID] = []

        def meanwhile(_: int) -> None:
            if not late:
                late.append(expert("Trần Muộn"))
                service.read_again(late)
                search.refresh_times(first)

        search.rebuild_all([tenant], told=lambda _: meanwhile)
        assert set(seen()) == {"Lê An", "Trần Muộn"}
        assert search.verify().is_clean

    def test_stopped_it_goes_on(self, elastic: Elasticsearch, tenant: Tenant) -> None:
        made = sorted(expert(f"E{number}") for number in range(6))

        def stop(done: int) -> None:
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            search.rebuild_all([tenant], batch=2, told=lambda _: stop)
        half, begun = indices.begin(KIND, None, MAPPING)
        assert begun
        TenantIndex(KIND, index=half).refresh()
        before = known_versions(made, index=half)
        assert set(before) == set(made[:4])
        search.rebuild_all([tenant], batch=2)
        TenantIndex(KIND).refresh()
        with db.reading() as session:
            rows = session.execute(sa.select(SearchCard.expert_id, SearchCard.revision))
            revisions = {row.expert_id: row.revision for row in rows}
        assert {one: revisions[one] for one in before} == before  # these were not read again
        assert set(find(limit=10).ids) == set(made)
        assert search.verify().is_clean

    def test_from_the_copy_alone_nobody_is_read_again(
        self, elastic: Elasticsearch, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = [expert(f"Thuế {number}") for number in range(7)]
        service.read_again(made)
        gone = ids.new()
        with db.transaction() as session:
            session.add(SearchCard(expert_id=gone))  # known, and not listed
            revisions = session.execute(sa.select(SearchCard.expert_id, SearchCard.revision))
            before = {row.expert_id: row.revision for row in revisions}
        monkeypatch.setattr(service.index, "BATCH", 2)
        told: list[int] = []

        def stop(done: int) -> None:
            told.append(done)
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            search.rebuild_all([tenant], told=lambda _: stop, from_copy=True)
        assert told == [2, 4]
        search.rebuild_all([tenant], from_copy=True)
        assert len(seen("thue", limit=10)) == 7
        assert known_versions([*made, gone], index="") == before
        with db.reading() as session:
            rows = session.execute(sa.select(SearchCard.expert_id, SearchCard.revision))
            assert {row.expert_id: row.revision for row in rows} == before
        ran = CliRunner().invoke(commands.group, ["rebuild", "--from-copy", tenant.slug])
        assert ran.exit_code == 0, ran.output

    def test_a_large_tenant_has_an_index_to_itself(
        self, elasticsearch_server: Elasticsearch, tenant: Tenant, other_tenant: Tenant,
        topics: dict[str, UUID],
    ) -> None:  # fmt: skip
        with connected(elasticsearch_server, own=[tenant.slug]):
            expert("Lê An")
            done = search.rebuild_all([tenant, other_tenant])
            assert done == {tenant.slug: 1, other_tenant.slug: 0}
            assert infra_search.alias(KIND, tenant) != infra_search.alias(KIND, other_tenant)
            assert seen() == ["Lê An"]
            search.rebuild()
            assert seen() == ["Lê An"]
            with serving(other_tenant):
                assert find().total == 0

    def test_a_missing_index_is_made_once(
        self, elasticsearch_server: Elasticsearch, tenant: Tenant, topics: dict[str, UUID]
    ) -> None:
        assert not search.build_if_missing([tenant])  # no Elasticsearch is set
        expert("Lê An")
        with connected(elasticsearch_server):
            assert search.build_if_missing([tenant])
            assert seen() == ["Lê An"]
            assert not search.build_if_missing([tenant])

    def test_by_the_commands(
        self, elastic: Elasticsearch, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = expert("Lê An")
        ran = CliRunner().invoke(commands.group, ["rebuild", tenant.slug])
        assert (ran.exit_code, seen()) == (0, ["Lê An"]), ran.output
        TenantIndex(KIND).delete({str(made): 10**6})
        service.index.TenantIndex(KIND).write(
            [Document(str(stranger := ids.new()), 3, {"expert_id": str(stranger), "listed": True})]
        )
        told = CliRunner().invoke(commands.group, ["verify", tenant.slug])
        assert told.exit_code == 1
        assert f"{made}: copy" in told.output
        assert f"{stranger}: copy nothing, index 3" in told.output


class TestVerify:
    def test_names_what_is_stale_in_the_copy(
        self, elastic: Elasticsearch, tenant: Tenant, deliver: Deliver
    ) -> None:
        made = expert("Lê An")
        found = search.verify()
        assert found.stale == [made]
        assert CliRunner().invoke(commands.group, ["verify", tenant.slug, "--mend"]).exit_code == 0
        assert search.verify().is_clean

    def test_the_checksum_follows_the_revisions(self, elastic: Elasticsearch) -> None:
        made = expert("Lê An")
        service.read_again([made])
        first = search.verify().checksum
        search.refresh_times(made)
        assert search.verify().checksum != first
