"""Pages, blocks, questions and announcements as an admin makes them, on pages and by program."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cilis.domains import content, tenants
from cilis.domains.content import queries, service
from cilis.domains.content.errors import BlockFixed, PageExists
from cilis.domains.content.types import (
    AnnouncementWish,
    Audience,
    BlockKind,
    PagePlace,
    PageWish,
    QuestionText,
)
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.infra.tenant_models import AuditEntry
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene, open_scene

ABOUT = PageWish(
    slug="about", title={"vi": "Về chúng tôi", "en": "About us"},
    body={"vi": "Xin **chào**", "en": "We are *here*."}, place=PagePlace.MENU, is_shown=True,
)  # fmt: skip


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene()


@pytest.fixture
def browse(app: Flask, scene: Scene) -> Callable[..., Browser]:
    def make(role: str = "") -> Browser:
        made = browser_on(app, scene.tenant)
        if role:
            made.submit("/log-in", email=scene.emails[role], password=PASSWORD)
        return made

    return make


def audited() -> list[str]:
    with reading() as session:
        return list(session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)))


def announced(scene: Scene, **more: Any) -> content.Announcement:
    values: dict[str, Any] = {
        "texts": {"vi": "Nghỉ Tết", "en": "Closed for **Tết**"},
        "starts_at": clock.now() - timedelta(minutes=1),
    }
    return service.announce(AnnouncementWish(**{**values, **more}), scene.viewer("admin"))


class TestPages:
    def test_a_published_page_stands_in_the_menu_at_once(
        self, scene: Scene, browse: Callable[..., Browser]
    ) -> None:
        assert "/pages/about" not in browse().get("/").text
        service.add_page(ABOUT, scene.viewer("admin"))
        home = browse().get("/?lang=en")
        assert ">About us</a>" in home.text
        page = browse().get("/pages/about?lang=en")
        assert "<em>here</em>" in page.text
        assert 'hreflang="vi"' in page.text
        assert audited()[-1] == "content.page_added"

    def test_a_hidden_page_is_for_its_writer_only(
        self, scene: Scene, browse: Callable[..., Browser]
    ) -> None:
        service.add_page(ABOUT, scene.viewer("admin"))
        service.show_page("about", scene.viewer("admin"), shown=False)
        assert browse().get("/pages/about").status_code == 404
        assert browse("client").get("/api/v1/pages/about").status_code == 404
        assert "/pages/about" not in browse().get("/").text
        seen = browse("admin").get("/pages/about?lang=en")
        assert seen.status_code == 200
        assert "not published yet" in seen.text

    def test_an_address_is_taken_once_and_must_be_one(self, scene: Scene) -> None:
        service.add_page(ABOUT, scene.viewer("admin"))
        with pytest.raises(PageExists):
            service.add_page(ABOUT, scene.viewer("admin"))
        wrong = PageWish(slug="../x", title=ABOUT.title, body=ABOUT.body)
        with pytest.raises(InvalidInput):
            service.add_page(wrong, scene.viewer("admin"))

    def test_texts_are_in_the_organizations_languages(self, scene: Scene) -> None:
        for title in ({"en": "Only English"}, {"vi": "x", "de": "y"}, {"vi": "a\x00"}):
            with pytest.raises(InvalidInput):
                service.add_page(
                    PageWish(slug="more", title=title, body=ABOUT.body), scene.viewer("admin")
                )

    def test_the_order_can_be_changed(self, scene: Scene) -> None:
        for slug in ("one", "two", "three"):
            wish = PageWish(slug=slug, title=ABOUT.title, body=ABOUT.body, is_shown=True)
            service.add_page(wish, scene.viewer("admin"))
        service.move_page("three", -1, scene.viewer("admin"))
        service.move_page("one", -1, scene.viewer("admin"))
        with reading() as session:
            assert [page.slug for page in queries.pages(session)] == ["one", "three", "two"]

    def test_a_pack_leaves_alone_what_was_written_by_hand(self, scene: Scene) -> None:
        terms = tenants.PackPage("terms", {"vi": "Điều khoản"}, {"vi": "Cũ"})
        old = tenants.PackPage("old", {"vi": "Cũ"}, {"vi": "Cũ"})
        with transaction() as session:
            content.import_pages(session, [terms, old], write=True)
        service.change_page(
            "terms", PageWish(slug="terms", title=terms.titles, body={"vi": "Mới"}),
            scene.viewer("admin"),
        )  # fmt: skip
        service.add_page(ABOUT, scene.viewer("admin"))
        with transaction() as session:
            changes = content.import_pages(session, [terms], write=True)
        assert [(change.act, change.what) for change in changes] == [("remove", "old")]
        with reading() as session:
            assert queries.page(session, "terms", hidden=True).body == {"vi": "Mới"}
            assert queries.page(session, "about").slug == "about"

    def test_by_the_forms(self, browse: Callable[..., Browser]) -> None:
        admin = browse("admin")
        assert admin.get("/admin/content/pages/new").status_code == 200
        form = {
            "title.vi": "Về chúng tôi", "title.en": "About", "body.vi": "# Chào\n\n<b>x</b>",
            "body.en": "", "place": "footer",
        }  # fmt: skip
        refused = admin.submit("/admin/content/pages", slug="A b", **form)
        assert refused.status_code == 422
        assert "Về chúng tôi" in refused.text
        assert admin.submit("/admin/content/pages", slug="about", **form).status_code == 303
        assert ">About<" in admin.get("/admin/content?lang=en").text
        seen = admin.submit(
            "/admin/content/preview", preview_language="vi", preview_of="body", **form
        )
        assert "<h2>Chào</h2>" in seen.text
        assert "<b>x</b>" not in seen.text
        assert admin.submit("/admin/content/pages/about/visibility", shown="1").status_code == 303
        assert "/pages/about" in browse().get("/").text
        assert admin.submit("/admin/content/pages/about/removal").status_code == 303
        assert browse().get("/pages/about").status_code == 404


class TestHome:
    def test_its_blocks_follow_the_chosen_order_and_words(
        self, scene: Scene, browse: Callable[..., Browser]
    ) -> None:
        admin = scene.viewer("admin")
        service.order_blocks(["steps", "hero"], admin)
        service.change_block("steps", {"title": {"vi": "Ba bước", "en": "Just three"}}, admin)
        service.show_block("fields", admin, shown=False)
        home = browse().get("/?lang=en").text
        assert "Just three" in home
        assert home.index('id="how"') < home.index('id="q"')
        assert 'id="fields"' not in home
        shown = browse("admin").get("/?lang=en&preview=1").text
        assert 'id="fields"' in shown
        assert "Hidden block" in shown
        assert 'id="fields"' not in browse("client").get("/?preview=1").text

    def test_an_emptied_field_gives_the_usual_words_back(
        self, scene: Scene, browse: Callable[..., Browser]
    ) -> None:
        admin = scene.viewer("admin")
        service.change_block("steps", {"title": {"vi": "Ba", "en": "Just three"}}, admin)
        service.change_block("steps", {"title": {"vi": "", "en": ""}}, admin)
        assert "Three steps, no phone calls" in browse().get("/?lang=en").text

    def test_free_blocks_come_and_go(self, scene: Scene, browse: Callable[..., Browser]) -> None:
        admin = scene.viewer("admin")
        block = service.add_block(BlockKind.QUOTE, admin)
        texts = {"quote": {"vi": "Rất tốt <script>", "en": "So good"}, "author": {"vi": "Hoa"}}
        service.change_block(block.key, texts, admin, shown=True)
        home = browse().get("/?lang=vi").text
        assert "Rất tốt &lt;script&gt;" in home
        service.remove_block(block.key, admin)
        assert "Rất tốt" not in browse().get("/").text
        for act in (
            lambda: service.remove_block("hero", admin),
            lambda: service.add_block(BlockKind.HERO, admin),
        ):
            with pytest.raises(BlockFixed):
                act()
        with pytest.raises(InvalidInput):
            service.change_block("hero", {"colour": {"vi": "đỏ"}}, admin)

    def test_by_the_forms(self, browse: Callable[..., Browser]) -> None:
        admin = browse("admin")
        assert admin.get("/admin/content/home").status_code == 200
        for key in ("hero", "steps", "questions"):
            assert admin.get(f"/admin/content/home/{key}").status_code == 200
        made = admin.submit("/admin/content/home", kind="text")
        assert made.status_code == 303
        saved = admin.submit(
            made.location, **{"title.vi": "Chào", "body.vi": "- một\n- hai", "shown": "1"}
        )
        assert saved.status_code == 303
        assert "<li>một</li>" in browse().get("/").text
        key = made.location.rpartition("/")[2]
        assert admin.submit(f"/admin/content/home/{key}/move", by="up").status_code == 303
        assert admin.get("/admin/content/home/nothing").status_code == 404

    def test_questions(self, scene: Scene, browse: Callable[..., Browser]) -> None:
        service.write_questions(
            [QuestionText({"vi": "Sao?", "en": "Why?"}, {"vi": "Vì *thế*."})],
            scene.viewer("admin"),
        )
        assert "Vì <em>thế</em>." in browse().get("/").text
        admin = browse("admin")
        assert "Why?" in admin.get("/admin/content/questions").text
        form = {
            "count": "2", "place.0": "2", "items.0.question.vi": "Sao?",
            "items.0.answer.vi": "Vì thế.", "place.1": "1", "items.1.question.vi": "Khi nào?",
            "items.1.answer.vi": "Mai.",
        }  # fmt: skip
        assert admin.submit("/admin/content/questions", **form).status_code == 303
        with reading() as session:
            found = [one.question["vi"] for one in queries.question_texts(session)]
        assert found == ["Khi nào?", "Sao?"]
        pack = tenants.PackQuestion({"vi": "Gói?"}, {"vi": "Gói."})
        with transaction() as session:
            assert content.import_questions(session, [pack], write=True) == []


class TestAnnouncements:
    def test_stands_on_every_page_at_once_until_its_end(
        self,
        scene: Scene,
        browse: Callable[..., Browser],
        clock_forward: Callable[[timedelta], None],
    ) -> None:
        assert "Closed for" not in browse().get("/?lang=en").text
        announced(scene, ends_at=clock.now() + timedelta(hours=1))
        for path in ("/?lang=en", "/experts?lang=en"):
            assert "Closed for <strong>Tết</strong>" in browse().get(path).text
        clock_forward(timedelta(hours=1, seconds=1))
        assert "Closed for" not in browse().get("/?lang=en").text

    def test_is_for_its_audience(self, scene: Scene, browse: Callable[..., Browser]) -> None:
        announced(scene, audience=Audience.EXPERTS)
        for role, sees in (("", False), ("client", False), ("expert", True), ("admin", False)):
            assert ("Closed for" in browse(role).get("/?lang=en").text) is sees, role
        assert "Closed for" in browse("expert").get("/desk?lang=en").text

    def test_can_be_closed_and_stays_closed(
        self, scene: Scene, browse: Callable[..., Browser]
    ) -> None:
        one = announced(scene)
        fixed = announced(scene, texts={"vi": "Cố định"}, is_dismissable=False)
        reader = browse()
        gone = reader.submit(f"/announcements/{one.id}/dismissal", next="/experts")
        assert (gone.status_code, gone.location) == (303, "/experts")
        reader.submit(f"/announcements/{fixed.id}/dismissal")
        seen = reader.get("/?lang=en").text
        assert "Closed for" not in seen
        assert "Cố định" in seen
        assert "Closed for" in browse().get("/?lang=en").text

    def test_an_end_before_the_beginning_is_refused(self, scene: Scene) -> None:
        with pytest.raises(InvalidInput):
            announced(scene, ends_at=clock.now() - timedelta(days=1))

    def test_by_the_forms(self, browse: Callable[..., Browser]) -> None:
        admin = browse("admin")
        assert admin.get("/admin/content/announcements/new").status_code == 200
        now = clock.now() + timedelta(hours=7)  # the scene's people live in Vietnam
        form = {
            "texts.vi": "Bảo trì", "texts.en": "**Maintenance**", "audience": "clients",
            "tone": "caution", "starts_at": f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M}",
            "ends_at": "", "dismissable": "1", "_key": "a-key-of-this-form",
        }  # fmt: skip
        assert admin.submit("/admin/content/announcements", **form).status_code == 303
        assert admin.submit("/admin/content/announcements", **form).status_code == 303
        listed = admin.get("/admin/content/announcements?lang=en").text
        assert listed.count("Maintenance") == 1
        assert "**" not in listed  # the list reads as the pages do
        assert "Shown now" in listed
        assert "Maintenance" in browse("client").get("/?lang=en").text
        found = re.search(r"/admin/content/announcements/([0-9a-f-]{36})/end", listed)
        assert found
        assert admin.get(f"/admin/content/announcements/{found[1]}").status_code == 200
        assert admin.submit(f"/admin/content/announcements/{found[1]}/end").status_code == 303
        assert "Maintenance" not in browse("client").get("/?lang=en").text
        wrong = admin.submit("/admin/content/announcements", **{**form, "starts_at": "soon"})
        assert wrong.status_code == 422
        assert "content.announcement_ended" in audited()


class TestByProgram:
    @pytest.fixture
    def admin(self, app: Flask, scene: Scene) -> Callable[..., Any]:
        browser = browser_on(app, scene.tenant)
        answer = browser.post(
            "/api/v1/sessions", json={"email": scene.emails["admin"], "password": PASSWORD}
        )
        token = answer.get_json()["access_token"]

        def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
            return browser.open(
                f"/api/v1/{path}", method=method, json=body,
                headers={"Authorization": f"Bearer {token}", **headers},
            )  # fmt: skip

        return call

    def test_pages(self, admin: Callable[..., Any], browse: Callable[..., Browser]) -> None:
        body = {"slug": "about", "title": {"vi": "A"}, "body": {"vi": "B"}, "place": "menu"}
        assert admin("POST", "pages", body).status_code == 201
        assert admin("POST", "pages", body).get_json()["code"] == "page_exists"
        assert browse().get("/api/v1/pages").get_json() == {"items": []}
        change = {"title": {"vi": "A"}, "body": {"vi": "C"}, "place": "footer", "shown": True}
        assert admin("PUT", "pages/about", change).get_json()["body"] == {"vi": "C"}
        assert len(browse().get("/api/v1/pages").get_json()["items"]) == 1
        assert admin("DELETE", "pages/about").status_code == 204
        assert admin("DELETE", "pages/about").status_code == 404

    def test_blocks_and_questions(self, admin: Callable[..., Any]) -> None:
        made = admin("POST", "home-blocks", {"kind": "text"}).get_json()
        change = {"shown": True, "texts": {"body": {"vi": "Chào"}}}
        assert admin("PUT", f"home-blocks/{made['key']}", change).get_json()["shown"] is True
        ordered = admin("PUT", "home-blocks/order", {"keys": [made["key"]]}).get_json()["items"]
        assert ordered[0]["key"] == made["key"]
        assert admin("PUT", "home-blocks/order", {"keys": ["x"]}).status_code == 404
        assert admin("DELETE", "home-blocks/hero").get_json()["code"] == "block_fixed"
        assert admin("DELETE", f"home-blocks/{made['key']}").status_code == 204
        questions = {"items": [{"question": {"vi": "Sao?"}, "answer": {"vi": "Vì."}}]}
        assert admin("PUT", "questions", questions).get_json() == questions

    def test_announcements(self, admin: Callable[..., Any], browse: Callable[..., Browser]) -> None:
        body = {"texts": {"vi": "Chào"}, "starts_at": clock.now().isoformat()}
        made = admin("POST", "announcements", body, **{"Idempotency-Key": "k-1"})
        again = admin("POST", "announcements", body, **{"Idempotency-Key": "k-1"})
        assert made.status_code == again.status_code == 201
        assert made.get_json()["id"] == again.get_json()["id"]
        current = browse().get("/api/v1/announcements/current").get_json()["items"]
        assert [one["texts"] for one in current] == [{"vi": "Chào"}]
        place = f"announcements/{made.get_json()['id']}"
        assert admin("PUT", place, {**body, "tone": "negative"}).get_json()["tone"] == "negative"
        assert admin("POST", f"{place}/ends").status_code == 200
        assert browse().get("/api/v1/announcements/current").get_json() == {"items": []}
        assert len(admin("GET", "announcements").get_json()["items"]) == 1
        assert admin("DELETE", place).status_code == 204
        assert admin("GET", place).status_code == 404
