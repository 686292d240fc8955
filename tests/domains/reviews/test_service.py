from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.domains.experts.conftest import Emitted, kinds
from tests.domains.reviews.conftest import expert_of, session_with

from cilis.domains import bookings, experts, reviews, search
from cilis.domains.bookings import BookingState
from cilis.infra import db
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer


class TestWrite:
    def test_counts_at_once(self, minh: Viewer, hoa: Viewer, emitted: Emitted) -> None:
        booking = session_with(minh, hoa)
        made = reviews.write(booking, 5, " Rất rõ ràng. ", hoa, marks={"clarity": 5})

        who = expert_of(minh)
        assert (made.text, made.author_label, made.marks) == ("Rất rõ ràng.", "Hoa", {"clarity": 5})
        assert kinds(emitted, reviews.ReviewWritten) == [
            reviews.ReviewWritten(review_id=made.id, expert_id=who, client_id=hoa.person)
        ]
        with db.reading() as session:
            card = experts.card(session, who)
            assert (card.rating, card.rating_count) == (5.0, 1)
            assert reviews.distribution(session, who).counts == {5: 1, 4: 0, 3: 0, 2: 0, 1: 0}
            assert reviews.of_bookings(session, [booking]) == {booking: made}
            assert not reviews.may_write(session, hoa, booking)

    def test_once(self, minh: Viewer, hoa: Viewer) -> None:
        booking = session_with(minh, hoa)
        reviews.write(booking, 5, "Tốt", hoa)
        with pytest.raises(reviews.AlreadyReviewed):
            reviews.write(booking, 1, "Đổi ý", hoa)
        who = expert_of(minh)
        with db.reading() as session:
            assert experts.card(session, who).rating_count == 1

    @pytest.mark.parametrize(
        "state", [state for state in BookingState if state is not BookingState.COMPLETED]
    )
    def test_only_what_took_place(self, minh: Viewer, hoa: Viewer, state: BookingState) -> None:
        booking = session_with(minh, hoa, state)
        with pytest.raises(reviews.NotReviewable):
            reviews.write(booking, 5, "", hoa)
        with db.reading() as session:
            assert not reviews.may_write(session, hoa, booking)

    def test_only_by_its_client(self, minh: Viewer, hoa: Viewer, lan: Viewer) -> None:
        booking = session_with(minh, hoa)
        with db.reading() as session:
            assert reviews.may_write(session, hoa, booking)
            assert not reviews.may_write(session, Viewer(), booking)
            assert not reviews.may_write(session, hoa, ids.new())
        for other in (minh, lan):
            with pytest.raises(reviews.NotReviewable):
                reviews.write(booking, 5, "", other)
        with pytest.raises(bookings.BookingNotFound):
            reviews.write(ids.new(), 5, "", hoa)

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            ({"stars": 0}, "stars"),
            ({"stars": 6}, "stars"),
            ({"text": "x" * 4001}, "text"),
            ({"marks": {"clarity": 6}}, "marks.clarity"),
            ({"marks": {"beauty": 1}}, "marks.beauty"),
        ],
    )
    def test_nonsense(self, minh: Viewer, hoa: Viewer, wish: dict[str, Any], field: str) -> None:
        values = {"stars": 5, "text": "", **wish}
        with pytest.raises(InvalidInput) as refused:
            reviews.write(session_with(minh, hoa), viewer=hoa, **values)
        assert list(refused.value.fields) == [field]


class TestEdit:
    def test_the_average_follows(self, minh: Viewer, hoa: Viewer, emitted: Emitted) -> None:
        made = reviews.write(session_with(minh, hoa), 2, "Tạm", hoa, marks={"clarity": 2})
        changed = reviews.edit(made.id, 5, " Tốt hơn tôi nghĩ ", hoa, marks={"knowledge": 5})
        assert (changed.stars, changed.text, changed.marks) == (
            5,
            "Tốt hơn tôi nghĩ",
            {"knowledge": 5},
        )
        assert changed.edited_at is not None
        who = expert_of(minh)
        with db.reading() as session:
            card = experts.card(session, who)
            assert (card.rating, card.rating_count) == (5.0, 1)
            found = reviews.distribution(session, who)
            assert (found.counts[2], found.counts[5], found.aspects) == (0, 1, {"knowledge": 5.0})
        assert len(kinds(emitted, reviews.ReviewEdited)) == 1

    def test_only_by_its_author(self, minh: Viewer, hoa: Viewer, lan: Viewer) -> None:
        made = reviews.write(session_with(minh, hoa), 4, "", hoa)
        for other in (minh, lan):
            with pytest.raises(reviews.ReviewNotFound):
                reviews.edit(made.id, 5, "", other)

    def test_for_two_weeks(
        self, minh: Viewer, hoa: Viewer, clock_forward: Callable[[timedelta], None]
    ) -> None:
        made = reviews.write(session_with(minh, hoa), 4, "", hoa)
        clock_forward(reviews.EDITABLE_FOR - timedelta(minutes=1))
        assert reviews.may_edit(reviews.edit(made.id, 3, "", hoa), hoa)
        clock_forward(timedelta(minutes=2))
        with pytest.raises(reviews.EditOver):
            reviews.edit(made.id, 5, "", hoa)

    def test_not_under_an_answer(self, minh: Viewer, hoa: Viewer) -> None:
        made = reviews.write(session_with(minh, hoa), 4, "", hoa)
        reviews.answer(made.id, "Cảm ơn", minh)
        with pytest.raises(reviews.EditOver):
            reviews.edit(made.id, 1, "", hoa)


