from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session
from tests.domains.experts.conftest import service_wish
from tests.domains.search.conftest import EVENINGS, find, local, names

from cilis.domains import experts, search
from cilis.domains.search import Matched, Sort
from cilis.infra import db
from cilis.kit.errors import InvalidInput

Make = Callable[..., UUID]


class TestWords:
    @pytest.mark.parametrize(
        "typed",
        [
            "thuế",
            "thue",
            "THUẾ",
            "thuê",
            "thu",
            "tax",
            "  thuế   thu nhập ",
            "quyết toán",
            "minh thư",
            "thu minh",
            "Mười sáu năm",
            "16 nam",
            "hỏi nhanh",
        ],
    )
    def test_any_writing_finds(self, expert_found: Make, typed: str) -> None:
        expert_found(
            "Lê Hoàng Minh Thư",
            headline={"vi": "Thuế thu nhập cá nhân, quyết toán"},
            biography={"vi": "Mười sáu năm (16 năm) ở Cục Thuế."},
            services=[service_wish(names={"vi": "Hỏi nhanh"})],
        )
        found = find(typed)
        assert (names(found), found.total, found.matched) == (["Lê Hoàng Minh Thư"], 1, Matched.ALL)

    def test_aliases_and_the_topics_above(self, expert_found: Make) -> None:
        expert_found("Phạm Gia Huy", topics=["nha-dat"])
        for typed in ("lawyer", "luật sư", "law", "property", "luat nha dat"):
            assert names(find(typed)) == ["Phạm Gia Huy"], typed

    def test_an_exact_spelling_comes_first(self, expert_found: Make) -> None:
        expert_found("Thuê Nhà", topics=["luat"], stars=(5,) * 5)
        expert_found("Thuế Nhà", topics=["luat"])
        assert names(find("thuế")) == ["Thuế Nhà", "Thuê Nhà"]

    def test_the_name_counts_more_than_the_biography(self, expert_found: Make) -> None:
        expert_found(
            "Trần Bình", biography={"vi": "Học trò của thầy Nguyễn Văn Dũng."}, stars=(5,) * 9
        )
        expert_found("Nguyễn Văn Dũng")
        assert names(find("dung")) == ["Nguyễn Văn Dũng", "Trần Bình"]

    @pytest.mark.parametrize("typed", ["ngueyn van dung", "nguyen van dunk", "Schwarzenbergr"])
    def test_typing_errors(self, expert_found: Make, typed: str) -> None:
        wanted = "Schwarzenberger" if "Schw" in typed else "Nguyễn Văn Dũng"
        expert_found(wanted)
        expert_found("Bùi Đức Thịnh")
        found = find(typed)
        assert names(found)[0] == wanted
        assert found.matched == Matched.NEAR

    def test_some_of_the_words_when_never_all(self, expert_found: Make) -> None:
        expert_found("Bùi Đức Thịnh", headline={"vi": "Hóa đơn điện tử"})
        found = find("hóa đơn zzzqqq xxyyzz")
        assert (names(found), found.matched) == (["Bùi Đức Thịnh"], Matched.SOME)

    @pytest.mark.parametrize(
        "typed",
        [
            "'",
            "a' | 'b",
            "!!!",
            ":*",
            "\\",
            "(((",
            "%",
            "_",
            "*a*",
            "'':*A & !x",
            "½",
            "đ",
            "🙂",
            "a" * 120,
            "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
        ],
    )
    def test_odd_words_are_only_words(self, expert_found: Make, typed: str) -> None:
        expert_found("Lê An")
        find(typed)
        search.complete(typed)

    def test_nothing_says_what_was_meant_and_what_to_loosen(self, expert_found: Make) -> None:
        expert_found("Nguyễn Văn Dũng", languages=["vi"], verified_at=None)
        found = find("zzzzzz", languages=("vi",), verified=True)
        assert (found.total, found.ids) == (0, ())
        assert found.facets is not None
        assert found.facets.loosened == {"languages": 0, "verified": 0, "words": 0}
        found = find("dũng", languages=("vi",), verified=True)
        assert found.facets is not None
        assert found.facets.loosened == {"languages": 0, "verified": 1, "words": 0}


