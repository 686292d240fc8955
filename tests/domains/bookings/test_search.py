"""What the staff finds, and what figures are made of."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.domains.bookings.conftest import Deliver, World

from cilis.domains import bookings
from cilis.domains.bookings import Booking, BookingState, Search
from cilis.infra.db import reading
from cilis.kit import ids
from cilis.kit.errors import Forbidden


def found(world: World, **search: object) -> list[Booking]:
    with reading() as session:
        return list(bookings.find(session, world.lan, Search(**search)).items)  # type: ignore[arg-type]


def test_by_code_person_state_and_day(world: World, deliver: Deliver) -> None:
    first = world.booked(9)
    deliver()
    second = world.booked(10, day=1)
    deliver()
    third = world.hold(11, world.browser())
    everything = [second.id, third.id, first.id]
    assert [one.id for one in found(world)] == everything
    assert [one.id for one in found(world, soonest=True)] == everything[::-1]

    code = world.see(first).reference
    for words in (code, code.lower(), f" {code[:4]}-{code[4:]} "):
        assert [one.id for one in found(world, words=words)] == [first.id]
    mail = found(world, words="hoa@example.vn")
    assert {one.id for one in mail} == {first.id, second.id}
    assert {one.id for one in found(world, words=str(world.cast.hoa))} == {first.id, second.id}
    theirs = found(world, words="minh@example.vn")
    assert [one.id for one in theirs] == everything  # those with him as the expert
    assert found(world, words="nobody@example.vn") == []
    assert [one.id for one in found(world, state=BookingState.HELD)] == [third.id]
    day = found(world, since=world.at(0, day=1), until=world.at(0, day=2))
    assert [one.id for one in day] == [second.id]


@pytest.mark.parametrize("words", ["", "minh@example.vn"])
def test_pages_go_through_everything_once(world: World, words: str) -> None:
    made = [world.hold(hour, world.browser()).id for hour in (8, 10, 12, 14, 16)]
    seen, cursor = [], None
    with reading() as session:
        for _ in range(3):
            page = bookings.find(
                session, world.lan, Search(words=words, soonest=True), cursor=cursor, limit=2
            )
            seen += [one.id for one in page.items]
            cursor = page.next_cursor
    assert seen == made
    assert cursor is None


def test_for_staff_only(world: World) -> None:
    for viewer in (world.hoa, world.minh, world.browser()):
        with reading() as session, pytest.raises(Forbidden):
            bookings.find(session, viewer, Search())


def test_each_way_to_search_has_an_index(world: World) -> None:
    """Without sequential scans every plan names an index that fits."""
    booking = world.hold(9)
    statements: list[tuple[str, object]] = []

    def note(_c: object, _cur: object, statement: str, values: object, *_more: object) -> None:
        if "FROM bookings" in statement:
            statements.append((statement, values))

    searches = [
        Search(),
        Search(words=booking.reference),
        Search(words=str(world.cast.hoa)),
        Search(state=BookingState.PENDING),
        Search(disputed=True),
    ]
    with reading() as session:
        sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
        try:
            for search in searches:
                bookings.find(session, world.lan, search)
        finally:
            sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        session.execute(sa.text("SET LOCAL enable_sort = off"))
        for statement, values in statements:
            plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", values)
            text = "\n".join(row[0] for row in plan)
            assert "Seq Scan" not in text, text
    assert len(statements) >= len(searches)


def test_facts_by_pages_and_by_id(world: World, deliver: Deliver) -> None:
    made = world.booked(9)
    deliver()
    other = world.hold(11, world.browser())
    with reading() as session:
        first = bookings.facts_page(session, None, 1)
        rest = bookings.facts_page(session, first[-1].id, 10)
        some = bookings.facts(session, [made.id, ids.new()])
    assert [one.id for one in (*first, *rest)] == [made.id, other.id]
    assert [(one.id, one.state, one.price, one.client_id) for one in some] == [
        (made.id, BookingState.CONFIRMED, made.price, world.cast.hoa)
    ]
    assert not hasattr(some[0], "topic_text")
