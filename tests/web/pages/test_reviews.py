"""Reviews on pages: written after a session, changed, answered, shown with their average."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cilis.domains import bookings, experts, reviews
from cilis.infra import db
from cilis.kit import clock, ids
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]


def took_place(scene: Scene, state: bookings.BookingState | None = None) -> UUID:
    starts_at = clock.now().replace(second=0, microsecond=0) - timedelta(days=1)
    with db.transaction() as session:
        (terms,) = experts.services_of(session, [scene.expert])[scene.expert]
        (made,) = bookings.import_past(
            session,
            [
                bookings.PastBooking(
                    service_id=terms.id, expert_id=scene.expert,
                    expert_person_id=scene.expert_person, client_id=scene.client,
                    starts_at=starts_at, ends_at=starts_at + terms.length, price=terms.price,
                    service_name=dict(terms.name), state=state or bookings.BookingState.COMPLETED,
                )
            ],
        )  # fmt: skip
    return made


def said(scene: Scene, count: int, *, start: int = 0) -> None:
    with db.transaction() as session:
        reviews.import_reviews(
            session,
            [
                reviews.ReviewImport(
                    booking_id=ids.new(), expert_id=scene.expert, client_id=scene.client,
                    stars=5 - number % 3, text=f"lời-{number}-hay", author_label="Hoa N.",
                    created_at=clock.now() - timedelta(days=number), marks={"clarity": 4},
                )
                for number in range(start, start + count)
            ],
        )  # fmt: skip


def test_written_once_then_changed(browse: Browse, scene: Scene) -> None:
    client, place = browse("client"), f"/bookings/{took_place(scene)}/review"
    assert client.get(place).status_code == 200
    unsaid = client.submit(place, text="Không có sao")
    assert unsaid.status_code == 422
    assert "Không có sao" in unsaid.text
    assert client.submit(place, stars="4", clarity="5", text="Rõ ràng").status_code == 303
    page = browse().get(f"/experts/{scene.slug}").text
    assert "Rõ ràng" in page
    assert "<b>4,0</b>" in page  # at once
    assert "<b>5,0</b>" in page  # of the aspect
    again = client.get(place)
    assert 'value="4" required checked' in again.text
    assert client.submit(place, stars="5", text="Rất rõ ràng").status_code == 303
    page = browse().get(f"/experts/{scene.slug}").text
    assert "Rất rõ ràng" in page
    with db.reading() as session:
        assert experts.card(session, scene.expert).rating == 5.0


@pytest.mark.parametrize("state", ["confirmed", "cancelled", "no_show"])
def test_without_a_session_nothing(browse: Browse, scene: Scene, state: str) -> None:
    booking = took_place(scene, bookings.BookingState(state))
    client = browse("client")
    assert client.get(f"/bookings/{booking}/review").status_code == 303
    assert client.submit(f"/bookings/{booking}/review", stars="5").status_code == 303
    with db.reading() as session:
        assert reviews.of_bookings(session, [booking]) == {}
        assert experts.card(session, scene.expert).rating_count == 0


def test_only_its_client(browse: Browse, scene: Scene) -> None:
    booking = took_place(scene)
    for role, status in (("other_client", 404), ("expert", 303), ("", 401)):
        answer = browse(role).submit(f"/bookings/{booking}/review", stars="1")
        assert answer.status_code == status, role
    with db.reading() as session:
        assert reviews.of_bookings(session, [booking]) == {}


class TestDesk:
    def test_the_expert_answers(self, browse: Browse, scene: Scene) -> None:
        said(scene, 2)
        desk = browse("expert")
        page = desk.get("/desk/reviews?show=unanswered")
        place = re.findall(r"/desk/reviews/([0-9a-f-]{36})/reply", page.text)[0]
        empty = desk.submit(f"/desk/reviews/{place}/reply", text=" ")
        assert empty.status_code == 422
        assert '<details class="reply-form" open>' in empty.text
        for _ in range(2):
            done = desk.submit(f"/desk/reviews/{place}/reply", text="Cảm ơn chị")
            assert done.status_code == 303
        assert place not in desk.get("/desk/reviews?show=unanswered").text
        assert "Cảm ơn chị" in browse().get(f"/experts/{scene.slug}").text
        with db.reading() as session:
            assert reviews.unanswered_count(session, scene.expert) == 1

    def test_filters_and_nonsense(self, browse: Browse, scene: Scene) -> None:
        said(scene, 3)
        desk = browse("expert")
        assert "lời-1-hay" in desk.get("/desk/reviews?show=4").text
        assert "lời-0-hay" not in desk.get("/desk/reviews?show=4").text
        for query in ("show=9", "after=x", "show=unanswered&after=%00"):
            assert desk.get(f"/desk/reviews?{query}").status_code == 200
        assert browse("client").get("/desk/reviews").status_code == 403

    def test_the_list_needs_the_same_number_of_queries(
        self, browse: Browse, scene: Scene, queries: list[str]
    ) -> None:
        desk, counts = browse("expert"), []
        for start in (0, 4):
            said(scene, 4, start=start)
            desk.get("/desk/reviews")
            browse().get(f"/experts/{scene.slug}")
            queries.clear()
            assert desk.get("/desk/reviews").status_code == 200
            assert browse().get(f"/experts/{scene.slug}").status_code == 200
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestPublicPage:
    def linked(self, page: str) -> dict[str, Any]:
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        assert found is not None
        data = json.loads(found[1])
        assert data["@context"] == "https://schema.org"
        return {node["@type"]: node for node in data["@graph"]}

    def test_search_engines_read_it(self, browse: Browse, scene: Scene) -> None:
        said(scene, 6)
        page = browse().get(f"/experts/{scene.slug}").text
        found = self.linked(page)
        assert found["ProfilePage"]["mainEntity"] == {"@id": found["Person"]["@id"]}
        practice = found["ProfessionalService"]
        assert practice["aggregateRating"]["reviewCount"] == 6
        assert practice["aggregateRating"]["ratingValue"] == 4.0
        (offer,) = practice["makesOffer"]
        assert (offer["price"], offer["priceCurrency"]) == ("550000", "VND")
        assert offer["itemOffered"]["provider"] == {"@id": found["Person"]["@id"]}
        assert practice["review"][0]["author"]["name"] == "Hoa N."
        assert re.search(rf'<link rel="canonical" href="http[^"]*/experts/{scene.slug}">', page)
        for language in ("vi", "en", "x-default"):
            assert f'hreflang="{language}"' in page
        for name in ("og:title", "og:description", "og:url", "og:type", "og:site_name"):
            assert f'property="{name}"' in page

    def test_words_cannot_leave_the_data(self, browse: Browse, scene: Scene) -> None:
        evil = "</script><script>alert(1)</script>"
        with db.transaction() as session:
            reviews.import_review(
                session,
                reviews.ReviewImport(
                    booking_id=ids.new(), expert_id=scene.expert, client_id=scene.client, stars=5,
                    text=evil, author_label="Hoa N.", created_at=clock.now(),
                ),
            )  # fmt: skip
        page = browse().get(f"/experts/{scene.slug}").text
        assert "<script>alert(1)" not in page
        assert self.linked(page)["ProfessionalService"]["review"][0]["reviewBody"] == evil

    def test_reviews_are_paged_and_filtered(self, browse: Browse, scene: Scene) -> None:
        said(scene, 12)
        seen: list[str] = []
        place: str | None = f"/experts/{scene.slug}"
        while place:
            page = browse().get(place).text
            shown = page.partition('id="review-list"')[2]
            seen += re.findall(r"lời-(\d+)-hay", shown)
            more = re.search(r'id="more-reviews" href="([^"#]+)', page)
            place = more[1].replace("&amp;", "&") if more else None
        assert seen == [str(number) for number in range(12)]
        page = browse().get(f"/experts/{scene.slug}?stars=3").text
        shown = page.partition('id="review-list"')[2]
        assert re.findall(r"lời-(\d+)-hay", shown) == ["2", "5", "8", "11"]
        for query in ("stars=9", "stars=x", "after=%00", "after=abc"):
            assert browse().get(f"/experts/{scene.slug}?{query}").status_code == 200
