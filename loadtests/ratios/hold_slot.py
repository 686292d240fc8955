"""Holding an hour through the API, against the very same SQL sent by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask

from cilis.domains import identity
from cilis.infra import db, limits, provisioning
from cilis.infra.db import transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import passwords
from cilis.testing.scene import PASSWORD, Scene, open_scene
from loadtests.ratios.measure import Ratio, compare, per_second
from loadtests.ratios.stage import call, stage

HOLDS = 40
Recording = list[list[tuple[str, Any]]]


def measure() -> Ratio:
    """Holds a second, one after the other."""
    with stage() as (house, app, tenant):
        scene = open_scene()
        starts = scene.starts(HOLDS)
        bearers = _bearers(app, scene)

        def through_the_api() -> float:
            _forget(tenant)
            limits.forget_everything()
            turns = iter(zip(bearers, starts, strict=True))
            return per_second(lambda: _hold(app, scene, *next(turns)), HOLDS)

        through_the_api()
        _forget(tenant)
        with _recorded() as recording:
            for bearer, start in zip(bearers, starts, strict=True):
                _hold(app, scene, bearer, start)
        opening = db._opening(read_only=False)  # noqa: SLF001 - the same start by hand

        with psycopg.connect(
            house.postgres.url("cilis_app"), autocommit=True, prepare_threshold=None
        ) as connection:

            def by_hand() -> float:
                _forget(tenant)
                return per_second(lambda: _replay(connection, opening, recording), 1) * HOLDS

            return compare("hold_slot", 0.40, "higher", "holds/s", through_the_api, by_hand)


def _bearers(app: Flask, scene: Scene) -> list[str]:
    """Forty people who are signed in."""
    secret = passwords.hash_password(PASSWORD)
    found = []
    for number in range(HOLDS):
        email = f"client{number}@{scene.tenant.slug}.example"
        with transaction() as session:
            identity.import_person(session, email=email, name="Client", password_hash=secret)
        body = json.dumps({"email": email, "password": PASSWORD}).encode()
        status, answer = call(
            app.wsgi_app, "/api/v1/sessions", host=scene.tenant.host, method="POST", body=body,
            address=f"10.0.0.{number}",
        )  # fmt: skip
        assert status in {200, 201}, answer
        found.append(str(json.loads(answer)["access_token"]))
    return found


def _hold(app: Flask, scene: Scene, bearer: str, start: datetime) -> None:
    body = json.dumps({"service_id": str(scene.service), "starts_at": start.isoformat()}).encode()
    status, answer = call(
        app.wsgi_app, "/api/v1/bookings", host=scene.tenant.host, method="POST", body=body,
        authorization=f"Bearer {bearer}", address=f"10.0.{start.day}.{start.hour}",
    )  # fmt: skip
    assert status == 201, answer


def _forget(tenant: Tenant) -> None:
    with provisioning.owner() as connection:
        provisioning.run(
            connection,
            f"SET search_path TO {tenant.schema}, ext; DELETE FROM booking_changes;"
            "DELETE FROM bookings; DELETE FROM claims; DELETE FROM audit_entries;"
            "DELETE FROM node.receipts; DELETE FROM node.outbox",
        )


@contextmanager
def _recorded() -> Iterator[Recording]:
    """Every statement of the block, transaction by transaction."""
    found: Recording = [[]]

    def note(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        found[-1].append((statement, values))

    def close(_c: object) -> None:
        found.append([])

    sa.event.listen(db.engine(), "before_cursor_execute", note)
    sa.event.listen(db.engine(), "commit", close)
    try:
        yield found
    finally:
        sa.event.remove(db.engine(), "before_cursor_execute", note)
        sa.event.remove(db.engine(), "commit", close)
        found[:] = [part for part in found if part and "routing_version" not in part[0][0]]


def _replay(
    connection: psycopg.Connection[Any],
    opening: str,
    recording: Sequence[Sequence[tuple[str, Any]]],
) -> None:
    for part in recording:
        connection.execute(opening)
        for statement, values in part:
            connection.execute(statement, values)
        connection.execute("COMMIT")
