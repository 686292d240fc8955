"""A simulated year in small: `python -m loadtests.year` with a few hundred bookings."""

from __future__ import annotations

import pytest
from loadtests.year import calendar
from loadtests.year.plan import FATES

from cilis.domains.bookings.service import earnings
from cilis.infra.tenancy import Tenant

BOOKINGS = 140


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_year_of_bookings_agrees_to_the_last_minor_unit(tenant: Tenant) -> None:
    report = calendar.run(BOOKINGS, imported=10)
    print(report)  # noqa: T201 - the report
    assert report.found == []
    assert report.days == 365
    assert sum(report.balances.values()) == 0
    made = ("booked", "given up", "imported")
    assert sum(report.done[name] for name in made) == BOOKINGS
    assert report.done["batches"] >= 11
    wanted = {*FATES, "credit given", "credit bought", "coupons"}
    wanted -= {"kept", "given_up", "paid_twice"}
    assert wanted <= report.done.keys()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_year_whose_refunds_are_not_settled_is_found(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: what is given back later does not lessen what was earned."""
    monkeypatch.setattr(earnings, "settle_earnings", lambda *_given: None)
    report = calendar.run(60)
    assert any(one.startswith("L6: ") for one in report.found), str(report)
