"""A gateway that tells something impossible changes nothing, and the staff hears of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from tests.faults.test_webhook_matrix import _account, _amount, _currency, _signed_otherwise
from tests.faults.till import Till, jump
from tests.faults.town import GATEWAYS, Gateways, Town, bring

from cilis.domains import payments
from cilis.domains.notifications.models import NoticeRow
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving


@pytest.fixture(params=GATEWAYS)
def till(request: pytest.FixtureRequest, town: Town, gateways: Gateways) -> Till:
    return Till.hold(town, gateways, str(request.param))


def warned(who: str, till: Till) -> list[str]:
    """What somebody was told of money that cannot be right."""
    with reading() as session:
        rows = session.scalars(
            sa.select(NoticeRow).where(
                NoticeRow.kind == "money_alarm", NoticeRow.person_id == till.town.people[who]
            )
        )
        return [str(row.detail["about"]["link"]) for row in rows]


@pytest.mark.parametrize("wrong", [_amount, _currency])
def test_a_wrong_amount_or_currency_warns_the_staff_once(till: Till, wrong: object) -> None:
    notice = till.pay()
    for _ in range(3):  # the gateway repeats what was not taken
        bring(_signed_otherwise(till, notice, wrong))  # type: ignore[arg-type]
    jump()
    assert warned("admin", till) == [f"/admin/payments/{till.attempt.id}"]
    assert warned("client", till) == warned("expert", till) == []
    assert till.attempt.state == "sent"


def test_another_account_or_an_unknown_payment_warns_the_staff(till: Till) -> None:
    notice = till.pay()
    wrong = _signed_otherwise(till, notice, _account)
    for _ in range(3):
        bring(wrong)
    for minutes in (0, 1, 2, 6, 31):
        jump(minutes=minutes)
    assert len(warned("admin", till)) == 1


def test_another_organizations_money_warns_its_staff(till: Till, other_tenant: Tenant) -> None:
    notice = till.pay()
    with serving(other_tenant):
        bring(notice)
        for minutes in (1, 2, 6, 31):
            jump(minutes=minutes)
        with reading() as session:
            parked = session.scalars(sa.select(payments.PaymentNotice.verdict)).all()
    assert parked == ["unknown_reference"]
    alarms = _emitted()
    assert alarms == ["unmatched"]


def test_forgeries_warn_once_a_day(till: Till) -> None:
    notice = till.pay()
    for _ in range(5):
        bring(till.gateways.lie(notice, "bad_signature"))
    jump()
    assert len(warned("admin", till)) == 1
    jump(hours=25)
    bring(till.gateways.lie(notice, "bad_signature"))
    jump()
    assert len(warned("admin", till)) == 2


def test_what_is_right_warns_nobody(till: Till) -> None:
    """The negative control."""
    bring(till.pay())
    jump()
    assert till.state == "confirmed"
    assert warned("admin", till) == []


def _emitted() -> list[str]:
    from tests.faults import books

    with books.provisioning.standing_owner() as connection:
        rows = connection.execute(
            "SELECT payload->>'why' FROM node.outbox WHERE event = 'payments.alarm.v1'"
        ).fetchall()
    return [row[0] for row in rows]