class TestFilters:
    def test_a_topic_holds_those_below_it(
        self, expert_found: Make, topics: dict[str, UUID]
    ) -> None:
        expert_found("Huy", topics=["nha-dat"])
        expert_found("Thư", topics=["thue"])
        assert names(find(topic_slug="luat")) == ["Huy"]
        assert names(find(topic_slug="nha-dat")) == ["Huy"]
        assert names(find(topic_slug="thua-ke")) == []
        with pytest.raises(InvalidInput):
            find(topic_slug="unknown")

    def test_price_language_stars_badge(self, expert_found: Make) -> None:
        from cilis.kit import clock

        expert_found("Rẻ", services=[service_wish(price_minor=100_000)], languages=["vi", "en"])
        expert_found(
            "Vừa",
            services=[service_wish(price_minor=300_000)],
            stars=(5, 4),
            verified_at=clock.now(),
        )
        expert_found(
            "Đắt", services=[service_wish(price_minor=900_000)], stars=(3,), languages=["fr"]
        )
        assert set(names(find(price_max=300_000))) == {"Rẻ", "Vừa"}
        assert set(names(find(price_min=200_000))) == {"Vừa", "Đắt"}
        assert names(find(price_min=200_000, price_max=400_000)) == ["Vừa"]
        assert set(names(find(languages=("en", "fr")))) == {"Rẻ", "Đắt"}
        assert names(find(rating_min=4)) == ["Vừa"]
        assert names(find(verified=True)) == ["Vừa"]

    def test_one_and_the_same_service_has_to_fit(self, expert_found: Make) -> None:
        expert_found(
            "Hai",
            services=[
                service_wish(minutes=30, price_minor=100_000),
                service_wish(minutes=60, price_minor=900_000),
            ],
        )
        assert names(find(duration_minutes=60)) == ["Hai"]
        assert names(find(duration_minutes=60, price_max=500_000)) == []
        assert names(find(duration_minutes=30, price_max=500_000)) == ["Hai"]
        assert names(find(price_min=200_000, price_max=500_000)) == []

    def test_mode_and_country(self, expert_found: Make) -> None:
        phone = experts.ServiceMode.PHONE
        services = [service_wish(minutes=30, mode=phone), service_wish(minutes=60)]
        expert_found("Gọi", services=services)
        expert_found("Xa", country="DE", languages=["de"])
        assert names(find(mode="phone")) == ["Gọi"]
        assert names(find(mode="phone", duration_minutes=60)) == []
        assert names(find(mode="in_person")) == []
        assert names(find(country="DE")) == ["Xa"]
        facets = find(country="DE", mode="phone").facets
        assert facets is not None
        assert facets.loosened == {"country": 1, "mode": 1}
        everybody = find().ids
        with db.reading() as session:
            (hit,) = search.hits(session, everybody, search.Question(mode="phone"))
        assert [terms.mode for terms in hit.services] == [phone]

    def test_modes_countries_and_lengths_are_counted(self, expert_found: Make) -> None:
        phone = experts.ServiceMode.PHONE
        expert_found(
            "Hai",
            services=[
                service_wish(minutes=30, price_minor=200_000),
                service_wish(minutes=60, price_minor=500_000, mode=phone),
            ],
        )
        expert_found("Xa", country="DE", services=[service_wish(minutes=60, price_minor=900_000)])
        facets = find().facets
        assert facets is not None
        assert facets.modes == {"video": 2, "phone": 1}
        assert facets.countries == {"VN": 1, "DE": 1}
        assert facets.durations == {30: 1, 60: 2}
        facets = find(duration_minutes=60, price_max=600_000, country="DE").facets
        assert facets is not None
        assert (facets.modes, facets.countries, facets.durations) == ({}, {"VN": 1}, {})
        facets = find(mode="video", price_max=600_000).facets
        assert facets is not None
        assert (facets.modes, facets.durations) == ({"video": 1, "phone": 1}, {30: 1})

    def test_prices_are_those_of_the_length_that_is_named(self, expert_found: Make) -> None:
        def of(short: int, long: int) -> Any:
            return [
                service_wish(minutes=30, price_minor=short, notice_minutes=0),
                service_wish(minutes=60, price_minor=long, notice_minutes=0),
            ]

        expert_found("Hai", services=of(200_000, 500_000))
        expert_found("Ba", services=of(300_000, 400_000))
        assert names(find(sort=Sort.PRICE)) == ["Hai", "Ba"]
        assert names(find(sort=Sort.PRICE, duration_minutes=60)) == ["Ba", "Hai"]
        assert names(find(duration_minutes=60, price_max=450_000)) == ["Ba"]
        wanted = search.Question(duration_minutes=60, sort=Sort.PRICE)
        results, hits = search.shown(wanted)
        assert [hit.lead and hit.lead.price.minor for hit in hits] == [400_000, 500_000]
        prices = results.facets and results.facets.prices
        assert prices is not None
        assert (prices.lowest, prices.highest) == (400_000, 500_000)
        assert (prices.counts[0], prices.counts[-1]) == (1, 1)

    def test_by_real_free_time(self, expert_found: Make) -> None:
        expert_found("Sáng")
        expert_found("Tối", hours=EVENINGS)
        evening = (local(2, 18), local(2, 21))
        assert names(find(window=evening)) == ["Tối"]
        assert names(find(window=evening, duration_minutes=45)) == ["Tối"]
        assert names(find(window=evening, duration_minutes=60)) == []
        assert set(names(find(windows=(evening, (local(2, 9), local(2, 10)))))) == {"Sáng", "Tối"}
        assert names(find(window=(local(2, 20, 30), local(2, 21)))) == []  # 45 minutes do not fit
        assert names(find(window=(local(90, 18), local(90, 21)))) == []  # beyond the horizon

    def test_who_cannot_be_booked_is_not_found(self, expert_found: Make) -> None:
        expert_found("Nháp", state=experts.ExpertState.DRAFT)
        expert_found("Trống", services=[service_wish(active=False)])
        assert find().total == 0


