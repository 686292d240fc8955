"""Experts' accounts at Stripe, from the first click to a share that arrives; against the stand-in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from tests.domains.payments.test_gateways import HOOK, KEY, STAFF, address, bring

from cilis.domains import experts, extensions, identity, payments, tenants
from cilis.domains.notifications import Kind
from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service.composing import compose
from cilis.domains.payments import AccountStanding, PayeeAccount, providers
from cilis.domains.payments.service import ask_payee_account
from cilis.infra import audit
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, ids
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.kit.viewer import Caller, Viewer
from cilis.testing.fixtures import PASSWORD, Browser, Cast
from cilis.testing.standins.control import SentNotice, StandIns
from cilis.testing.standins.fixtures import running_stand_ins, stand_ins

__all__ = ["running_stand_ins", "stand_ins"]

Deliver = Callable[[], int]
Forward = Callable[[timedelta], None]
CONNECT = "whsec_of_experts"
CALLER = Caller(ip="203.0.113.9")


class Shop:
    """A tenant that passes shares on; Minh is an expert."""

    def __init__(self, cast: Cast, stand_ins: StandIns, browser: Browser) -> None:
        self.cast, self.stand_ins, self.browser = cast, stand_ins, browser
        self.minh = Viewer(cast.minh, roles=frozenset({"expert"}), language="de")
        with transaction() as session:
            experts.import_expert(
                session,
                experts.ExpertImport(
                    person_id=cast.minh, name="Minh", languages=("vi",), country="VN",
                    time_zone="Asia/Ho_Chi_Minh", topics=(), services=(), headline={"vi": "x"},
                ),
            )  # fmt: skip
        stand_ins.register("stripe", KEY, HOOK, connect_secret=CONNECT)
        self.switch("destination")

    def switch(self, charges: str, *, on: bool = True) -> None:
        settings = self.stand_ins.stripe_settings(KEY, HOOK) | {
            "charges": charges, "connect_secret": CONNECT,
        }  # fmt: skip
        extensions.switch("payments", "stripe", on, settings, STAFF)

    def open(self, outcome: str = "complete") -> str:
        """Go to Stripe's page and answer; returns where the browser is led."""
        return self.stand_ins.pay(
            payments.open_payee_account("stripe", self.minh, PASSWORD, CALLER), outcome
        )

    def row(self) -> PayeeAccount:
        with reading() as session:
            found = payments.payee_standing(session, self.cast.minh, "stripe")
        assert found is not None
        return found

    def notices(self) -> list[SentNotice]:
        return self.stand_ins.notices(self.row().account)

    def hear(self, *notices: SentNotice) -> None:
        for one in notices or self.notices():
            assert bring(self.browser, address("stripe"), one).startswith("200")

    def share(self) -> Money | None:
        """What a payment begun now would pass on."""
        with transaction() as session:
            attempt_id = payments.open_attempt(
                session, subject_id=ids.new(), payer_id=self.cast.hoa, payee_id=self.cast.minh,
                amount=Money(10_000, "EUR"), provider="stripe", description="K7QM",
                expires_at=clock.now() + timedelta(minutes=10), share=Money(8_000, "EUR"),
            )  # fmt: skip
            return payments.attempt(session, attempt_id).share


@pytest.fixture
def shop(tenant: Tenant, cast: Cast, stand_ins: StandIns, browser_client: Browser) -> Shop:
    return Shop(cast, stand_ins, browser_client)


def test_from_the_first_click_to_a_share(shop: Shop, deliver: Deliver) -> None:
    with reading() as session:
        assert payments.opening(session) == ["stripe"]
    back = shop.open("leave")
    assert back.endswith("/desk/payouts/accounts/stripe/return")
    (there,) = shop.stand_ins.connected()
    assert (there["country"], there["metadata"]["payee_reference"]) == ("VN", shop.cast.minh.hex)
    assert shop.row().account == there["id"]
    assert shop.row().standing == AccountStanding.OPENING
    assert shop.share() is None  # nothing goes where nothing arrives

    shop.open("pending")
    shop.hear()
    assert (shop.row().standing, shop.row().due) == (
        AccountStanding.OPENING, ["individual.verification.document"],
    )  # fmt: skip
    assert shop.share() is None

    shop.open("complete")
    shop.hear(shop.notices()[-1])
    deliver()  # of the same second as the one before: which is the later, Stripe says
    row = shop.row()
    assert (row.standing, row.can_receive, row.can_charge, row.can_be_paid) == (
        AccountStanding.READY, True, True, True,
    )  # fmt: skip
    assert shop.share() == Money(8_000, "EUR")
    assert len(shop.stand_ins.connected()) == 1
    with reading() as session:
        acts = [one.action for one in audit.page(session, audit.Question()).items]
    assert acts.count("payments.payee_account_opened") == 1
    assert acts.count("payments.payee_account_moved") == 2


