"""Our checksums against another implementation's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from cilis.hooks.payments import BadSignature, CallbackRequest, PaymentNews
from cilis.kit.money import Money
from cilis_payment_vnpay import signing
from cilis_payment_vnpay.plugin import VnpayProvider

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
SECRET = VECTORS["hash_secret"]
SETTINGS = {"tmn_code": VECTORS["tmn_code"], "hash_secret": SECRET}


def named(vector: dict[str, Any]) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", [v for v in VECTORS["addresses"] if v["agrees"]], ids=named)
def test_addresses_agree(vector: dict[str, Any]) -> None:
    assert signing.encode(vector["params"]) == vector["signed"]
    assert signing.sign(vector["params"], SECRET) == vector["checksum"]


def test_where_the_encoders_part() -> None:
    """JavaScript keeps ``*`` and writes ``%7E``; Python keeps ``~`` and writes ``%2A``.

    Nothing else differs, and neither letter is ever sent: see ``messages.order_params``.
    """
    (vector,) = [v for v in VECTORS["addresses"] if not v["agrees"]]
    ours = signing.encode(vector["params"])

    assert ours != vector["signed"]
    assert ours.replace("~", "%7E").replace("%2A", "*") == vector["signed"]
    assert dict(parse_qsl(ours)) == dict(parse_qsl(vector["signed"]))


@pytest.mark.parametrize("vector", VECTORS["notices"], ids=named)
def test_notices_agree(vector: dict[str, Any]) -> None:
    call = CallbackRequest("GET", vector["query"], {}, b"")
    if not vector["genuine"]:
        with pytest.raises(BadSignature):
            VnpayProvider().read_callback(call, SETTINGS)
        return
    news = VnpayProvider().read_callback(call, SETTINGS)

    assert isinstance(news, PaymentNews)
    assert (news.outcome, news.amount) == (vector["outcome"], Money(vector["amount"], "VND"))


def test_server_calls_agree() -> None:
    both = VECTORS["querydr"]
    for part, order in (
        ("request", signing.QUERY_REQUEST),
        ("response", signing.QUERY_RESPONSE),
    ):
        assert list(order) == both[f"{part}_order"]
        checksum = signing.sign_fields(order, both[part], SECRET)
        assert checksum == both[part]["vnp_SecureHash"]


def test_the_checksum_type_of_older_versions_is_not_signed() -> None:
    params = VECTORS["addresses"][0]["params"]
    longer = {**params, "vnp_SecureHashType": "HmacSHA512", "vnp_SecureHash": "x"}

    assert signing.sign(longer, SECRET) == signing.sign(params, SECRET)