class TestOrder:
    def test_each_sort(self, expert_found: Make) -> None:
        year = local(0, 0).year
        expert_found("A", stars=(5,) * 40, services=[service_wish(price_minor=3)], hours=EVENINGS)
        expert_found(
            "B",
            stars=(5,),
            services=[service_wish(price_minor=1)],
            hours=(),
            experience=[{"from": year - 3, "title": {}, "place": {}}],
        )
        expert_found(
            "C",
            stars=(3,) * 9,
            services=[service_wish(price_minor=2)],
            hours=[rule for rule in EVENINGS if rule.weekday == local(6, 12).weekday()],
            experience=[{"from": year - 20, "title": {}, "place": {}}],
        )
        assert names(find(sort=Sort.BEST)) == ["A", "B", "C"]
        assert names(find(sort=Sort.RATING)) == ["A", "B", "C"]  # one review does not beat forty
        assert names(find(sort=Sort.PRICE)) == ["B", "C", "A"]
        assert names(find(sort=Sort.EXPERIENCE)) == ["C", "B", "A"]
        assert names(find(sort=Sort.SOONEST)) == ["A", "C", "B"]

    def test_price_is_that_of_the_service_that_fits(self, expert_found: Make) -> None:
        expert_found(
            "A",
            services=[
                service_wish(minutes=30, price_minor=1),
                service_wish(minutes=60, price_minor=9),
            ],
        )
        expert_found("B", services=[service_wish(minutes=60, price_minor=5)])
        assert names(find(sort=Sort.PRICE)) == ["A", "B"]
        assert names(find(sort=Sort.PRICE, duration_minutes=60)) == ["B", "A"]

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("words", ["", "thuế"])
    def test_pages_neither_repeat_nor_skip(
        self, expert_found: Make, sort: Sort, words: str
    ) -> None:
        made = {expert_found(f"Thuế {number}", stars=(5,) * (number % 3)) for number in range(7)}
        seen: list[UUID] = []
        cursor: str | None = None
        for _ in range(4):
            page = find(words, sort=sort, limit=2, cursor=cursor, facets=False)
            seen += page.ids
            cursor = page.next_cursor
        assert (cursor, len(seen), set(seen)) == (None, 7, made)

    def test_pages_stay_right_while_rows_come_and_go(self, expert_found: Make) -> None:
        services = {
            number: [service_wish(price_minor=number)] for number in (10, 20, 30, 40, 50, 15)
        }
        made = {
            price: expert_found(f"P{price}", services=services[price]) for price in (10, 20, 30, 40)
        }
        first = find(sort=Sort.PRICE, limit=2)
        late = expert_found("P15", services=services[15])  # before the mark: not shown again
        after = expert_found("P50", services=services[50])
        second = find(sort=Sort.PRICE, limit=2, cursor=first.next_cursor)
        third = find(sort=Sort.PRICE, limit=2, cursor=second.next_cursor)
        assert [*first.ids, *second.ids, *third.ids] == [
            made[10],
            made[20],
            made[30],
            made[40],
            after,
        ]
        assert late not in second.ids

    @pytest.mark.parametrize(
        "cursor", ["x", "W10", "", "WyJwcmljZSIsMSwieCJd", "WyJwcmljZSIsImEiLCJiIl0", "🙂"]
    )
    def test_a_foreign_mark_is_refused(self, expert_found: Make, cursor: str) -> None:
        if not cursor:
            return
        with pytest.raises(InvalidInput):
            find(sort=Sort.PRICE, cursor=cursor)

    def test_a_mark_of_another_order_is_refused(self, expert_found: Make) -> None:
        for number in range(2):
            expert_found(f"E{number}")
        mark = find(sort=Sort.PRICE, limit=1).next_cursor
        with pytest.raises(InvalidInput):
            find(sort=Sort.BEST, cursor=mark)