def test_a_lost_answer_opens_one_account(shop: Shop) -> None:
    for _ in range(2):
        shop.stand_ins.set_fault("lost_reply", "stripe", after=1)
        with pytest.raises(payments.GatewayUnavailable):
            shop.open()
        shop.stand_ins.clear_faults()
    shop.open()
    assert len(shop.stand_ins.connected()) == 1


def test_back_from_the_page_it_is_asked_though_no_notice_came(shop: Shop, deliver: Deliver) -> None:
    shop.stand_ins.set_fault("never", "stripe")
    shop.open()
    deliver()
    shop.stand_ins.move_account(shop.row().account, "asked")
    payments.look_after_account("stripe", shop.minh)
    deliver()
    assert (shop.row().standing, shop.row().takes_money) == (AccountStanding.ASKED, True)


def test_while_stripe_is_down_it_is_asked_again(
    shop: Shop, deliver: Deliver, clock_forward: Forward
) -> None:
    shop.open()
    shop.stand_ins.set_fault("down", "stripe")
    deliver()
    assert shop.row().told_at is None
    shop.stand_ins.clear_faults()
    clock_forward(timedelta(minutes=2))
    deliver()
    assert shop.row().standing == AccountStanding.READY


def test_stripe_shuts_it(shop: Shop, clock_forward: Forward) -> None:
    shop.open()
    shop.hear()
    clock_forward(timedelta(minutes=1))
    shop.stand_ins.move_account(shop.row().account, "rejected")
    shop.hear(shop.notices()[-1])
    assert (shop.row().standing, shop.row().obstacle) == (AccountStanding.SHUT, "rejected.fraud")
    assert shop.share() is None


def test_an_old_notice_changes_nothing_and_makes_us_ask(
    shop: Shop, deliver: Deliver, clock_forward: Forward
) -> None:
    """Events come in any order; the account itself has the last word."""
    shop.open("complete")
    clock_forward(timedelta(minutes=1))
    shop.stand_ins.move_account(shop.row().account, "rejected")
    first, last = shop.notices()
    shop.hear(last)
    shop.hear(first)
    assert shop.row().standing == AccountStanding.SHUT
    deliver()
    assert shop.row().standing == AccountStanding.SHUT
    shop.hear(first, last, first)
    assert shop.row().standing == AccountStanding.SHUT


@pytest.mark.parametrize("fault", ["bad_signature", "other_merchant"])
def test_a_lie_opens_nothing(shop: Shop, fault: str) -> None:
    shop.stand_ins.set_fault(fault, "stripe")
    shop.open("complete")
    answer = bring(shop.browser, address("stripe"), shop.notices()[-1])
    assert answer.startswith("400")
    assert shop.row().standing == AccountStanding.OPENING


def test_an_account_of_somebody_else_is_heard_and_nothing_more(shop: Shop) -> None:
    shop.open("complete")
    with transaction() as session:
        session.execute(sa.update(PayeeAccount).values(account="acct_other"))
    notice = shop.stand_ins.notices(shop.stand_ins.connected()[0]["id"])[-1]
    shop.hear(notice)
    assert shop.row().told_at is None


def test_a_wrong_name_by_hand_stops_no_payment(shop: Shop, deliver: Deliver) -> None:
    """Stripe knows no such account: payments go on without a share, and the expert opens one."""
    lan = Viewer(shop.cast.lan, roles=frozenset({"admin"}))
    payments.set_payee_account(shop.cast.minh, "stripe", "acct_mistyped", lan)
    deliver()
    row = shop.row()
    assert (row.standing, row.obstacle) == (AccountStanding.SHUT, "no_such_account")
    assert shop.share() is None
    shop.open("complete")
    shop.hear()
    assert (shop.row().standing, shop.row().account) == (
        AccountStanding.READY,
        shop.stand_ins.connected()[0]["id"],
    )


def test_by_hand_it_is_believed_and_another_one_is_unknown(shop: Shop) -> None:
    shop.open("complete")
    shop.hear()
    lan = Viewer(shop.cast.lan, roles=frozenset({"admin"}))
    payments.set_payee_account(shop.cast.minh, "stripe", "acct_byhand", lan)
    row = shop.row()
    assert (row.standing, row.takes_money, row.told_at) == (AccountStanding.UNKNOWN, True, None)
    payments.set_payee_account(shop.cast.minh, "stripe", "", lan)
    assert (shop.row().standing, shop.share()) == (AccountStanding.NONE, None)


