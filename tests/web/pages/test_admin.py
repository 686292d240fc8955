from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from tests.web.pages.conftest import words

from cilis.domains import analytics, bookings, experts, identity
from cilis.domains.bookings import BookingState, PastBooking
from cilis.infra import audit, db
from cilis.infra.i18n import format_money, speaking
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]


def past(scene: Scene, count: int, state: BookingState = BookingState.COMPLETED) -> list[UUID]:
    first = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=20)
    rows = [
        PastBooking(
            service_id=scene.service,
            expert_id=scene.expert,
            expert_person_id=scene.expert_person,
            client_id=scene.client,
            starts_at=first + timedelta(hours=5 * n),
            ends_at=first + timedelta(hours=5 * n + 1),
            price=Money(500_000, "VND"),
            service_name={"vi": "Tư vấn"},
            state=state,
        )
        for n in range(count)
    ]
    with db.transaction() as session:
        return bookings.import_past(session, rows)


def file(browser: Browser, path: str) -> list[list[str]]:
    answer = browser.get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/csv")
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))


class TestOverview:
    def test_it_says_what_waits_and_how_it_goes(self, browse: Browse, scene: Scene) -> None:
        past(scene, 3)
        analytics.rebuild()
        page = words(browse("admin").get("/admin?lang=en").text)
        assert "Bookings made" in page
        assert "Experts to verify" in page
        assert "Since yesterday" in page
        assert "The same as a table" in page

    @pytest.mark.parametrize("period", ["7d", "12m", "month", "nonsense", "last-year"])
    def test_every_period_answers(self, browse: Browse, scene: Scene, period: str) -> None:
        del scene
        assert browse("support").get(f"/admin?period={period}").status_code == 200

    def test_the_number_of_queries_does_not_grow(
        self, browse: Browse, scene: Scene, queries: list[str]
    ) -> None:
        admin = browse("admin")
        counts: list[Counter[str]] = []
        for _ in range(2):
            past(scene, 12)
            analytics.rebuild()
            admin.get("/admin")
            queries.clear()
            admin.get("/admin")
            counts.append(Counter(one for one in queries if "sessions" not in one))
        assert counts[1] - counts[0] == Counter()


class TestFigures:
    def test_charts_and_tables_say_the_same(self, browse: Browse, scene: Scene) -> None:
        past(scene, 4)
        analytics.rebuild()
        page = browse("admin").get("/admin/figures?lang=en").text
        table = re.search(r'id="table-sessions".*?</table>', page, re.DOTALL)
        assert table
        numbers = [float(one) for one in re.findall(r'data-n="([\d.]+)"', table.group())]
        assert sum(numbers) == 4
        assert len(numbers) == 30
        assert "<rect" in page, "drawn without script too"
        assert scene.marker in words(page), "the field and the expert lead"
        field = re.search(r'href="(/experts\?field=[^"&]+)"', page)
        assert field, "a field leads to its experts"

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ("from=2026-01-01&until=2026-12-31", 200),
            ("from=2026-01-01", 422),
            ("from=2026-02-01&until=2026-01-01", 422),
            ("from=1000-01-01&until=2090-01-01", 422),
            ("from=tomorrow&until=never", 422),
            ("period=what", 422),
        ],
    )
    def test_days_are_checked(self, browse: Browse, scene: Scene, asked: str, status: int) -> None:
        del scene
        assert browse("admin").get(f"/admin/figures?{asked}").status_code == status

    def test_files_hold_the_numbers(self, browse: Browse, scene: Scene) -> None:
        past(scene, 4)
        analytics.rebuild()
        rows = file(browse("admin"), "/admin/figures/sessions.csv?lang=en")
        assert rows[0] == ["Day", "Sessions", "Sessions, the period before"]
        assert sum(int(row[1]) for row in rows[1:]) == 4
        assert len(rows) == 31
        every = file(browse("admin"), "/admin/figures/all.csv?period=7d")
        assert len(every) == 8

    def test_the_share_of_filled_hours_is_a_chart_and_a_file(
        self, browse: Browse, scene: Scene
    ) -> None:
        past(scene, 4)
        with db.transaction() as session:
            session.execute(
                sa.text("UPDATE experts SET verified_at = :at WHERE id = :id"),
                {"id": scene.expert, "at": clock.now() - timedelta(days=90)},
            )
        analytics.rebuild()
        admin = browse("admin")
        rows = file(admin, "/admin/figures/fill_rate.csv?lang=en")
        assert rows[0][:2] == ["Day", "Hours filled"]
        told = [float(row[1]) for row in rows[1:] if row[1]]
        assert sum(told) == pytest.approx(4 * 60 / 1440 * 100, abs=0.1), "all day, every day"
        table = re.search(
            r'id="table-fill_rate".*?</table>', admin.get("/admin/figures?lang=en").text, re.DOTALL
        )
        assert table
        drawn = [float(one) for one in re.findall(r'data-n="([\d.]+)"', table.group())]
        assert sum(drawn) == pytest.approx(sum(told), abs=0.5)
        every = file(admin, "/admin/figures/all.csv?lang=en")
        place = every[0].index("Hours filled")
        assert [row[place] for row in every] == [row[1] for row in rows]

    def test_a_file_runs_nothing(self, browse: Browse, scene: Scene) -> None:
        past(scene, 1)
        with db.transaction() as session:
            session.execute(
                sa.text("UPDATE experts SET name = '=HYPERLINK(\"http://x\")' WHERE id = :id"),
                {"id": scene.expert},
            )
        analytics.rebuild()
        rows = file(browse("admin"), "/admin/figures/experts.csv")
        assert rows[1][0].startswith("'=HYPERLINK")
        assert rows[1][-1] == "500000"

    def test_others_see_nothing(self, browse: Browse, scene: Scene) -> None:
        del scene
        for path in ("/admin/figures", "/admin/figures/all.csv", "/admin/audit"):
            assert browse("client").get(path).status_code == 403
            assert browse().get(path).status_code == 303
        assert browse("support").get("/admin/figures").status_code == 200
        assert browse("support").get("/admin/audit").status_code == 403
        assert browse("admin").get("/admin/figures/nonsense.csv").status_code == 404