class TestAnswer:
    def test_once_and_by_the_expert(self, minh: Viewer, hoa: Viewer, emitted: Emitted) -> None:
        made = reviews.write(session_with(minh, hoa), 4, "Tốt", hoa)
        for stranger in (hoa,):
            with pytest.raises(reviews.ReviewNotFound):
                reviews.answer(made.id, "Cảm ơn", stranger)
        answered = reviews.answer(made.id, " Cảm ơn chị. ", minh)
        assert answered.reply == "Cảm ơn chị."
        with pytest.raises(reviews.AlreadyAnswered):
            reviews.answer(made.id, "Lần nữa", minh)
        assert len(kinds(emitted, reviews.ReviewAnswered)) == 1


class TestRead:
    def test_newest_first_page_by_page(self, minh: Viewer, hoa: Viewer) -> None:
        who = expert_of(minh)
        with db.transaction() as session:
            for number in range(5):
                reviews.import_review(
                    session,
                    reviews.ReviewImport(
                        booking_id=ids.new(),
                        expert_id=who,
                        client_id=hoa.person,
                        stars=1 + number,
                        text=f"lời {number}",
                        author_label="Hoa N.",
                        created_at=clock.now() - timedelta(days=5 - number),
                    ),
                )
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(3):
            with db.reading() as session:
                page = reviews.of_expert(session, who, cursor=cursor, limit=2)
            seen += [review.text for review in page.items]
            cursor = page.next_cursor
        assert (seen, cursor) == ([f"lời {number}" for number in (4, 3, 2, 1, 0)], None)
        with db.reading() as session:
            found = reviews.distribution(session, who)
            assert (found.total, found.average, found.share(5)) == (5, 3.0, 0.2)
            assert [one.text for one in reviews.latest(session, 2)] == ["lời 4", "lời 3"]
            assert experts.card(session, who).rating == 3.0


def test_lists_by_stars_and_without_answer_take_one_query(
    minh: Viewer, hoa: Viewer, count_queries: Any
) -> None:
    made = [reviews.write(session_with(minh, hoa), stars, "", hoa) for stars in (5, 4, 5)]
    reviews.answer(made[0].id, "Cảm ơn", minh)

    def found(**wanted: Any) -> set[Any]:
        with db.reading() as session, count_queries(session) as counted:
            page = reviews.of_expert(session, expert_of_minh, **wanted)
        assert counted() == 1
        return {review.id for review in page.items}

    expert_of_minh = expert_of(minh)
    assert found(stars=5) == {made[0].id, made[2].id}
    assert found(unanswered=True) == {made[1].id, made[2].id}
    assert found(stars=5, unanswered=True) == {made[2].id}
    with db.reading() as session:
        assert reviews.unanswered_count(session, expert_of_minh) == 2


def test_search_shows_the_new_average(
    minh: Viewer, hoa: Viewer, deliver: Callable[[], int]
) -> None:
    deliver()
    excellent = search.Question(rating_min=4.9)
    assert search.find(excellent).ids == ()
    reviews.write(session_with(minh, hoa), 5, "", hoa)
    deliver()
    who = expert_of(minh)
    assert search.find(excellent).ids == (who,)


def test_a_merged_topic_takes_its_reviews_along(
    minh: Viewer, hoa: Viewer, lan: Viewer, topics: dict[str, UUID], deliver: Callable[[], int]
) -> None:
    made = reviews.write(session_with(minh, hoa), 5, "", hoa)
    assert made.topic_id is not None
    other = next(topic for topic in topics.values() if topic != made.topic_id)
    experts.merge_topic(made.topic_id, other, lan)
    deliver()
    with db.reading() as session:
        assert reviews.get(session, made.id).topic_id == other


@pytest.mark.parametrize(
    ("name", "language", "label"),
    [
        ("Nguyễn Thị Hoa", "vi", "Hoa N."),
        ("Anna Maria Sommer", "de", "Anna S."),
        ("Hoa", "vi", "Hoa"),
        ("  ", "en", ""),
    ],
)
def test_what_others_see_of_a_name(name: str, language: str, label: str) -> None:
    assert reviews.label_of(name, language) == label
