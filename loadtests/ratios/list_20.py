"""A list of twenty of the API, with walls, viewer and schemas, against bare Flask and Core."""

from __future__ import annotations

import json
from datetime import timedelta

import orjson
import sqlalchemy as sa
from flask import Flask, Response
from loadtests.ratios.measure import Ratio, compare, per_second
from loadtests.ratios.stage import call, stage

from cilis.infra import provisioning
from cilis.infra.db import dialect_url
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.testing.scene import PASSWORD, Scene, open_scene


def measure() -> Ratio:
    """Requests a second for the twenty newest bookings of a client."""
    with stage() as (house, app, tenant):
        scene = open_scene()
        _fill(scene)
        bearer = _bearer(app, scene)
        bare = _bare(house.postgres.url("cilis_owner"), tenant, scene)

        def ours() -> None:
            status, body = call(
                app.wsgi_app, "/api/v1/bookings?limit=20", host=tenant.host,
                authorization=f"Bearer {bearer}",
            )  # fmt: skip
            assert status == 200, body

        def theirs() -> None:
            status, body = call(bare.wsgi_app, "/list", host="x")
            assert status == 200, body

        mine = json.loads(
            call(app.wsgi_app, "/api/v1/bookings?limit=20", host=tenant.host,
                 authorization=f"Bearer {bearer}")[1]
        )  # fmt: skip
        assert len(mine["items"]) == 20, len(mine["items"])
        return compare(
            "list_20", 0.70, "higher", "requests/s",
            lambda: per_second(ours, 150), lambda: per_second(theirs, 150),
        )  # fmt: skip


def _fill(scene: Scene) -> None:
    now = clock.now()
    with provisioning.owner() as connection:
        provisioning.run(connection, f"SET search_path TO {scene.tenant.schema}, ext")
        for number in range(60):
            start = now - timedelta(days=number + 1)
            connection.execute(
                "INSERT INTO bookings (id, reference, service_id, expert_id, expert_person_id,"
                " client_id, starts_at, ends_at, state, price_minor, currency, service_name,"
                " needs_acceptance, notice_minutes, policy, sequence, created_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'completed', 550000, 'VND',"
                " '{\"en\": \"Advice\"}', false, 60, '[]', 0, %s)",
                (
                    ids.new(), ids.reference(), scene.service, scene.expert, scene.expert_person,
                    scene.client, start, start + timedelta(hours=1), start,
                ),
            )  # fmt: skip


def _bearer(app: Flask, scene: Scene) -> str:
    body = json.dumps({"email": scene.emails["client"], "password": PASSWORD}).encode()
    _, answer = call(
        app.wsgi_app, "/api/v1/sessions", host=scene.tenant.host, method="POST", body=body
    )
    return str(json.loads(answer)["access_token"])


def _bare(url: str, tenant: Tenant, scene: Scene) -> Flask:
    """The same twenty rows without tenancy, viewer, schema or refusals."""
    engine = sa.create_engine(dialect_url(url), connect_args={"prepare_threshold": None})
    columns = "id, reference, state, starts_at, ends_at, price_minor, currency, service_name"
    question = sa.text(
        f"SELECT {columns} FROM {tenant.schema}.bookings WHERE client_id = :who"
        " ORDER BY starts_at DESC LIMIT 20"
    )
    bare = Flask("bare")

    @bare.get("/list")
    def rows() -> Response:
        with engine.connect() as connection:
            found = connection.execute(question, {"who": scene.client}).mappings().all()
        return Response(
            orjson.dumps({"items": [dict(row) for row in found]}), mimetype="application/json"
        )

    return bare