class TestAudit:
    def test_lines_are_sentences(self, browse: Browse, scene: Scene) -> None:
        with db.transaction() as session:
            audit.record(session, "identity.person_suspended", scene.client, actor=scene.admin)
            audit.record(session, "some.thing_new", None, actor=None, detail={"why": "because"})
        page = words(browse("admin").get("/admin/audit?lang=en").text)
        assert f"{scene.marker} Admin suspended an account: {scene.marker} Client" in page
        assert "The system some: thing new" in page
        assert "why: because" in page

    def test_details_are_words(self, browse: Browse, scene: Scene) -> None:
        detail = {
            "on": False, "audience": "experts", "decision": "ask", "block": "quote-zxw2cmkp",
            "secrets_changed": ["hash_secret"], "refund_minor": 50_000, "digest": "ab", "by": "",
            "country": "DE", "region": "BE",
        }  # fmt: skip
        with db.transaction() as session:
            audit.record(session, "some.thing_new", None, actor=None, detail=detail)
        admin = browse("admin")
        page = words(admin.get("/admin/audit?lang=en").text)
        with speaking("en"):
            refund = format_money(Money(50_000, "VND"))
        for said in (
            "Switched: off", "For: Experts", "Decision: Ask for more", "Block: Quote",
            "New secrets: hash_secret", f"Refund: {refund}", "Country: DE", "Region: BE",
        ):  # fmt: skip
            assert said in page
        assert "digest" not in page

    def test_it_is_narrowed(self, browse: Browse, scene: Scene) -> None:
        old = clock.now() - timedelta(days=40)
        with db.transaction() as session:
            audit.record(session, "some.first", scene.client, actor=scene.admin)
            audit.record(session, "some.second", scene.client, actor=scene.support)
        with db.transaction() as session:
            from cilis.infra.tenant_models import AuditEntry

            session.add(
                AuditEntry(
                    id=_id_of(old), at=old, action="some.third", actor_id=None,
                    subject_id=None, detail={},
                )
            )  # fmt: skip
        admin = browse("admin")

        def found(query: str) -> set[str]:
            text = words(admin.get(f"/admin/audit?lang=en&{query}").text)
            return {name for name in ("first", "second", "third") if f"some: {name}" in text}

        assert found("") == {"first", "second", "third"}
        assert found(f"who={scene.emails['support']}") == {"second"}
        assert found(f"person={scene.admin}") == {"first"}
        assert found(f"subject={scene.client}") == {"first", "second"}
        assert found("action=some.third") == {"third"}
        assert found(f"until={(old + timedelta(days=1)).date()}") == {"third"}
        assert found(f"from={(old + timedelta(days=2)).date()}") == {"first", "second"}
        assert admin.get("/admin/audit?who=nobody@example.vn").status_code == 422
        assert found("who=nobody@example.vn") == set(), "not everybody's deeds instead"
        assert admin.get("/admin/audit?from=x").status_code == 422

    def test_older_lines_come_by_pages(
        self, browse: Browse, scene: Scene, queries: list[str]
    ) -> None:
        with db.transaction() as session:
            for number in range(45):
                audit.record(session, f"some.deed_{number:02}", scene.client, actor=scene.admin)
        admin = browse("admin")
        seen: list[str] = []
        address, counts = f"/admin/audit?lang=en&subject={scene.client}", []
        while address:
            queries.clear()
            page = admin.get(address).text
            counts.append(len(queries))
            seen += re.findall(r"some: deed (\d\d)", words(page))
            more = re.search(r'href="(/admin/audit\?cursor=[^"]+)"', page)
            address = more.group(1).replace("&amp;", "&") if more else ""
        assert sorted(seen) == [f"{number:02}" for number in range(45)]
        assert max(seen[:1]) > max(seen[-5:]), "the latest first"
        assert len(set(counts[1:])) <= 1


