"""A public list of twenty through the API, with walls, policy and headers, against Flask."""

from __future__ import annotations

import json
from datetime import timedelta

import orjson
import sqlalchemy as sa
from flask import Flask, Response

from cilis.infra import provisioning
from cilis.infra.tenancy import Tenant
from cilis.kit import clock, ids
from cilis.testing.scene import Scene, open_scene
from loadtests.ratios.measure import Ratio, compare, per_second
from loadtests.ratios.stage import call, stage

COLUMNS = "id, expert_id, topic_id, stars, marks, text, author_label, reply, replied_at, created_at, edited_at"


def measure() -> Ratio:
    """Requests a second for an expert's twenty newest reviews."""
    with stage() as (house, app, tenant):
        scene = open_scene()
        _fill(scene)
        bare = _bare(house.postgres.url("cilis_owner"), tenant, scene)
        path = f"/api/v1/reviews?expert_id={scene.expert}&limit=20"

        def ours() -> bytes:
            status, body = call(app.wsgi_app, path, host=tenant.host)
            assert status == 200, body
            return body

        def theirs() -> bytes:
            status, body = call(bare.wsgi_app, "/list", host="x")
            assert status == 200, body
            return body

        assert json.loads(ours())["items"] == json.loads(theirs())["items"]
        return compare(
            "list_20", 0.70, "higher", "requests/s",
            lambda: per_second(ours, 200), lambda: per_second(theirs, 200),
        )  # fmt: skip


def _fill(scene: Scene) -> None:
    now = clock.now()
    with provisioning.owner() as connection:
        provisioning.run(connection, f"SET search_path TO {scene.tenant.schema}, ext")
        for number in range(60):
            connection.execute(
                "INSERT INTO reviews (id, booking_id, expert_id, client_id, stars, marks, text,"
                " author_label, reply, created_at)"
                " VALUES (%s, %s, %s, %s, 5, '{}', %s, 'Anh K.', '', %s)",
                (
                    ids.new(), ids.new(), scene.expert, scene.client,
                    "Clear, quick and to the point; I knew what to do the same evening.",
                    now - timedelta(hours=number + 1),
                ),
            )  # fmt: skip


def _bare(url: str, tenant: Tenant, scene: Scene) -> Flask:
    """The same two questions (may this expert be seen, the rows) without tenancy or policy."""
    engine = sa.create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), connect_args={"prepare_threshold": None}
    )
    question = sa.text(
        f"SELECT {COLUMNS} FROM {tenant.schema}.reviews WHERE expert_id = :who"
        " ORDER BY created_at DESC LIMIT 20"
    )
    seen = sa.text(f"SELECT state FROM {tenant.schema}.experts WHERE id = :who")
    bare = Flask("bare")

    @bare.get("/list")
    def rows() -> Response:
        with engine.connect() as connection:
            if connection.execute(seen, {"who": scene.expert}).scalar() != "published":
                return Response(status=404)
            found = connection.execute(question, {"who": scene.expert}).mappings().all()
        return Response(
            orjson.dumps({"items": [dict(row) for row in found]}), mimetype="application/json"
        )

    return bare
