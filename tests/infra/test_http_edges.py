"""What comes in from browsers and programs: ways on, texts, tokens of forms, messages, logs."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, Response, g, make_response
from flask.testing import FlaskClient
from marshmallow import ValidationError, fields

from cilis.hooks.manager import Plugins
from cilis.infra import files, realtime
from cilis.infra.db import reading, transaction
from cilis.infra.http import csrf, problems
from cilis.infra.http.addresses import absolute, origins, own_path
from cilis.infra.http.notices import notice, notices, write_notices
from cilis.infra.http.schemas import Instant, MoneySchema, Strict, Text, between, flatten
from cilis.infra.http.viewer import Viewer
from cilis.infra.i18n import speaking
from cilis.infra.logs import set_up_logs
from cilis.infra.markdown import to_html
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import http, ids
from cilis.kit.errors import DomainError
from cilis.kit.guard import InsideTransaction

# Ways on after a log-in or a payment


@pytest.mark.parametrize("path", ["/", "/bookings/1?x=2#y", "/a//b", "/ä", "/?next=//evil.example"])
def test_a_path_of_this_site_is_followed(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "target",
    [
        None, "", "x", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example",
        "/a\\b", "http://evil.example", "https:evil.example", "javascript:alert(1)", " /x", "/x y",
        "/x\r\nSet-Cookie: a=b", "/\t/evil.example", "/\x00", "data:text/html,x", "/" + "x" * 600,
        "mailto:x@y", "?x", "#x", ".//x",
    ],
)  # fmt: skip
def test_every_other_way_leads_home(target: str | None) -> None:
    assert own_path(target, "/home") == "/home"


def test_addresses_come_from_the_record_never_from_the_request(tenant: Tenant) -> None:
    with Flask("x").test_request_context(base_url="http://evil.example"):
        assert absolute("/x") == f"http://{tenant.host}/x"
        assert origins() == {f"http://{host}" for host in tenant.hosts}


# Texts


class Form(Strict):
    name = Text(least=2, most=5)
    at = Instant()
    count = fields.Integer(strict=True, validate=between(1, 3))
    price = fields.Nested(MoneySchema)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"id": 1, "is_admin": True}, {"id": ["unknown_field"], "is_admin": ["unknown_field"]}),
        ([], {"body": ["invalid"]}),
        ("x", {"body": ["invalid"]}),
        ({"name": "a\x00b"}, {"name": ["unclean_text"]}),
        ({"name": "\u202eab"}, {"name": ["unclean_text"]}),
        ({"name": "\ud800ab"}, {"name": ["unclean_text"]}),
        ({"name": "   "}, {"name": ["required"]}),
        ({"name": "a"}, {"name": ["too_short"]}),
        ({"name": "abcdef"}, {"name": ["too_long"]}),
        ({"name": 1}, {"name": ["invalid"]}),
        ({"name": None}, {"name": ["null"]}),
        ({"at": "2026-01-01T10:00:00"}, {"at": ["invalid_awareness"]}),
        ({"at": "0001-01-01T00:00:00Z"}, {"at": ["out_of_range"]}),
        ({"at": "9999-12-31T23:59:59Z"}, {"at": ["out_of_range"]}),
        ({"at": "2026-01-01T25:00:00Z"}, {"at": ["invalid"]}),
        ({"at": 1}, {"at": ["invalid"]}),
        ({"count": "1e3"}, {"count": ["invalid"]}),
        ({"count": 1.5}, {"count": ["invalid"]}),
        ({"count": 2**63}, {"count": ["out_of_range"]}),
        ({"count": -1}, {"count": ["out_of_range"]}),
        ({"price": {"minor": 0.3, "currency": "VND"}}, {"price.minor": ["invalid"]}),
        ({"price": {"minor": 1}}, {"price.currency": ["required"]}),
        ({"price": []}, {"price": ["invalid"]}),
    ],
)
def test_wrong_input_is_told_by_field_and_code(body: object, errors: dict[str, list[str]]) -> None:
    with pytest.raises(ValidationError) as refused:
        Form().load(body)  # type: ignore[arg-type]
    assert flatten(refused.value.messages) == errors


def test_right_input_is_made_plain() -> None:
    found = Form().load({"name": "  Hoa\u0300 ", "at": "2026-01-01T10:00:00+07:00"})
    assert found["name"] == "Hoà"
    assert found["at"] == datetime(2026, 1, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](data:text/html,<script>)",
        "![x](http://evil.example/x.png)", '<a href="x" onclick="alert(1)">x</a>',
        "<svg/onload=alert(1)>",
        "[x](JaVaScRiPt:alert(1))", "<style>*{}</style>", '<img src=x onerror="alert(1)">',
        "[x](vbscript:x)", "`<script>`", "<iframe src=//evil>", "[x](  javascript:alert(1))",
    ],
)  # fmt: skip
def test_markdown_can_do_no_harm(source: str) -> None:
    made = str(to_html(source)).lower()
    for word in (
        "<script",
        "<img",
        "<svg",
        "<style",
        "<iframe",
        'href="javascript',
        'href="data',
        'vbscript:"',
    ):
        assert word not in made
    assert not re.search(r"<[^>]*\son\w+\s*=", made)


def test_markdown_is_still_markdown() -> None:
    made = to_html("# Title\n\n*soft* **loud** [link](https://x.example)\n\n- one\n- two")
    assert "<h2>Title</h2>" in made
    assert "<em>soft</em> <strong>loud</strong>" in made
    assert 'rel="noopener noreferrer"' in made
    assert made.count("<li>") == 2


# Tokens of forms, and messages for the next page


@pytest.fixture
def site(process: Flask, tenant: Tenant) -> FlaskClient:
    app = Flask("tests", root_path="/")
    app.register_error_handler(DomainError, problems.answer)
    person = ids.new()

    @app.before_request
    def look() -> None:
        g.viewer = Viewer(person, ids.new(), frozenset({"client"}))
        csrf.check()

    @app.route("/api/form", methods=["GET", "POST"])
    def form() -> Response:
        return make_response(csrf.csrf_token())

    @app.get("/say")
    def say() -> Response:
        notice("%(who)s was here", kind="info", who="<Hoa>")
        return write_notices(make_response("said"))

    @app.get("/hear")
    def hear() -> Response:
        found = [f"{message.kind}:{message.text}" for message in notices()]
        return write_notices(make_response("|".join(found)))

    client = app.test_client()
    client.set_cookie("session", "token-of-hoa", domain=tenant.host)
    return client


def _post(site: FlaskClient, tenant: Tenant, origin: str | None, token: str) -> int:
    headers = {} if origin is None else {"Origin": origin}
    answer = site.post(
        "/api/form", base_url=f"http://{tenant.host}", headers=headers, data={"_csrf": token}
    )
    return answer.status_code


def test_a_form_needs_our_origin_and_its_own_token(
    site: FlaskClient, tenant: Tenant, other_tenant: Tenant
) -> None:
    base = f"http://{tenant.host}"
    token = site.get("/api/form", base_url=base).text
    assert _post(site, tenant, base, token) == 200
    for origin in (None, "null", "", "http://evil.example", f"https://{tenant.host}", f"{base}:81",
                   f"{base}.evil.example", f"http://{other_tenant.host}", base.upper()):  # fmt: skip
        assert _post(site, tenant, origin, token) == 403
    with serving(other_tenant):
        theirs = csrf._token("token-of-hoa", 0)
    for wrong in ("", "x", token[:-1], token + "0", theirs, csrf._token("another", 0), "đ"):
        assert _post(site, tenant, base, wrong) == 403
    site.delete_cookie("session", domain=tenant.host)
    assert _post(site, tenant, base, token) == 403


def test_a_message_is_heard_once_on_the_next_page(site: FlaskClient, tenant: Tenant) -> None:
    base = f"http://{tenant.host}"
    with speaking("en"):
        site.get("/say", base_url=base)
        assert site.get("/hear", base_url=base).text == "info:<Hoa> was here"
        assert site.get("/hear", base_url=base).text == ""


def test_a_message_of_another_hand_is_not_shown(
    site: FlaskClient, tenant: Tenant, other_tenant: Tenant
) -> None:
    base = f"http://{tenant.host}"
    site.get("/say", base_url=base)
    cookie = site.get_cookie("notice", domain=tenant.host)
    assert cookie is not None
    for forged in ("x", f"{cookie.value}x", f"x{cookie.value}", "", "."):
        site.set_cookie("notice", forged, domain=tenant.host)
        assert site.get("/hear", base_url=base).text == ""
    site.set_cookie("notice", cookie.value, domain=tenant.host)
    with serving(other_tenant):
        assert site.get("/hear", base_url=base).text == ""


# Nothing leaves the database while a transaction is open


@pytest.mark.parametrize("opened", [transaction, reading])
@pytest.mark.parametrize(
    "work",
    [
        lambda: http.request("GET", "http://127.0.0.1:1/"),
        lambda: Plugins().call("payments", "x", 1, lambda: 1),
        lambda: files.save(b"x", content_type="x", name="x"),
        lambda: realtime.push("person:x", "x", {}),
    ],
    ids=["http", "plugin", "file", "hint"],
)
def test_nothing_outside_the_database_inside_a_transaction(
    tenant: Tenant, opened: Callable[[], object], work: Callable[[], object]
) -> None:
    with pytest.raises(InsideTransaction), opened():  # type: ignore[attr-defined]
        work()


# Logs


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    set_up_logs("INFO")
    out = io.StringIO()
    ours = next(handler for handler in root.handlers if handler not in before)
    assert isinstance(ours, logging.StreamHandler)
    ours.setStream(out)
    yield out
    root.handlers[:] = before
    root.setLevel(level)


def test_a_log_line_is_json_with_the_tenant(log: io.StringIO, tenant: Tenant) -> None:
    logging.getLogger("tests").warning("two\nlines of %s", "Hòa")
    line = json.loads(log.getvalue())
    assert log.getvalue().count("\n") == 1
    assert (line["event"], line["tenant"], line["level"]) == (
        "two\nlines of Hòa",
        tenant.id,
        "warning",
    )


def test_a_fault_is_logged_with_its_place(log: io.StringIO) -> None:
    try:
        raise KeyError("x")
    except KeyError:
        logging.getLogger("tests").exception("fault")
    line = json.loads(log.getvalue())
    assert "KeyError" in line["exception"]
    assert "tenant" not in line


def test_limits_of_sockets_tokens_are_short() -> None:
    assert timedelta(hours=24) >= realtime.TOKEN_LIFETIME
