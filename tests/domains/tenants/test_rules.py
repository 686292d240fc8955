"""The rules of cancelling and moving, as an admin changes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from cilis.domains import tenants
from cilis.domains.tenants import CancellationPolicy, CancellationTier, Rules, RulesWish
from cilis.infra.audit import AuditEntry
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit.errors import InvalidInput, NotFound
from cilis.testing.fixtures import Browser, browser_on
from cilis.testing.scene import PASSWORD, Scene, open_scene

STRICT = CancellationPolicy(
    key="strict",
    names={"vi": "Chặt chẽ", "en": "Strict"},
    tiers=(CancellationTier(72, 100), CancellationTier(48, 25)),
    no_show_percent=10,
)
RULES = Rules(
    no_show_percent=20,
    expert_percent=90,
    suggest=False,
    moves=2,
    move_hours=12,
    other_service=True,
    policies=(STRICT,),
    refund_limits={"support": 500_000},
)
WISH = RulesWish(cancellation=(CancellationTier(6, 50), CancellationTier(24, 100)), rules=RULES)


@pytest.fixture
def scene(tenant: Tenant) -> Scene:
    del tenant
    return open_scene()


def organization() -> tenants.Organization:
    tenants.forget_organizations()
    with reading() as session:
        return tenants.organization(session)


def test_they_are_kept_in_order_and_audited(scene: Scene) -> None:
    before = organization().version
    tenants.change_rules(WISH, scene.viewer("admin"))
    tenants.change_rules(WISH, scene.viewer("admin"))  # the same changes nothing

    found = organization()
    assert found.rules == RULES
    assert [tier.hours for tier in found.cancellation] == [24, 6]
    assert found.version == before + 1
    with reading() as session:
        entries = session.query(AuditEntry).filter_by(action="tenants.rules_changed").all()
    assert [one.detail["after"]["rules"]["moves"] for one in entries] == [2]
    assert entries[0].actor_id == scene.viewer("admin").person_id


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (replace(WISH, rules=replace(RULES, no_show_percent=101)), "no_show_percent"),
        (replace(WISH, rules=replace(RULES, expert_percent=-1)), "expert_percent"),
        (replace(WISH, rules=replace(RULES, moves=51)), "moves"),
        (replace(WISH, rules=replace(RULES, refund_limits={"client": 1})), "refund_limits.client"),
        (replace(WISH, rules=replace(RULES, refund_limits={"admin": -1})), "refund_limits.admin"),
        (replace(WISH, rules=replace(RULES, policies=(STRICT, STRICT))), "policies"),
        (
            replace(WISH, rules=replace(RULES, policies=(replace(STRICT, names={"vi": "x"}),))),
            "names.en",
        ),
        # nearer to the session more would come back, and one hour twice
        (
            replace(WISH, cancellation=(CancellationTier(6, 100), CancellationTier(24, 50))),
            "cancellation",
        ),
        (
            replace(WISH, cancellation=(CancellationTier(6, 50), CancellationTier(6, 20))),
            "cancellation",
        ),
        (replace(WISH, cancellation=(CancellationTier(6, 101),)), "cancellation"),
        (
            replace(WISH, cancellation=tuple(CancellationTier(n, 50) for n in range(6))),
            "cancellation",
        ),
    ],
)
def test_what_cannot_be_is_refused(scene: Scene, wish: RulesWish, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        tenants.change_rules(wish, scene.viewer("admin"))
    assert field in refusal.value.fields
    assert organization().rules == Rules()


def test_rules_of_services_come_change_and_go(scene: Scene) -> None:
    admin = scene.viewer("admin")
    tenants.put_policy(STRICT, admin, new=True)
    with pytest.raises(InvalidInput):
        tenants.put_policy(STRICT, admin, new=True)
    with pytest.raises(NotFound):
        tenants.put_policy(replace(STRICT, key="other"), admin)
    tenants.put_policy(replace(STRICT, no_show_percent=0), admin)
    tenants.change_rules(
        replace(WISH, rules=replace(RULES, policies=()), keep_policies=True), admin
    )
    assert [one.no_show_percent for one in organization().rules.policies] == [0]
    tenants.remove_policy("strict", admin)
    tenants.remove_policy("strict", admin)
    assert organization().rules.policies == ()


@pytest.fixture
def admin(app: Flask, scene: Scene) -> Browser:
    made = browser_on(app, scene.tenant)
    made.submit("/log-in", email=scene.emails["admin"], password=PASSWORD)
    return made


FORM = {
    "tier[0][hours]": "24", "tier[0][percent]": "100", "tier[1][hours]": "6",
    "tier[1][percent]": "50", "tier[2][hours]": "", "no_show_percent": "20",
    "expert_percent": "100", "suggest": "1", "moves": "3", "move_hours": "", "other_service": "1",
    "limit[support]": "500.000", "limit[admin]": "",
}  # fmt: skip


class TestPages:
    def test_the_form_says_what_was_saved(self, admin: Browser) -> None:
        assert admin.get("/admin/rules").status_code == 200
        assert admin.submit("/admin/rules", **FORM).status_code == 303
        rules = organization().rules
        assert (rules.no_show_percent, rules.moves, rules.move_hours) == (20, 3, None)
        assert (rules.other_service, rules.suggest) == (True, True)
        assert dict(rules.refund_limits) == {"support": 500_000}
        page = admin.get("/admin/rules").text
        assert 'value="500000"' in page
        assert admin.get("/admin/audit").status_code == 200

    @pytest.mark.parametrize(
        "wrong",
        [{"no_show_percent": "120"}, {"moves": "x"}, {"limit[admin]": "ten"},
         {"tier[1][percent]": "101"}],
    )  # fmt: skip
    def test_what_was_typed_stays(self, admin: Browser, wrong: dict[str, str]) -> None:
        answer = admin.submit("/admin/rules", **{**FORM, **wrong})
        assert answer.status_code == 422
        assert next(iter(wrong.values())) in answer.text
        assert 'role="alert"' in answer.text
        assert organization().rules == Rules()

    def test_rules_of_a_service(self, admin: Browser, scene: Scene) -> None:
        form = {"names[vi]": "Chặt chẽ", "names[en]": "Strict", "tier[0][hours]": "72",
                "tier[0][percent]": "50", "no_show_percent": "0"}  # fmt: skip
        assert admin.get("/admin/rules/policies/new").status_code == 200
        refused = admin.submit("/admin/rules/policies/new", **{**form, "names[en]": ""})
        assert refused.status_code == 422
        assert admin.submit("/admin/rules/policies/new", **form).status_code == 303
        (made,) = organization().rules.policies
        assert admin.get(f"/admin/rules/policies/{made.key}").status_code == 200
        assert admin.get("/admin/rules/policies/none").status_code == 404

        expert = browser_on(admin.application, scene.tenant)
        expert.submit("/log-in", email=scene.emails["expert"], password=PASSWORD)
        page = expert.get(f"/desk/services/{scene.service}").text
        assert "Strict" in page or "Chặt chẽ" in page
        assert expert.get("/admin/rules").status_code == 403

        person = scene.viewer("expert").person_id
        page = admin.get(f"/admin/people/{person}").text
        assert f"/admin/services/{scene.service}/policy" in page
        answer = admin.submit(f"/admin/services/{scene.service}/policy", policy=made.key)
        assert answer.status_code == 303
        assert admin.submit(f"/admin/rules/policies/{made.key}/removal").status_code == 303
        assert organization().rules.policies == ()


Api = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def api(app: Flask, scene: Scene) -> Api:
    """Calls for somebody of the scene; nobody for ""."""

    def call(role: str, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
        client = browser_on(app, scene.tenant)
        headers = {}
        if role:
            login = {"email": scene.emails[role], "password": PASSWORD}
            token = client.post("/api/v1/sessions", json=login).get_json()["access_token"]
            headers["Authorization"] = f"Bearer {token}"
        answer = client.open(f"/api/v1/{path}", method=method, json=body, headers=headers)
        return answer.status_code, answer.get_json() or {}

    return call


def test_the_api_reads_and_writes_all_of_it(scene: Scene, api: Api) -> None:
    status, shown = api("admin", "GET", "organization/rules")
    assert status == 200
    body = {
        **shown,
        "no_show_percent": 30,
        "policies": [
            {
                "key": "strict",
                "names": {"vi": "Chặt", "en": "Strict"},
                "tiers": [{"hours": 48, "percent": 100}],
                "no_show_percent": 0,
            }
        ],
        "refund_limits": {"admin": 1},
    }
    assert api("admin", "PUT", "organization/rules", body)[0] == 200
    assert organization().rules.no_show_percent == 30
    assert api("support", "PUT", "organization/rules", body)[0] == 403
    assert api("admin", "PUT", "organization/rules", {**body, "moves": -1})[0] == 422
    public = api("", "GET", "organization")[1]["rules"]
    assert public["no_show_percent"] == 30
    assert "refund_limits" not in public
    path = f"experts/services/{scene.service}/policy"
    assert api("admin", "PUT", path, {"policy": "strict"})[1]["policy"] == "strict"
    assert api("admin", "PUT", path, {"policy": "none"})[0] == 422
    assert api("support", "PUT", path, {"policy": ""})[0] == 403
