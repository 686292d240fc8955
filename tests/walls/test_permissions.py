"""Who may use which route: the whole table, kept in the docs so that a change is seen.

``WRITE_PERMISSIONS=1`` writes ``platform/docs/permissions.md`` anew; its difference is to be read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from cilis.infra.http.policies import Policy, policy_of

TABLE = Path(__file__).parents[2] / "platform" / "docs" / "permissions.md"
HEAD = """# Who may use which route

Made from the code: every view declares its policy, and one that does not stops the start. `WRITE_PERMISSIONS=1 pytest tests/walls/test_permissions.py`
writes this page anew; a test fails while it differs. What a person may see *behind* a route (their own bookings, not another's) is decided by
the room that owns the thing, and tried by `tests/walls/test_walls.py` for every route.

- **everybody**: also who is not signed in · **signed in**: any role · **a server**: proves itself by signature or token, not by cookie

| route | method | who |
|---|---|---|
"""
NOT_FOR_SUPPORT = (
    "/admin/audit", "/admin/brand", "/admin/content", "/admin/extensions", "/admin/fields",
    "/admin/people/<uuid:person_id>/", "/admin/synonyms", "/api/v1/audit-entries", "/api/v1/extensions",
    "/api/v1/people/<uuid:person_id>/", "/api/v1/synonyms",
)  # fmt: skip
"""Where support has no business, as far as such routes exist."""


def _who(found: Policy) -> str:
    if found.foreign:
        return "a server"
    if found.roles:
        return ", ".join(sorted(found.roles))
    return "signed in" if found.signed_in else "everybody"


def _rows(app: Flask) -> Iterator[tuple[str, str, Policy]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.rule, method, policy_of(app, rule.endpoint)


def test_the_table_in_the_docs_is_true(app: Flask) -> None:
    lines = [f"| `{route}` | {method} | {_who(found)} |" for route, method, found in _rows(app)]
    written = HEAD + "\n".join(sorted(set(lines))) + "\n"
    if os.environ.get("WRITE_PERMISSIONS"):  # noqa: TID251
        TABLE.write_text(written, encoding="utf-8")
    known = set(TABLE.read_text(encoding="utf-8").splitlines())
    now = set(written.splitlines())
    changed = [f"- {line}" for line in sorted(known - now)]
    changed += [f"+ {line}" for line in sorted(now - known)]
    assert not changed, "WRITE_PERMISSIONS=1 after reading this:\n" + "\n".join(changed)


@pytest.mark.parametrize("prefix", NOT_FOR_SUPPORT)
def test_support_has_no_business_there(app: Flask, prefix: str) -> None:
    found = [row for row in _rows(app) if row[0].startswith(prefix)]
    for route, method, wanted in found:
        assert "support" not in wanted.roles, (method, route)
        assert wanted.roles or wanted.signed_in is False, (method, route)


def test_nobody_but_an_admin_changes_people(app: Flask) -> None:
    """Apart from oneself."""
    for route, method, found in _rows(app):
        others = "/people/<uuid:person_id>" in route
        if others and method != "GET":
            assert found.roles == {"admin"}, (method, route)


def test_every_staff_page_is_for_staff(app: Flask) -> None:
    for route, method, found in _rows(app):
        if route.startswith("/admin"):
            assert found.roles, (method, route)
            assert found.roles <= {"admin", "support"}, (method, route)
        if route.startswith("/desk"):
            assert found.roles == {"expert"}, (method, route)


def test_what_needs_no_log_in_is_known(app: Flask) -> None:
    """Writes that anybody may send: each has its own limit, token or proof."""
    open_writes = {
        (route, method)
        for route, method, found in _rows(app)
        if method != "GET" and not found.signed_in and not found.foreign
    }
    assert {route for route, _ in open_writes if route.startswith("/admin")} == set()
    assert {route for route, _ in open_writes if "people/me" in route} == set()
