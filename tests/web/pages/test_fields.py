"""The admin shapes the tree of fields; pages and searches follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import UUID, uuid4

from tests.web.pages.conftest import words

from cilis.domains import experts
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]


def add(admin: Browser, vi: str, **more: str) -> UUID:
    answer = admin.submit("/admin/fields", **{"names[vi]": vi, "names[en]": "", **more})
    assert answer.status_code == 303, answer.text
    with db.reading() as session:
        found = [node for root in experts.topics(session) for node in root.walk()]
    return next(node.id for node in found if node.names["vi"] == vi)


def slugs() -> list[str]:
    with db.reading() as session:
        return [node.slug for root in experts.topics(session) for node in root.walk()]


def test_only_the_admin_shapes_it(browse: Browse, scene: Scene) -> None:
    for role, status in (("support", 403), ("expert", 403), ("client", 403), ("", 303)):
        assert browse(role).get("/admin/fields").status_code == status
    assert browse("support").submit("/admin/fields", **{"names[vi]": "x"}).status_code == 403


def test_add_rename_move(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    law = add(admin, "Luật", other_words="luật sư, pháp lý\nkiện tụng", icon="scale")
    with db.reading() as session:
        found = experts.topic(session, law)
    assert (found.slug, found.icon) == ("luat", "scale")
    assert found.aliases == ("luật sư", "pháp lý", "kiện tụng")
    page = admin.get("/admin/fields").text
    assert "Not translated: EN" in page
    form = {"names[vi]": "Pháp luật", "names[en]": "Law", "parent_id": "", "slug": "luat"}
    assert admin.submit(f"/admin/fields/{law}", **form).status_code == 303
    assert "Law" in admin.get("/admin/fields").text
    assert slugs() == ["tax", "luat"]
    moved = admin.submit(f"/admin/fields/{law}/place", way="up")
    assert moved.headers["Location"] == f"/admin/fields#field-{law}"
    assert slugs() == ["luat", "tax"]
    below = add(admin, "Nhà đất", parent_id=str(law))
    experts.edit_profile(experts.ProfileChange(topic_ids=[below]), scene.viewer("expert"))
    shown = words(admin.get("/admin/fields?lang=en").text)
    assert re.search(r"Law .{0,40}1 expert\b", shown)  # who is below counts above, too
    assert slugs() == ["luat", "nha-dat", "tax"]
    circle = admin.submit(f"/admin/fields/{law}", **form | {"parent_id": str(below)})
    assert circle.status_code == 422
    assert 'aria-invalid="true"' in circle.text


def test_what_is_wrong_is_shown_with_what_was_typed(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    answer = admin.submit("/admin/fields", **{"names[vi]": "", "names[en]": "Law", "slug": "A b"})
    assert answer.status_code == 422
    assert 'value="Law"' in answer.text
    long = admin.submit(
        "/admin/fields", **{"names[vi]": "Luật", "other_words": ",".join(map(str, range(40)))}
    )
    assert long.status_code == 422
    assert slugs() == ["tax"]


def test_merge_and_remove(browse: Browse, scene: Scene, deliver: Callable[[], int]) -> None:
    admin = browse("admin")
    with db.reading() as session:
        tax = experts.topic_by_slug(session, "tax").id
    kept = admin.submit(f"/admin/fields/{tax}/removal")
    assert kept.headers["Location"] == f"/admin/fields/{tax}"  # an expert chose it
    assert "tax" in slugs()
    finance = add(admin, "Tài chính")
    assert admin.submit(f"/admin/fields/{tax}/merger", into_id="").status_code == 422
    assert admin.submit(f"/admin/fields/{tax}/merger", into_id=str(tax)).status_code == 422
    assert admin.submit(f"/admin/fields/{tax}/merger", into_id=str(finance)).status_code == 303
    assert slugs() == ["tai-chinh"]
    deliver()
    page = browse().get("/experts?field=tai-chinh")
    assert f"/experts/{scene.slug}" in page.text  # searches follow
    empty = add(admin, "Trống")
    for _ in range(2):
        assert admin.submit(f"/admin/fields/{empty}/removal").status_code == 303
    assert slugs() == ["tai-chinh"]
    assert admin.get(f"/admin/fields/{uuid4()}").status_code == 404


def test_the_list_needs_the_same_number_of_queries(
    browse: Browse, scene: Scene, queries: list[str]
) -> None:
    admin = browse("admin")
    counts = []
    for number in range(2):
        admin.get("/admin/fields")
        queries.clear()
        assert admin.get("/admin/fields").status_code == 200
        counts.append(len(queries))
        for place in range(5):
            add(admin, f"Lĩnh vực {number} {place}")
    assert counts[0] == counts[1]
