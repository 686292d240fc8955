"""The wall between organizations, tried on every route as every role of another organization.

The list of routes comes from the URL map, so a new route is tried without anybody thinking of it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from cilis.domains import bookings, credits, identity, messaging
from cilis.infra import hosts
from cilis.infra.db import Base, reading, transaction
from cilis.infra.http.policies import Policy, RouteWithoutPolicy, policy_of, require_policies
from cilis.infra.tenancy import serving
from cilis.kit import clock
from cilis.kit.viewer import Caller
from cilis.testing import house as houses
from cilis.testing.scene import PASSWORD, Scene, open_scene

ROLES = ("nobody", "client", "expert", "support", "admin")
MARKER = "Zwetschgenknoedel"
ORIGIN = "http://{host}"


@pytest.fixture(scope="module")
def stage(
    app: Flask, house: houses.House
) -> Iterator[tuple[Flask, Scene, Scene, dict[str, list[str]]]]:
    """Two filled organizations, and every id that the first one has, by table."""
    first, second = (hosts.by_slug(tenant.slug) for tenant in house.tenants)
    with serving(first):
        ours = open_scene(marker=MARKER)
        starts = ours.starts(2)
        for role, start in zip(("client", "other_client"), starts, strict=True):
            wish = bookings.HoldWish(service_id=ours.service, starts_at=start)
            bookings.hold(wish, ours.viewer(role))
        _talk(ours)
        _sell(ours)
        ids = _ids()
    with serving(second):
        theirs = open_scene(marker="Beta", currency="EUR")
    yield app, ours, theirs, ids
    houses.empty(first, second)
    houses.empty_node()


def _talk(scene: Scene) -> None:
    """A conversation with a file in it."""
    with transaction() as session:
        found = messaging.import_conversation(
            session, client_id=scene.client, expert_id=scene.expert,
            expert_person_id=scene.expert_person,
            messages=[messaging.PastMessage(True, f"Hello {MARKER}", clock.now())],
        )  # fmt: skip
    messaging.upload(found, b"%PDF-1.7\n%%EOF\n", f"{MARKER}.pdf", scene.viewer("client"))


def _sell(scene: Scene) -> None:
    """A coupon, a package of sessions and credit, each with words of their own."""
    admin = scene.viewer("admin")
    credits.make_coupon(credits.CouponWish(code="ONE", percent=5, note=MARKER), admin)
    offer = credits.PackageWish(name={"vi": MARKER, "en": MARKER}, sessions=2, price_minor=9_000)
    credits.save_package(offer, admin)
    credits.give_credit(scene.client, 5_000, MARKER, admin)


def _ids() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with reading() as session:
        for table in Base.metadata.sorted_tables:
            if "id" in table.c and isinstance(table.c.id.type, sa.Uuid):
                values = session.scalars(sa.select(table.c.id).limit(3)).all()
                found[table.name] = [str(value) for value in values]
    return found


def _login(client: FlaskClient, scene: Scene, role: str) -> dict[str, str]:
    """Headers with a bearer token of this role."""
    if role == "nobody":
        return {}
    tokens = client.post(
        "/api/v1/sessions",
        json={"email": scene.emails[role], "password": PASSWORD},
        base_url=ORIGIN.format(host=scene.tenant.host),
    )
    assert tokens.status_code in {200, 201}, tokens.text
    return {"Authorization": f"Bearer {tokens.get_json()['access_token']}"}


def _candidates(name: str, ids: dict[str, list[str]], scene: Scene) -> list[str]:
    """Foreign values for an address's part: of the fitting table, or one of each."""
    stem = name.removesuffix("_id")
    fitting = [values for table, values in ids.items() if table.rstrip("s").endswith(stem)]
    if name.endswith("_id") and any(fitting):
        return [values[0] for values in fitting if values]
    if name in {"slug", "who"}:
        return [scene.slug]
    return [values[0] for values in ids.values() if values][:4]


def _addresses(rule: Rule, ids: dict[str, list[str]], scene: Scene) -> list[str]:
    names = sorted(rule.arguments)
    choices = [_named(name, rule) or _candidates(name, ids, scene) for name in names]
    built = []
    for values in itertools.islice(itertools.product(*choices), 4):
        address = rule.rule
        for name, value in zip(names, values, strict=True):
            address = re.sub(rf"<([^<>:]*:)?{name}>", value, address)
        built.append(address)
    return built


def _named(name: str, rule: Rule) -> list[str]:
    """The values of a part that has only a few."""
    found = re.search(rf"<any\(([^)]*)\):{name}>", rule.rule)
    return [value.strip() for value in found[1].split(",")] if found else []


