"""The admin says which words mean the same; the next search knows them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from tests.web.pages.conftest import words

from cilis.domains import search
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]


def groups() -> list[search.Synonyms]:
    with db.reading() as session:
        return search.synonyms(session)


@pytest.mark.usefixtures("scene")
def test_only_the_admin_may(browse: Browse) -> None:
    for role, status in (("support", 403), ("expert", 403), ("client", 403), ("", 303)):
        assert browse(role).get("/admin/synonyms").status_code == status
    assert browse("support").submit("/admin/synonyms", text="a, b").status_code == 403
    assert groups() == []


def test_add_change_remove(browse: Browse, scene: Scene) -> None:
    search.rebuild()
    admin = browse("admin")
    assert f"/experts/{scene.slug}" not in browse().get("/experts?q=levy").text
    text = "levy, Tax\nAbgabe;thuế"
    assert admin.submit("/admin/synonyms", text=text).status_code == 303
    (group,) = groups()
    assert group.words == ("levy", "Tax", "Abgabe", "thuế")
    assert "levy, Tax, Abgabe, thuế" in words(admin.get("/admin/synonyms").text)
    assert f"/experts/{scene.slug}" in browse().get("/experts?q=levy").text
    form = admin.get(f"/admin/synonyms/{group.id}").text
    assert "levy\nTax\nAbgabe\nthuế</textarea>" in form
    assert admin.submit(f"/admin/synonyms/{group.id}", text="levy, toll").status_code == 303
    assert f"/experts/{scene.slug}" not in browse().get("/experts?q=levy").text
    book = words(admin.get("/admin/audit?lang=en").text)
    assert "changed synonyms" in book
    for _ in range(2):
        assert admin.submit(f"/admin/synonyms/{group.id}/removal").status_code == 303
    assert groups() == []
    assert admin.get(f"/admin/synonyms/{uuid4()}").status_code == 404


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize(
    ("text", "told"),
    [("one", "at least two different words"), ("", "at least two different words"),
     ("a, b c d e f", "more than four words"), ("a, !!!", "neither a letter nor a digit"),
     (",".join(f"w{number}" for number in range(13)), "too many"), ("a, " + "x" * 61, "long")],
)  # fmt: skip
def test_what_is_wrong_is_shown_with_what_was_typed(browse: Browse, text: str, told: str) -> None:
    admin = browse("admin")
    answer = admin.submit("/admin/synonyms?lang=en", text=text)
    assert answer.status_code == 422
    assert told in answer.text
    assert text in answer.text
    made = admin.submit("/admin/synonyms", text="left, right")
    assert made.status_code == 303
    (group,) = groups()
    answer = admin.submit(f"/admin/synonyms/{group.id}?lang=en", text=text)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert groups() == [group]


@pytest.mark.usefixtures("scene")
def test_a_form_that_is_sent_twice_adds_once(browse: Browse) -> None:
    admin, key = browse("admin"), str(uuid4())
    for _ in range(2):
        assert admin.submit("/admin/synonyms", text="a, b", _key=key).status_code == 303
    assert len(groups()) == 1
