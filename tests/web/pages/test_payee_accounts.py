"""An expert opens an account at the payment company; staff see how it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from tests.domains.payments.test_gateways import HOOK, KEY, bring
from tests.web.pages.conftest import words
from tests.web.pages.test_payouts import dong
from werkzeug.test import TestResponse

from cilis.domains import extensions, payments
from cilis.infra.db import reading, transaction
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.fixtures import Browser
from cilis.testing.scene import PASSWORD, Scene
from cilis.testing.standins.control import StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Browse = Callable[..., Browser]


def switch(scene: Scene, stand_ins: StandIns, **chosen: str) -> None:
    stand_ins.register("stripe", KEY, HOOK)
    settings = stand_ins.stripe_settings(KEY, HOOK) | chosen
    extensions.switch("payments", "stripe", True, settings, scene.viewer("admin"))


def test_from_the_desk_to_stripe_and_back(
    scene: Scene, stand_ins: StandIns, browse: Browse, deliver: Callable[[], int]
) -> None:
    desk, admin, client = browse("expert"), browse("admin"), browse("client")
    switch(scene, stand_ins)
    assert "Your account at Stripe" not in words(desk.get("/desk/payouts").text)
    assert admin.get("/admin/payouts/accounts/stripe").status_code == 404

    switch(scene, stand_ins, charges="destination", payouts="transfers")
    page = desk.get("/desk/payouts")
    assert "Your account at Stripe No account yet" in words(page.text)
    assert "http://127.0.0.1:*" in page.headers["Content-Security-Policy"]  # the form leads out
    assert client.submit("/desk/payouts/accounts/stripe").status_code == 403
    stopped = desk.submit("/desk/payouts/accounts/stripe", current_password="guessed")
    assert (stopped.location, stand_ins.connected()) == ("/desk/payouts", [])
    assert "This is not your present password." in words(desk.get("/desk/payouts").text)
    there = desk.submit("/desk/payouts/accounts/stripe", current_password=PASSWORD)
    assert there.status_code == 303
    back = urlsplit(stand_ins.pay(there.location, "pending")).path
    assert desk.get(back).status_code == 303
    deliver()
    shown = words(desk.get("/desk/payouts").text)
    assert "Not finished" in shown
    assert "Stripe still asks for one thing." in shown
    refused = desk.submit(
        "/desk/payouts/account", kind="connected", provider="stripe", current_password=PASSWORD
    )
    assert "Open the account at the payment company first" in words(refused.text)

    stand_ins.pay(desk.submit("/desk/payouts/accounts/stripe").location, "complete")
    desk.get(f"{back}?again=1")
    deliver()
    assert "Works" in words(desk.get("/desk/payouts").text)
    account = stand_ins.connected()[0]["id"]
    chosen = desk.submit(
        "/desk/payouts/account", kind="connected", provider="stripe", current_password=PASSWORD
    )
    assert chosen.status_code == 303
    assert f"•••• {account[-4:]}" in words(desk.get("/desk/payouts").text)
    listed = admin.get("/admin/payouts/accounts/stripe")
    assert f"Alpha Expert 0 {account} Works" in words(listed.text)
    assert "Accounts at Stripe" in words(admin.get("/admin/payouts").text)


def test_while_stripe_does_not_answer_one_stays_on_the_desk(
    scene: Scene, stand_ins: StandIns, browse: Browse
) -> None:
    switch(scene, stand_ins, charges="destination")
    stand_ins.set_fault("down", "stripe")
    desk = browse("expert")
    answer = desk.submit("/desk/payouts/accounts/stripe", current_password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/desk/payouts")
    assert stand_ins.connected() == []


def test_over_the_api(
    scene: Scene, stand_ins: StandIns, browse: Browse, deliver: Callable[[], int]
) -> None:
    switch(scene, stand_ins, charges="destination")
    browser = browse()

    def ask(role: str, path: str) -> TestResponse:
        return browser.get(f"/api/v1/payee-accounts{path}", headers=headers[role])

    headers = {}
    for role in ("expert", "admin"):
        who = {"email": scene.emails[role], "password": PASSWORD}
        token = browser.post("/api/v1/sessions", json=who).json["access_token"]
        headers[role] = {"Authorization": f"Bearer {token}"}
    own = ask("expert", "/me/stripe").json
    assert (own["standing"], own["account"], own["due"]) == ("none", "", [])
    pages, who = "/api/v1/payee-accounts/me/stripe/pages", headers["expert"]
    for wrong in ({}, {"current_password": "guessed"}):
        assert browser.post(pages, json=wrong, headers=who).status_code == 422
    assert stand_ins.connected() == []
    made = browser.post(pages, json={"current_password": PASSWORD}, headers=who)
    assert made.status_code == 201
    stand_ins.pay(made.json["url"], "complete")
    deliver()
    own = ask("expert", "/me/stripe").json
    assert (own["standing"], own["can_receive"]) == ("ready", True)
    assert ask("expert", "?provider=stripe").status_code == 403
    listed = ask("admin", "?provider=stripe").json["items"]
    assert [one["account"] for one in listed if one["standing"] == "ready"] == [own["account"]]
    assert ask("admin", "?provider=stripe&cursor=x").status_code == 422
    assert ask("admin", "").status_code == 422


def test_the_staff_see_what_went_to_the_expert(
    scene: Scene, stand_ins: StandIns, browse: Browse, deliver: Callable[[], int]
) -> None:
    switch(scene, stand_ins, charges="destination")
    expert, client = scene.viewer("expert"), scene.viewer("client")
    payments.set_payee_account(expert.person, "stripe", "acct_minh", scene.viewer("admin"))
    with transaction() as session:
        attempt_id = payments.open_attempt(
            session, subject_id=ids.new(), payer_id=client.person, payee_id=expert.person,
            amount=Money(500_000, "VND"), provider="stripe", description="K7QM",
            expires_at=clock.now() + timedelta(minutes=10), share=Money(400_000, "VND"),
        )  # fmt: skip
    stand_ins.pay(payments.send_to_provider(attempt_id, client_ip="203.0.113.7", language="vi"))
    with reading() as session:
        token = extensions.hook_token(session, "payments", "stripe")
    (notice,) = stand_ins.notices(attempt_id.hex)
    admin = browse("admin")
    assert bring(admin, f"/hooks/payments/stripe/{token}", notice).startswith("200")
    page = words(admin.get(f"/admin/payments/{attempt_id}").text)
    assert f"Went to the expert at once {dong(400_000)}" in page
    assert "of it still there" not in page
    with transaction() as session:
        half = Money(250_000, "VND")
        payments.request_refund(session, attempt_id, half, "cancelled", None)
    page = words(admin.get(f"/admin/payments/{attempt_id}").text)
    assert f"of it still there: {dong(200_000)}" in page
