from __future__ import annotations

import pytest

from cilis.domains import content, tenants
from cilis.infra import markdown
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.testing.fixtures import Browser

WORDS = "Some **words**.\n\n<script>x()</script>"
TABLE = "| a | b |\n|---|---|\n| 1 | 2 |"
TERMS = tenants.PackPage("terms", {"en": "Terms"}, {"en": WORDS})
PRIVACY = tenants.PackPage("privacy", {"en": "Privacy"}, {"en": TABLE})


@pytest.fixture
def pages(tenant: Tenant) -> None:
    del tenant
    with transaction() as session:
        content.import_pages(session, [TERMS, PRIVACY], write=True)


@pytest.mark.usefixtures("pages")
class TestPages:
    def test_are_shown_without_raw_html(self, browser_client: Browser) -> None:
        answer = browser_client.get("/pages/terms")
        assert answer.status_code == 200
        assert "<strong>words</strong>" in answer.text
        assert "<script>x()" not in answer.text

    def test_unknown_ones_are_not_found(self, browser_client: Browser) -> None:
        assert browser_client.get("/pages/nothing").status_code == 404

    def test_are_linked_in_the_packs_order(self) -> None:
        with reading() as session:
            assert [link.slug for link in content.legal_pages(session)] == ["terms", "privacy"]

    def test_only_what_differs_is_written(self) -> None:
        with transaction() as session:
            assert content.import_pages(session, [TERMS, PRIVACY], write=True) == []
            changed = content.import_pages(session, [PRIVACY], write=False)
        assert [(change.act, change.what) for change in changed] == [
            ("change", "privacy"), ("remove", "terms"),
        ]  # fmt: skip


def test_questions_are_rendered(tenant: Tenant) -> None:
    del tenant
    asked = tenants.PackQuestion({"en": "Why?"}, {"en": "Because *so*."})
    with transaction() as session:
        assert content.import_questions(session, [asked], write=True)
        assert not content.import_questions(session, [asked], write=True)
    with reading() as session:
        (found,) = content.questions(session)
    assert found.answer["en"] == "<p>Because <em>so</em>.</p>\n"


@pytest.mark.parametrize(
    ("source", "forbidden"),
    [
        ("<img src=x onerror=alert(1)>", "<img"),
        ("[a](javascript:alert(1))", 'javascript:alert(1)"'),
        ("[a](data:text/html,x)", 'href="data:'),
        ("![a](http://x/y.png)", "<img"),
        ("# big", "<h1"),
    ],
)
def test_markdown_does_no_harm(source: str, forbidden: str) -> None:
    assert forbidden not in markdown.to_html(source)


def test_markdown_keeps_tables_and_links() -> None:
    html = markdown.to_html("| a |\n|---|\n| [x](/pages/y) [m](mailto:a@b.example) |")
    assert "<table>" in html
    assert 'href="/pages/y"' in html
    assert 'href="mailto:a@b.example"' in html
