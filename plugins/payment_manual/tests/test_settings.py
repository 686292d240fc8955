"""What an admin fills in: what is missing or cannot be right is said."""

from __future__ import annotations

import pytest

from cilis.hooks import Refused
from cilis_payment_manual.plugin import ManualProvider
from cilis_payment_manual.settings import is_account, offer

GOOD = {
    "transfer": "1", "holder": "An Tâm", "account": "GB29NWBK60161331926819",
    "transfer_days": "3", "transfer_before": "24",
}  # fmt: skip
DESK = {"desk": "1", "desk_place": "12 Lê Lợi", "desk_days": "2"}


@pytest.mark.parametrize(
    ("number", "can_be"),
    [
        # from the IBAN registry's own examples (SWIFT, ISO 13616)
        ("GB29 NWBK 6016 1331 9268 19", True), ("DE89370400440532013000", True),
        ("FR14 2004 1010 0505 0001 3M02 606", True), ("de89 3704-0044 0532 0130 00", True),
        ("GB29 NWBK 6016 1331 9268 18", False), ("DE98370400440532013000", False),
        ("DE89370400440532013001", False),
        ("0071000123456", True), ("VCB 0071000123456", True),
    ],
)  # fmt: skip
def test_ibans_are_checked(number: str, can_be: bool) -> None:
    assert is_account(number) is can_be


def test_an_iban_is_shown_in_fours() -> None:
    transfer = offer(GOOD).transfer
    assert transfer is not None
    assert transfer.number == "GB29 NWBK 6016 1331 9268 19"
    plain = offer({**GOOD, "account": " VCB 0071 "}).transfer
    assert plain is not None
    assert plain.number == "VCB 0071"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "Switch on bank transfer"),
        ({**GOOD, "holder": " "}, "needs the account holder"),
        ({**GOOD, "account": ""}, "needs the account holder"),
        ({**GOOD, "account": "GB29NWBK60161331926818"}, "wrong check digit"),
        ({**GOOD, "transfer_days": "0"}, "from 1 to 30 days"),
        ({**GOOD, "transfer_days": "31"}, "from 1 to 30 days"),
        ({**DESK, "desk_place": ""}, "where the desk is"),
        ({**GOOD, **DESK, "desk_days": ""}, "from 1 to 30 days"),
    ],
)
def test_what_is_wrong_is_said_and_refused(settings: dict[str, str], message: str) -> None:
    found = ManualProvider().test(settings)
    assert not found.works
    assert message in found.message
    with pytest.raises(Refused):
        offer(settings)


def test_one_way_is_enough() -> None:
    assert ManualProvider().test(GOOD).works
    assert ManualProvider().test(DESK).works
    assert offer(DESK).transfer is None
    assert offer(GOOD).desk is None