def _id_of(at: datetime) -> UUID:
    stamp = int(at.astimezone(UTC).timestamp() * 1000)
    return UUID(int=(stamp << 80) | (ids.new().int & ((1 << 80) - 1)))


def test_an_expert_who_is_verified_counts(
    browse: Browse, scene: Scene, deliver: Callable[[], int]
) -> None:
    deliver()
    with db.reading() as session:
        assert experts.card(session, scene.expert).verified
        period = analytics.asked_period(analytics.today(session), preset="7d")
        found = analytics.figures(session, period)
    assert found.of(analytics.Measure.NEW_EXPERTS).value == 1
    assert browse("admin").get("/admin").status_code == 200


def test_bookings_and_money_count_as_they_come(
    booked: Callable[..., bookings.Booking], deliver: Callable[[], int]
) -> None:
    booking = booked()
    deliver()
    with db.reading() as session:
        period = analytics.asked_period(analytics.today(session), preset="7d")
        found = analytics.figures(session, period)
    assert found.of(analytics.Measure.BOOKINGS).value == 1
    assert found.of(analytics.Measure.REVENUE).value == booking.price_minor


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "America/Los_Angeles"])
def test_the_list_behind_a_figure_has_the_sessions_that_the_figure_counts(
    browse: Browse, scene: Scene, zone: str
) -> None:
    """Days are the organization's, wherever the admin is: shortly after and before midnight."""
    home = ZoneInfo("Asia/Ho_Chi_Minh")
    day = (clock.now().astimezone(home) - timedelta(days=9)).date()
    starts = [
        datetime.combine(day, time(0, 30), home),
        datetime.combine(day, time(22, 30), home),
        datetime.combine(day + timedelta(days=1), time(0, 30), home),
    ]
    with db.transaction() as session:
        made = bookings.import_past(
            session,
            [
                PastBooking(
                    service_id=scene.service,
                    expert_id=scene.expert,
                    expert_person_id=scene.expert_person,
                    client_id=scene.client,
                    starts_at=start,
                    ends_at=start + timedelta(hours=1),
                    price=Money(500_000, "VND"),
                    service_name={"vi": "Tư vấn"},
                    state=BookingState.COMPLETED,
                )
                for start in starts
            ],
        )
        identity.import_person(
            session,
            name="Admin",
            email=scene.emails["admin"],
            roles=["admin"],
            time_zone=zone,
        )
    analytics.rebuild()
    admin = browse("admin")
    address = f"/admin/bookings?since={day}&until={day}"
    figures = admin.get(f"/admin/figures?from={day}&until={day + timedelta(days=2)}&lang=en").text
    assert address.replace("&", "&amp;") in figures
    assert "midnight in Vietnam" in words(figures)
    counted = file(admin, f"/admin/figures/sessions.csv?from={day}&until={day}")[1][1]
    page = admin.get(f"{address}&lang=en").text
    assert counted == "2"
    assert set(re.findall(r'id="b-([0-9a-f-]+)"', page)) == {str(made[0]), str(made[1])}
    assert ("midnight in Vietnam" in words(page)) == (zone != "Asia/Ho_Chi_Minh")