@pytest.mark.parametrize("case", ["own way", "switched off", "no expert"])
def test_where_nobody_needs_one_none_is_opened(shop: Shop, case: str) -> None:
    viewer = shop.minh
    if case == "own way":
        shop.switch("own")
    elif case == "switched off":
        shop.switch("destination", on=False)
    else:
        viewer = Viewer(shop.cast.hoa, roles=frozenset({"client"}))
    with pytest.raises(payments.MethodNotOffered):
        payments.open_payee_account("stripe", viewer, PASSWORD, CALLER)
    assert shop.stand_ins.connected() == []


def test_the_list_shows_all_experts(shop: Shop) -> None:
    with reading() as session:
        (one,) = payments.expert_accounts_page(session, "stripe").items
        assert (one.expert.person_id, one.standing) == (shop.cast.minh, AccountStanding.NONE)
    shop.open("complete")
    shop.hear()
    with reading() as session:
        (one,) = payments.expert_accounts_page(session, "stripe").items
    assert one.standing == AccountStanding.READY


def test_nobody_is_asked_about_an_account_that_is_gone(shop: Shop) -> None:
    shop.open("complete")
    lan = Viewer(shop.cast.lan, roles=frozenset({"admin"}))
    payments.set_payee_account(shop.cast.minh, "stripe", "", lan)
    ask_payee_account(shop.cast.minh, "stripe", 0)
    assert shop.row().told_at is None


def test_a_stolen_session_leads_nothing_to_an_account_of_the_thief(shop: Shop) -> None:
    with pytest.raises(InvalidInput) as refusal:
        payments.open_payee_account("stripe", shop.minh, "guessed", CALLER)
    assert refusal.value.fields == {"current_password": ["password_wrong"]}
    assert shop.stand_ins.connected() == []
    shop.open("leave")
    payments.open_payee_account("stripe", shop.minh, "", CALLER)  # the same account, further on
    assert len(shop.stand_ins.connected()) == 1


def test_the_expert_hears_of_another_account(shop: Shop, deliver: Deliver) -> None:
    """Whoever changes it; going on with the same one is no change."""
    lan = Viewer(shop.cast.lan, roles=frozenset({"admin"}))
    for account in ("acct_first", "acct_first", ""):
        payments.set_payee_account(shop.cast.minh, "stripe", account, lan)
    for _ in range(2):
        shop.open("leave")
    deliver()
    with reading() as session:
        told = session.scalars(
            sa.select(NoticeRow).where(NoticeRow.kind == Kind.PAYEE_CHANGED)
        ).all()
        reader = identity.person(session, shop.cast.minh)
        letter = compose(session, told[0], reader, tenants.organization(session))
    assert letter is not None
    assert "is another one from now on" in letter[0].opening
    assert [one.person_id for one in told] == [shop.cast.minh] * 3
    assert {one.detail["about"]["name"] for one in told} == {"Stripe"}


def test_two_who_begin_at_once_find_one_row(
    shop: Shop, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever looks first and finds nothing is overtaken before the row is made."""
    lan = Viewer(shop.cast.lan, roles=frozenset({"admin"}))
    look, others = Session.get, ["acct_b"]

    def elsewhere(account: str) -> None:
        with serving(tenant):
            payments.set_payee_account(shop.cast.minh, "stripe", account, lan)

    def get(self: Session, entity: Any, *args: Any, **options: Any) -> Any:
        found = look(self, entity, *args, **options)
        if entity is PayeeAccount and found is None and others:
            other = threading.Thread(target=elsewhere, args=(others.pop(),), daemon=True)
            other.start()
            other.join(20)
        return found

    monkeypatch.setattr(Session, "get", get)
    payments.set_payee_account(shop.cast.minh, "stripe", "acct_a", lan)
    payments.set_payee_account(shop.cast.minh, "stripe", "acct_a", lan)
    assert shop.row().account == "acct_a"


def test_an_answer_that_came_late_does_not_hide_newer_news(
    shop: Shop, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While we ask, Stripe shuts the account and tells us before its answer is read."""
    shop.open("complete")
    real = providers.ask

    def slow(*args: object) -> object:
        answer = real(*args)  # type: ignore[arg-type]
        monkeypatch.setattr(providers, "ask", real)
        shop.stand_ins.move_account(shop.row().account, "rejected")
        shop.hear(shop.notices()[-1])
        return answer

    monkeypatch.setattr(providers, "ask", slow)
    ask_payee_account(shop.cast.minh, "stripe", 0)
    assert shop.row().standing == AccountStanding.SHUT
    deliver()
    assert shop.row().standing == AccountStanding.SHUT
