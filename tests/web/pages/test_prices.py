"""The admin sets what the organization keeps, and the tax rates beside the usual one."""

from __future__ import annotations

from collections.abc import Callable

from tests.web.pages.conftest import words

from cilis.domains import pricing
from cilis.infra import db
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]


def rules() -> list[tuple[int, int, int, str]]:
    with db.reading() as session:
        found = [rule.commission for rule in pricing.rules(session)]
    return [(it.percent_bp, it.fixed_minor, it.minimum_minor, it.base.value) for it in found]


def test_only_the_admin_sets_prices(browse: Browse, scene: Scene) -> None:
    for role, status in (("support", 403), ("expert", 403), ("client", 403), ("", 303)):
        assert browse(role).get("/admin/prices").status_code == status
    sent = browse("support").submit("/admin/prices/commissions", scope="all", percent="1")
    assert sent.status_code == 403


def test_a_commission_is_set_shown_and_taken_away(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    form = {"scope": "all", "percent": "12,5 %", "fixed": "5.000", "minimum": "", "base": "gross"}
    for _ in range(2):  # sending it again changes nothing
        assert admin.submit("/admin/prices/commissions", **form).status_code == 303
    assert rules() == [(1_250, 5_000, 0, "gross")]
    own = {"scope": "expert", "expert": "alpha expert 0", "percent": "10", "base": "net"}
    assert admin.submit("/admin/prices/commissions", **own).status_code == 303
    page = words(admin.get("/admin/prices?lang=en").text)
    assert "12.5 % of the gross amount + 5,000" in page.replace("₫", "")
    assert "10 % of the net amount" in page

    with db.reading() as session:
        first = pricing.rules(session)[0].id
    for _ in range(2):
        gone = admin.submit(f"/admin/prices/commissions/{first}/removal")
        assert gone.status_code == 303
    assert rules() == [(1_000, 0, 0, "net")]


def test_what_is_wrong_is_named_and_nothing_is_lost(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    for wrong, said in (
        ({"percent": "much"}, "Type a percentage"),
        ({"percent": "101"}, "outside of what is possible"),
        ({"percent": "1", "fixed": "-5"}, "amount"),
        ({"percent": "1", "scope": "expert", "expert": "Nobody"}, "No expert has this name"),
        ({"percent": "1", "scope": "topic", "topic_id": "x"}, "choose one of those offered"),
    ):
        answer = admin.submit("/admin/prices/commissions?lang=en", **{"scope": "all"} | wrong)
        assert answer.status_code == 422
        assert said.lower() in words(answer.text).lower(), wrong
        assert f'value="{wrong["percent"]}"' in answer.text
    assert rules() == []


def test_a_tax_rate_is_added_and_taken_away(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    form = {"name[vi]": "Thuế GTGT 8 %", "rate": "8", "country": "vn"}
    assert admin.submit("/admin/prices/rates", **form).status_code == 303
    assert "Thuế GTGT 8 %" in admin.get("/admin/prices").text
    assert admin.submit("/admin/prices/rates", **form | {"country": "Vietnam"}).status_code == 422
    with db.reading() as session:
        (rate,) = pricing.rates(session)
    assert (rate.tax.rate_bp, rate.tax.country) == (800, "VN")
    for _ in range(2):
        assert admin.submit(f"/admin/prices/rates/{rate.id}/removal").status_code == 303
    with db.reading() as session:
        assert pricing.rates(session) == []
