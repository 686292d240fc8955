"""What experts write of themselves, and what happens to their application."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from tests.web.pages.test_desk import PDF, send

from cilis.domains import experts
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
STATIONS = {
    "experience[0][title][vi]": "Một",
    "experience[0][from]": "2010",
    "experience[1][title][vi]": "Hai",
    "experience[1][from]": "2005",
}


def years(page: str) -> list[str]:
    return re.findall(
        r'value="(\d{4}|)" inputmode="numeric" id="f-experience\[\d+\]\[from\]"', page
    )


class TestDraft:
    """Rows and previews without saving; the same without script."""

    def test_rows_come_go_and_move(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")

        def drafted(act: str, **form: str) -> list[str]:
            answer = desk.submit("/desk/profile/draft", do=act, name="Lan", **(STATIONS | form))
            assert answer.status_code == 200
            assert 'value="Lan"' in answer.text
            return years(answer.text)

        assert drafted("add:experience") == ["", "2010", "2005"]
        assert drafted("down:experience:0") == ["2005", "2010"]
        assert drafted("up:experience:1") == ["2005", "2010"]
        assert drafted("remove:experience:0") == ["2005"]
        for nonsense in (
            "",
            "up:experience:0",
            "down:experience:1",
            "remove:experience:9",
            "x:y:z",
        ):
            assert drafted(nonsense) == ["2010", "2005"]
        with db.reading() as session:
            assert experts.mine(session, scene.viewer("expert")).experience == []

    def test_a_preview_is_clean(self, browse: Browse, scene: Scene) -> None:
        words = "## Kinh nghiệm\n\n- một\n\n<script>alert(1)</script> [x](javascript:alert(1))"
        answer = browse("expert").submit(
            "/desk/profile/draft", **{"do": "preview", "biography[vi]": words}
        )
        assert "<h2>Kinh nghiệm</h2>" in answer.text
        shown = answer.text.partition('id="preview-vi"')[2].partition("</section>")[0]
        assert "<script" not in shown
        assert "javascript:" not in re.sub(r"\[x\]\(.*?\)", "", shown)

    def test_all_rows_may_go(self, browse: Browse, scene: Scene) -> None:
        desk = browse("expert")
        for form, count in ((STATIONS, 2), ({"experience": ""}, 0)):
            assert desk.submit("/desk/profile", **form).status_code == 303
            with db.reading() as session:
                assert len(experts.mine(session, scene.viewer("expert")).experience) == count


def test_the_profile_says_what_is_missing(browse: Browse, scene: Scene) -> None:
    desk = browse("expert")
    page = desk.get("/desk/profile").text
    assert "/desk/verification" in page
    assert "Show a photograph" in page
    assert re.search(r'<progress value="\d+" max="100"', page)
    assert "data-words=" in page  # every field can be found by its words


def test_services_have_a_way_and_an_order(browse: Browse, scene: Scene) -> None:
    desk = browse("expert")
    form = {
        "names[vi]": "Tại văn phòng",
        "minutes": "60",
        "price": "300000",
        "mode": "in_person",
        "active": "1",
    }
    assert desk.submit("/desk/services", **form).status_code == 422  # where?
    assert desk.submit("/desk/services", **form, place="12 Lê Lợi").status_code == 303
    with db.reading() as session:
        first, second = experts.mine(session, scene.viewer("expert")).services
    assert (second.terms.mode, second.terms.place) == (experts.ServiceMode.IN_PERSON, "12 Lê Lợi")
    assert "12 Lê Lợi" in browse().get(f"/experts/{scene.slug}").text
    assert desk.submit(f"/desk/services/{second.id}/place", way="up").status_code == 303
    with db.reading() as session:
        shown = [offer.id for offer in experts.mine(session, scene.viewer("expert")).services]
    assert shown == [second.id, first.id]
    assert "12 Lê Lợi" in browse().get(f"/experts/{scene.slug}").text
    from uuid import uuid4

    assert desk.submit(f"/desk/services/{uuid4()}/place", way="up").status_code == 404


class TestVerification:
    def applicant(self, browse: Browse) -> Browser:
        person = browse("other_client")
        form = {"name": "Trần Quang Minh", "time_zone": "Asia/Ho_Chi_Minh", "languages": "vi"}
        assert person.submit("/apply", **form).status_code == 303
        with db.reading() as session:
            topic = experts.topics(session)[0]
        profile = {"headline[vi]": "Thuế", "biography[vi]": "Tôi.", "topic_ids": str(topic.id)}
        assert person.submit("/desk/profile", **profile).status_code == 303
        service = {"names[vi]": "Tư vấn", "minutes": "30", "price": "100000", "active": "1"}
        assert person.submit("/desk/services", **service).status_code == 303
        two = [(io.BytesIO(PDF), f"bằng-{number}.pdf") for number in range(2)]
        assert (
            send(person, "/desk/verification/documents", kind="degree", file=two).status_code == 303
        )  # type: ignore[attr-defined]
        assert person.submit("/desk/verification").status_code == 303
        return person

    def test_asked_for_more_with_a_list(self, browse: Browse, scene: Scene) -> None:
        person, admin = self.applicant(browse), browse("admin")
        with db.reading() as session:
            (item,) = experts.verification_queue(session).items
        assert item.document_count == 2
        place = f"/admin/verification/{item.id}"
        assert admin.submit(place, decision="ask", missing="licence").status_code == 303
        page = person.get("/desk/verification").text
        assert "Licence to practise" in page
        assert '<option value="licence" selected>' in page  # what to add next is chosen already
        paper = (io.BytesIO(PDF), "phép.pdf")
        send(person, "/desk/verification/documents", kind="licence", file=paper)
        assert "added" in person.get("/desk/verification").text
        assert person.submit("/desk/verification").status_code == 303
        shown = admin.get(place).text
        assert "Sent again" in shown
        assert "Alpha Admin" in shown  # who asked

    def test_withdrawing(self, browse: Browse, scene: Scene) -> None:
        person, admin = self.applicant(browse), browse("admin")
        with db.reading() as session:
            (item,) = experts.verification_queue(session).items
        for _ in range(2):
            assert person.submit("/desk/verification/withdrawal").status_code == 303
        page = person.get("/desk/verification").text
        assert page.count("/removal") == 2
        assert "Trần Quang Minh" not in admin.get("/admin/verification").text
        assert "Trần Quang Minh" in admin.get("/admin/verification?state=withdrawn").text
        late = admin.submit(f"/admin/verification/{item.id}", decision="approve")
        assert late.status_code == 303
        assert "withdrawn" in admin.get(f"/admin/verification/{item.id}").text
        assert person.submit("/desk/verification").status_code == 303
        assert "Application of" in person.get("/desk/verification").text

    def test_the_queue_is_searched_and_paged(
        self, browse: Browse, scene: Scene, queries: list[str]
    ) -> None:
        self.applicant(browse)
        admin = browse("admin")
        assert "Trần Quang Minh" in admin.get("/admin/verification?words=quang").text
        assert "Trần Quang Minh" not in admin.get("/admin/verification?words=hoa").text
        for nonsense in ("cursor=x", "state=y", "words=%00", "state=all&cursor=ﬀ"):
            assert admin.get(f"/admin/verification?{nonsense}").status_code == 200

    def test_papers_are_for_their_owner_and_the_staff(self, browse: Browse, scene: Scene) -> None:
        person = self.applicant(browse)
        page = person.get("/desk/verification").text
        found = re.search(r"/verification-documents/([0-9a-f-]{36})", page)
        assert found is not None
        for role, status in (("client", 404), ("expert", 404), ("support", 200), ("", 303)):
            answer = browse(role).get(found[0])
            assert answer.status_code == status, role
        answer = person.get(found[0])
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer.headers["Cache-Control"]