class TestCounts:
    def test_each_obeys_all_the_others(self, expert_found: Make, topics: dict[str, UUID]) -> None:
        expert_found(
            "A",
            topics=["thue"],
            languages=["vi"],
            stars=(5,),
            services=[service_wish(price_minor=100)],
        )
        expert_found(
            "B",
            topics=["thue"],
            languages=["vi", "en"],
            stars=(3,),
            services=[service_wish(price_minor=200)],
        )
        expert_found(
            "C",
            topics=["nha-dat"],
            languages=["en"],
            stars=(4,),
            services=[service_wish(price_minor=300)],
        )

        facets = find(topic_slug="thue", languages=("en",)).facets

        assert facets is not None
        assert facets.topics == {topics["thue"]: 1, topics["nha-dat"]: 1, topics["luat"]: 1}
        assert facets.languages == {"vi": 2, "en": 1}
        assert facets.ratings == {4.5: 0, 4.0: 0, 3.5: 0, 3.0: 1}
        assert facets.loosened == {"topic": 2, "languages": 2}
        assert facets.prices is not None
        assert (facets.prices.lowest, facets.prices.highest) == (200, 200)

    def test_the_histogram_ignores_the_chosen_price(self, expert_found: Make) -> None:
        for price in (100, 200, 200, 400):
            expert_found(f"P{price}", services=[service_wish(price_minor=price)])
        found = find(price_max=200)
        assert found.total == 3
        assert found.facets is not None
        assert found.facets.prices is not None
        assert sum(found.facets.prices.counts) == 4
        assert found.facets.prices.edges()[0] == 100
        assert found.facets.prices.edges()[-1] == 400
        assert found.facets.loosened == {"price": 4}

    def test_the_grid_counts_free_experts(self, expert_found: Make) -> None:
        expert_found("Sáng")
        expert_found("Tối", hours=EVENINGS)
        morning, evening = (local(2, 6), local(2, 12)), (local(2, 18), local(2, 23))
        night = (local(2, 0), local(2, 5))
        facets = find(grid=(morning, evening, night), window=evening).facets
        assert facets is not None
        assert facets.parts == (1, 1, 0)

    def test_nobody_at_all(self, topics: dict[str, UUID]) -> None:
        found = find("x", price_max=3, window=(local(1, 1), local(1, 2)), rating_min=4)
        assert found.facets is not None
        assert (found.total, found.facets.prices, found.facets.topics) == (0, None, {})


