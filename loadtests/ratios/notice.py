"""A gateway's notice through its door, worked to the end, against a bare insert into an inbox.

Ours reads and checks the signature, keeps the notice, captures the payment, posts to the ledger and
emits what follows, in one transaction. The baseline is a bare Flask route that keeps what it is told.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import sqlalchemy as sa
from flask import Flask, Response, request
from tests.faults.town import Gateways, open_gateways

from cilis.domains import extensions, payments
from cilis.infra import db
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.kit.money import Money
from cilis.testing.scene import open_scene
from loadtests.ratios.measure import Ratio, compare, per_second
from loadtests.ratios.stage import call, stage

NOTICES = 40
_PRICE = Money(600_000, "VND")


def measure() -> list[Ratio]:
    """First notices, and the same ones repeated, a second."""
    with stage() as (house, app, tenant), open_gateways() as gateways:
        scene = open_scene()
        gateways.switch_on()
        with reading() as session:
            token = extensions.hook_token(session, "payments", "vnpay")
        door = f"/hooks/payments/vnpay/{token}"
        bare = _bare(house.postgres.url("cilis_app"), tenant)

        def bring(to: Flask, told: list[str], path: str) -> float:
            turns = iter(told)

            def one() -> None:
                status, body = call(to.wsgi_app, f"{path}?{next(turns)}", host=tenant.host)
                assert status == 200, body
                assert orjson.loads(body)["RspCode"] in {"00", "02"}, body

            return per_second(one, len(told))

        def first() -> float:
            return bring(app, _paid(gateways, scene.client), door)

        known = _paid(gateways, scene.client)
        bring(app, known, door)
        return [
            compare(
                "notice", 0.35, "higher", "notices/s",
                first, lambda: bring(bare, known, "/inbox"),
            ),
            compare(
                "notice_repeated", 0.35, "higher", "notices/s",
                lambda: bring(app, known, door), lambda: bring(bare, known, "/inbox"),
            ),
        ]  # fmt: skip


def _paid(gateways: Gateways, payer_id: UUID) -> list[str]:
    """What a gateway has to tell of so many new payments, nothing of it told."""
    for _ in range(NOTICES):
        with transaction() as session:
            attempt_id = payments.open_attempt(
                session, subject_id=ids.new(), payer_id=payer_id, amount=_PRICE, provider="vnpay",
                description="K7QM", expires_at=clock.now() + timedelta(minutes=10),
            )  # fmt: skip
        url = payments.send_to_provider(attempt_id, client_ip="203.0.113.7", language="vi")
        gateways.stand_ins.pay(url, "paid")
    return [urlsplit(one.url).query or one.body for one in gateways.post()[-NOTICES:]]


def _bare(url: str, tenant: Tenant) -> Flask:
    """A route that keeps a row of what it is told, with the transaction's own beginning."""
    engine = sa.create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT", connect_args={"prepare_threshold": None},
    )  # fmt: skip
    opening = db._opening(read_only=False)  # noqa: SLF001 - the same start by hand
    insert = (
        "INSERT INTO payment_notices (id, provider, event_id, received_at, news, verdict, times)"
        " VALUES (%s, 'bare', %s, %s, %s, 'recorded', 1)"
    )
    bare = Flask("bare")

    @bare.get("/inbox")
    def keep() -> Response:
        one, news = ids.new(), orjson.dumps(request.args.to_dict()).decode()
        with engine.connect() as connection:
            connection.exec_driver_sql(opening)
            connection.exec_driver_sql(insert, (one, one.hex, clock.now(), news))
            connection.exec_driver_sql("COMMIT")
        return Response(b'{"RspCode": "00"}', mimetype="application/json")

    assert tenant.schema in opening
    return bare