def _tries(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def _body(ids: dict[str, list[str]]) -> dict[str, object]:
    """Foreign ids under the names that bodies use."""
    return {
        "service_id": ids["services"][0], "expert_id": ids["experts"][0],
        "booking_id": ids["bookings"][0], "starts_at": "2030-01-01T09:00:00+00:00",
        "person_id": ids["people"][0], "text": "x", "reason": "x", "stars": 5,
    }  # fmt: skip


@pytest.mark.timeout(280)
@pytest.mark.parametrize("role", ROLES)
def test_nothing_of_another_organization_is_seen_or_touched(
    role: str, stage: tuple[Flask, Scene, Scene, dict[str, list[str]]]
) -> None:
    app, ours, theirs, ids = stage
    client = app.test_client()
    headers = _login(client, theirs, role)
    everything = {value for values in ids.values() for value in values}
    with serving(ours.tenant):
        before = _count()
    tried = set()
    for rule, method in _tries(app):
        for address in _addresses(rule, ids, ours):
            payload = {"json": _body(ids)} if method in {"POST", "PUT", "PATCH"} else {}
            answer = client.open(
                address,
                method=method,
                base_url=ORIGIN.format(host=theirs.tenant.host),
                headers=headers | {"Origin": ORIGIN.format(host=theirs.tenant.host)},
                **payload,
            )
            tried.add(rule.endpoint)
            assert answer.status_code < 500, (method, address, answer.text[:300])
            text = answer.get_data(as_text=True)
            assert MARKER not in text, (method, address)
            leaked = {value for value in everything if value in text and value not in address}
            assert not leaked, (method, address, leaked)
    assert tried == {rule.endpoint for rule, _ in _tries(app)}
    with serving(ours.tenant):
        assert _count() == before


def _count() -> dict[str, int]:
    with reading() as session:
        return {
            table.name: session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
            if table.name not in {"sessions", "refresh_tokens"}
        }


@pytest.mark.parametrize("role", [role for role in ROLES if role != "nobody"])
def test_a_token_of_one_organization_is_nothing_at_another(
    role: str, stage: tuple[Flask, Scene, Scene, dict[str, list[str]]]
) -> None:
    app, ours, theirs, _ = stage
    client = app.test_client()
    headers = _login(client, ours, role)
    own = client.get(
        "/api/v1/people/me", base_url=ORIGIN.format(host=ours.tenant.host), headers=headers
    )
    assert own.status_code == 200
    foreign = client.get(
        "/api/v1/people/me", base_url=ORIGIN.format(host=theirs.tenant.host), headers=headers
    )
    assert foreign.status_code == 401
    assert MARKER not in foreign.text


def test_a_cookie_of_one_organization_is_nothing_at_another(
    stage: tuple[Flask, Scene, Scene, dict[str, list[str]]],
) -> None:
    app, ours, theirs, _ = stage
    with serving(ours.tenant):
        token, viewer = identity.log_in(
            identity.Credentials(ours.emails["admin"], PASSWORD), Caller(ip="127.0.0.1")
        )
        assert viewer.has("admin")
    client = app.test_client()
    client.set_cookie("session", token, domain=theirs.tenant.host)
    answer = client.get("/admin", base_url=ORIGIN.format(host=theirs.tenant.host))
    assert answer.status_code == 303
    assert answer.location.startswith("/log-in")


def test_every_page_needs_its_role(stage: tuple[Flask, Scene, Scene, dict[str, list[str]]]) -> None:
    """Within one organization: who lacks the declared role is refused before the view runs."""
    app, ours, _, ids = stage
    client = app.test_client()
    base = ORIGIN.format(host=ours.tenant.host)
    for role in ("nobody", "client", "expert", "support"):
        headers = _login(client, ours, role)
        for rule, method in _tries(app):
            wanted = policy_of(app, rule.endpoint)
            if not wanted.signed_in or (role != "nobody" and not wanted.roles):
                continue
            if role in wanted.roles:
                continue
            address = _addresses(rule, ids, ours)[0]
            answer = client.open(
                address, method=method, base_url=base, headers=headers | {"Origin": base}
            )
            refused = {401, 303} if role == "nobody" else {403}
            assert answer.status_code in refused, (role, method, address, answer.status_code)


def test_a_route_without_a_policy_does_not_start() -> None:
    app = Flask("x")
    app.add_url_rule("/open", "open_to_all", lambda: "")
    with pytest.raises(RouteWithoutPolicy, match="open_to_all"):
        require_policies(app)
    app.view_functions["open_to_all"].__policy__ = Policy()  # type: ignore[attr-defined]
    app.view_functions["static"].__policy__ = Policy()  # type: ignore[attr-defined]
    require_policies(app)


def test_ids_are_what_they_look_like(
    stage: tuple[Flask, Scene, Scene, dict[str, list[str]]],
) -> None:
    ids = stage[3]
    assert {"bookings", "experts", "people", "services"} <= {
        name for name, found in ids.items() if found
    }
    assert all(UUID(value) for values in ids.values() for value in values)
