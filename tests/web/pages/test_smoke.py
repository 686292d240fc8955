from __future__ import annotations

from collections.abc import Callable

import pytest

from cilis.testing.fixtures import Browser

PAGES = {
    "client": ["/bookings", "/apply"],
    "expert": [
        "/desk",
        "/desk/live",
        "/desk/requests",
        "/desk/hours",
        "/desk/services",
        "/desk/services/new",
        "/desk/profile",
        "/desk/verification",
    ],
    "admin": [
        "/admin",
        "/admin/verification",
        "/admin/verification?state=approved",
        "/admin/payments",
        "/admin/payments?state=review",
        "/admin/invoices",
        "/admin/invoices?kind=credit_note&text=INV&since=2026-01-01",
        "/admin/invoices/settings",
    ],
    "": ["/apply"],
}


@pytest.mark.parametrize("role", list(PAGES))
def test_pages_open(browse: Callable[..., Browser], role: str) -> None:
    browser = browse(role)
    for path in PAGES[role]:
        answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
