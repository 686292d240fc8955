"""The page on which a gateway's books stand beside ours, and the same over the API."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC

import pytest
from tests.web.pages.conftest import Gate, words

from cilis.domains import payments
from cilis.domains.bookings import Booking
from cilis.domains.payments import service
from cilis.hooks.payments import Outcome
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.testing.fixtures import Browser
from cilis.testing.scene import Scene

Browse = Callable[..., Browser]
PATH = "/admin/payments/reconciliation"


@pytest.fixture
def differing(booked: Callable[..., Booking], gate: Gate) -> payments.PaymentDifference:
    """Money that we have and the gateway does not."""
    booked()
    gate.outcome = Outcome.FAILED
    service.reconcile_day("gate", clock.now().astimezone(UTC).date())
    with reading() as session:
        (found,) = payments.differences_page(session).items
    return found


def test_nothing_differs(browse: Browse, scene: Scene) -> None:
    page = browse("admin").get(PATH)
    assert page.status_code == 200
    assert "Nothing differs" in words(page.text)
    assert browse("client").get(PATH).status_code == 403
    assert browse().get(PATH).status_code in {302, 303, 401}


def test_a_difference_is_shown_asked_about_and_explained(
    differing: payments.PaymentDifference, browse: Browse, gate: Gate
) -> None:
    admin = browse("admin")
    shown = words(admin.get(PATH).text)
    assert "1 difference" in shown
    assert differing.reference in shown
    assert "1" in words(admin.get("/admin/payments").text)
    path = f"{PATH}/{differing.id}"
    refused = admin.submit(path, how="explain", reason="", _key="k1")
    assert refused.status_code == 422
    again = admin.submit(path, how="ask", reason="", _key="k2")
    assert again.status_code == 303
    assert "1 difference" in words(admin.get(PATH).text)
    done = admin.submit(path, how="explain", reason="Ngân hàng xác nhận", _key="k3")
    assert done.status_code == 303
    after = words(admin.get(PATH).text)
    assert "Nothing differs" in after
    assert "Ngân hàng xác nhận" in after


def test_support_reads_and_does_not_act(
    differing: payments.PaymentDifference, browse: Browse
) -> None:
    support = browse("support")
    page = support.get(PATH)
    assert page.status_code == 200
    assert f"{PATH}/{differing.id}" not in page.text
    assert support.submit(f"{PATH}/{differing.id}", how="ask").status_code == 403


def test_a_file_of_a_gateway_that_has_none_is_refused(browse: Browse, scene: Scene) -> None:
    admin = browse("admin")
    sent = admin.submit(
        PATH, provider="gate", day="2026-11-01", file=(io.BytesIO(b"TxnRef\n1"), "day.csv")
    )
    assert sent.status_code == 422
    assert admin.submit(PATH, provider="gate", day="").status_code == 422