class TestHits:
    def show(self, question: search.Question) -> list[search.Hit]:
        found = search.find(question)
        with db.reading() as session:
            return search.hits(session, found.ids, question)

    def test_three_true_times(self, expert_found: Make) -> None:
        expert_found("Tối", hours=EVENINGS)
        window = (local(2, 18), local(2, 21))
        (hit,) = self.show(search.Question(window=window))
        assert list(hit.next_times) == [
            window[0] + timedelta(minutes=minutes) for minutes in (0, 15, 30)
        ]
        assert hit.lead is not None
        assert hit.lead.price.minor == 550_000

    def test_only_services_that_fit(self, expert_found: Make) -> None:
        expert_found("Hai", services=[service_wish(minutes=30), service_wish(minutes=60)])
        (hit,) = self.show(search.Question(duration_minutes=60))
        assert [terms.length for terms in hit.services] == [timedelta(minutes=60)]

    def test_a_stale_copy_shows_nothing_untrue(self, expert_found: Make) -> None:
        import sqlalchemy as sa

        made = expert_found("Tối", hours=EVENINGS)
        with db.transaction() as session:  # the copy has not heard of it yet
            session.execute(sa.text("UPDATE experts SET state = 'suspended'"))
        assert find().ids == (made,)
        assert self.show(search.Question()) == []


class TestComplete:
    def complete(self, text: str) -> search.Suggestions:
        return search.complete(text)

    def test_topics_experts_services(self, expert_found: Make) -> None:
        expert_found("Bùi Đức Thịnh", services=[service_wish(names={"vi": "Thuế trọn năm"})])
        expert_found("Lê Thuê", services=[service_wish(names={"vi": "Thuế trọn năm"})])
        found = self.complete("thue")
        assert [topic.slug for topic in found.topics] == ["thue"]
        assert [one.title for one in found.experts] == ["Lê Thuê"]
        assert [(one.names, one.experts) for one in found.services] == [
            ({"vi": "Thuế trọn năm"}, 2)
        ]
        assert [topic.slug for topic in self.complete("luật s").topics] == ["luat"]
        assert [one.title for one in self.complete("đuc th").experts] == ["Bùi Đức Thịnh"]

    def test_a_slip_is_forgiven(self, expert_found: Make) -> None:
        expert_found("Nguyễn Văn Dũng")
        found = self.complete("ngueyn van dung")
        assert found.near
        assert [one.title for one in found.experts] == ["Nguyễn Văn Dũng"]

    def test_nothing_typed_nothing_said(self, expert_found: Make) -> None:
        assert not self.complete("  ")
        assert not self.complete("?!")


class TestCost:
    @pytest.mark.parametrize(
        ("question", "most"),
        [
            ({}, 2),
            ({"words": "thuế"}, 3),
            ({"words": "thuế", "topic_slug": "thue", "price_max": 10**6, "verified": False}, 4),
            ({"words": "nguyenn vann"}, 5),
        ],
    )
    def test_queries_do_not_grow(
        self, expert_found: Make, count_queries: Any, question: dict[str, Any], most: int
    ) -> None:
        counts = []
        for round_ in range(2):
            for number in range(1 + 5 * round_):
                expert_found(f"Nguyên Văn {number}")
            with count_queries(Session(db.engine())) as counted:
                asked = search.Question(**question)
                found = search.find(asked)
                before = counted()
                with db.reading() as session:
                    hits = search.hits(session, found.ids, asked)
                counts.append((before, counted() - before))
            assert hits
        assert counts[0] == counts[1]
        assert counts[0][0] <= most
        assert counts[0][1] == 3
