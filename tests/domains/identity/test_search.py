from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from cilis.domains import identity
from cilis.domains.identity import PeopleFound, PeopleQuestion, PersonStatus, Role
from cilis.domains.identity.models import PersonRow
from cilis.domains.identity.queries import search
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import ids

PEOPLE = (
    ("Nguyễn Thị Hoà", "hoa.nguyen@example.vn", "+84 901 234 567", ["client"]),
    ("Trần Văn Hòa", "o'hoa\\x@mail.example", "030 1234 5678", ["client", "expert"]),
    ("Jörg Müller-Weiß", "JMW+shop@Example.DE", "", ["client"]),
    ("Phan Mỹ Lan", "lan@antam.example", "", ["admin"]),
)


@pytest.fixture
def crowd(tenant: Tenant) -> None:
    del tenant
    with transaction() as session:
        for name, email, phone, roles in PEOPLE:
            identity.import_person(session, name=name, email=email, phone=phone, roles=roles)


def find(words: str = "", **more: object) -> PeopleFound:
    with reading() as session:
        return identity.people_page(session, PeopleQuestion(words=words, **more))  # type: ignore[arg-type]


def names(found: PeopleFound) -> Sequence[str]:
    return [person.name.split()[-1] for person in found.items]


@pytest.mark.usefixtures("crowd")
class TestWords:
    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            ("hoa", ["Hoà", "Hòa"]),
            ("HÒA", ["Hoà", "Hòa"]),
            ("nguyen ho", ["Hoà"]),
            ("hoa nguyễn", ["Hoà"]),
            ("hoa.nguyen@example.vn", ["Hoà"]),
            ("hoa.nguyen@exa", ["Hoà"]),
            ("<hoa.nguyen@example.vn>,", ["Hoà"]),
            ("@mail.example", ["Hòa"]),
            ("o'hoa\\x@mail.example", ["Hòa"]),
            ("jmw+shop@example.de", ["Müller-Weiß"]),
            ("muller", ["Müller-Weiß"]),
            ("weiss", ["Müller-Weiß"]),
            ("jorg MULLER", ["Müller-Weiß"]),
            ("0901234567", ["Hoà"]),
            ("+84 901", ["Hoà"]),
            ("0901 234", ["Hoà"]),
            ("+49 30 12345678", ["Hòa"]),
            ("zimmermann", []),
            ("' :* & | ! <-> \\", []),
            ("hoa & !lan | (x", []),
            ("%", []),
            ("hoa@\x00.example", []),
            ("x" * 200, []),
        ],
    )
    def test_finds(self, words: str, expected: list[str]) -> None:
        assert sorted(names(find(words))) == sorted(expected)

    def test_an_id_is_found_whatever_else_is_asked(self) -> None:
        someone = find("lan").items[0]
        assert find(f" {someone.id} ").items == [someone]
        assert find(str(ids.new())).items == []

    def test_a_new_address_or_name_is_found_and_the_old_is_not(self) -> None:
        with transaction() as session:
            identity.import_person(session, name="Phan Mỹ Linh", email="lan@antam.example")
        assert names(find("linh")) == ["Linh"]
        assert names(find("phan lan")) == ["Linh"]  # by the address
        assert names(find("my")) == ["Linh"]

    def test_role_and_status(self) -> None:
        assert names(find(role=Role.EXPERT)) == ["Hòa"]
        assert names(find("hoa", role=Role.EXPERT)) == ["Hòa"]
        assert names(find("lan", role=Role.EXPERT)) == []
        assert find("hoa", status=PersonStatus.SUSPENDED).items == []
        assert len(find(status=PersonStatus.ACTIVE).items) == len(PEOPLE)

    def test_pages_in_the_order_of_names(self) -> None:
        for words in ("", "e"):
            whole = find(words, limit=100).items
            first = find(words, limit=1)
            second = find(words, limit=100, cursor=first.next_cursor)
            assert [*first.items, *second.items] == list(whole)

    def test_who_was_copied_in_is_found_after_the_round(self) -> None:
        with transaction() as session:
            session.execute(sa.update(PersonRow).values(words=""))
        assert find("hoa").items == []
        assert identity.fill_words() == len(PEOPLE)
        assert identity.fill_words() == 0
        assert len(find("hoa").items) == 2


@pytest.mark.usefixtures("crowd")
def test_too_many_are_cut_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "FOUND_AT_MOST", 1)
    assert find("hoa").is_cut
    assert not find("muller").is_cut


@pytest.mark.usefixtures("crowd")
class TestPlans:
    """How a million are searched: never row by row."""

    @pytest.mark.parametrize(
        ("question", "index"),
        [
            (PeopleQuestion(), "people_sort_key_idx"),
            (PeopleQuestion(words="hoa ng"), "people_words_idx"),
            (PeopleQuestion(words="hoa", role=Role.CLIENT), "people_words_idx"),
            (PeopleQuestion(role=Role.SUPPORT), "people_support_idx"),
            (PeopleQuestion(role=Role.ADMIN), "people_admin_idx"),
            (PeopleQuestion(role=Role.EXPERT), "people_expert_idx"),
            (PeopleQuestion(status=PersonStatus.SUSPENDED), "people_suspended_idx"),
        ],
    )
    def test_an_index_answers(self, question: PeopleQuestion, index: str) -> None:
        seen: list[tuple[str, Any]] = []

        def note(_c: object, _cur: object, statement: str, given: Any, *_m: object) -> None:
            if "people" in statement:
                seen.append((statement, given))

        with reading() as session:
            session.execute(sa.text("SET LOCAL enable_seqscan TO off"))
            session.execute(sa.text("SET LOCAL enable_sort TO off"))
            sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
            try:
                identity.people_page(session, question)
            finally:
                sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
            statement, given = seen[-1]
            session.execute(sa.text("SET LOCAL enable_seqscan TO off"))
            plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", given)
            assert index in "\n".join(row[0] for row in plan)
