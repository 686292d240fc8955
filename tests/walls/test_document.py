"""The API answers as its document says, whatever it is asked: every operation, generated cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cilis.domains import bookings
from cilis.infra import hosts, limits
from cilis.infra.tenancy import serving
from cilis.testing import house as houses
from cilis.testing.scene import PASSWORD, Scene, open_scene

CASES = 100
# What the schema allows may still be refused by a rule: an hour in the past, a taken name.
EXCLUDED = [positive_data_acceptance]
ROLES = ("client", "admin")


@pytest.fixture(scope="module")
def scene(app: Flask, house: houses.House) -> Iterator[Scene]:
    del app
    tenant = hosts.by_slug(house.tenants[0].slug)
    with serving(tenant):
        found = open_scene()
        wish = bookings.HoldWish(service_id=found.service, starts_at=found.starts(1)[0])
        bookings.hold(wish, found.viewer("client"))
    yield found
    houses.empty(tenant)
    houses.empty_node()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_operation_keeps_to_the_document(app: Flask, scene: Scene) -> None:
    origin = f"http://{scene.tenant.host}"
    document = schemathesis.openapi.from_wsgi("/api/openapi.json", app, base_url=origin)
    document.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    found = [result.ok() for result in document.get_all_operations() if isinstance(result, Ok)]
    assert len(found) > 50
    problems = [
        f"{operation.label} as {role}: {problem}"
        for operation in found
        for role in ROLES
        for problem in _problems(app, scene, operation, role)
    ]
    assert problems == []


def _problems(app: Flask, scene: Scene, operation: APIOperation, role: str) -> list[str]:
    limits.forget_everything()
    headers = _login(app, scene, role)
    origin = f"http://{scene.tenant.host}"
    failures: dict[str, None] = {}

    @settings(
        max_examples=CASES // len(ROLES),
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def every(case: schemathesis.Case) -> None:
        try:
            case.call_and_validate(base_url=origin, headers=headers, excluded_checks=EXCLUDED)
        except FailureGroup as group:
            for failure in group.exceptions:
                failures[_told(failure)] = None
        except Failure as failure:
            failures[_told(failure)] = None

    every()
    return list(failures)


def _told(failure: Exception) -> str:
    return " ".join(str(failure).split())[:300]


def _login(app: Flask, scene: Scene, role: str) -> dict[str, str]:
    answer = app.test_client().post(
        "/api/v1/sessions",
        json={"email": scene.emails[role], "password": PASSWORD},
        base_url=f"http://{scene.tenant.host}",
    )
    return {
        "Authorization": f"Bearer {answer.get_json()['access_token']}",
        "Host": scene.tenant.host,
    }
