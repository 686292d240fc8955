"""The same wish sent again, in parallel, after a failure, or with another body."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask, g, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cilis.infra import audit, idempotency, tasks
from cilis.infra.db import reading, transaction
from cilis.infra.http import problems
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.viewer import Viewer
from cilis.infra.idempotency import Claim, Replay, claiming
from cilis.infra.tenancy import Tenant, serving
from cilis.infra.tenant_models import AuditEntry, IdempotencyKey
from cilis.kit import ids
from cilis.kit.errors import DomainError, InvalidInput


def wish(
    key: str = "k1", *, owner: str = "hoa", digest: str = "body", what: str = "tests.make"
) -> Claim:
    return Claim(key, owner, what, digest)


def make(*, slow: float = 0.0) -> UUID:
    """The use case: writes one row and says which."""
    thing = ids.new()
    with transaction() as session:
        idempotency.made(session, thing)
        audit.record(session, "tests.made", thing, actor=None)
        session.flush()
        time.sleep(slow)
    return thing


def effects() -> list[UUID | None]:
    with reading() as session:
        return list(session.scalars(sa.select(AuditEntry.subject_id).order_by(AuditEntry.at)))


def test_a_repeat_answers_with_what_was_made(tenant: Tenant) -> None:
    with claiming(wish()):
        thing = make()
    with pytest.raises(Replay) as again, claiming(wish()):
        make()
    assert again.value.made_id == thing
    assert effects() == [thing]


@pytest.mark.parametrize("other", [{"owner": "khang"}, {"key": "k2"}, {"what": "tests.other"}])
def test_another_person_key_or_operation_is_another_wish(
    tenant: Tenant, other: dict[str, str]
) -> None:
    with claiming(wish()):
        make()
    with claiming(wish(**other)):
        make()
    assert len(effects()) == 2


def test_another_organization_is_another_wish(tenant: Tenant, other_tenant: Tenant) -> None:
    with claiming(wish()):
        make()
    with serving(other_tenant), claiming(wish()):
        make()
        assert len(effects()) == 1


def test_the_same_key_with_another_body_is_refused(tenant: Tenant) -> None:
    with claiming(wish()):
        make()
    with pytest.raises(InvalidInput) as refused, claiming(wish(digest="another")):
        make()
    assert refused.value.status == 422
    assert refused.value.fields == {"Idempotency-Key": ["idempotency_key_reused"]}
    assert len(effects()) == 1


def test_a_wish_that_failed_may_be_sent_again(tenant: Tenant) -> None:
    with pytest.raises(KeyError), claiming(wish()), transaction() as session:
        idempotency.made(session, ids.new())
        raise KeyError
    with reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(IdempotencyKey)) == 0
    with claiming(wish()):
        thing = make()
    assert effects() == [thing]


def test_a_use_case_that_tries_twice_still_happens_once(tenant: Tenant) -> None:
    """Its first transaction is rolled back and takes the key with it; the second claims anew."""

    def stubborn() -> UUID:
        with suppress(KeyError), transaction() as session:
            idempotency.made(session, ids.new())
            raise KeyError
        return make()

    with claiming(wish()):
        thing = stubborn()
    with pytest.raises(Replay) as again, claiming(wish()):
        stubborn()
    assert again.value.made_id == thing
    assert effects() == [thing]


def test_later_transactions_of_the_same_wish_claim_nothing(tenant: Tenant) -> None:
    with claiming(wish()):
        first = make()
        make()
        with suppress(KeyError), transaction():
            raise KeyError
    with pytest.raises(Replay) as again, claiming(wish()):
        make()
    assert again.value.made_id == first


def test_a_wish_that_makes_nothing_is_remembered_too(tenant: Tenant) -> None:
    with claiming(wish()), transaction() as session:
        audit.record(session, "tests.made", None, actor=None)
    with pytest.raises(Replay) as again, claiming(wish()):
        make()
    assert again.value.made_id is None


def test_without_a_wish_nothing_is_claimed(tenant: Tenant) -> None:
    make()
    make()
    assert len(effects()) == 2


def test_parallel_repeats_have_one_effect_and_all_hear_of_it(tenant: Tenant) -> None:
    begin = threading.Barrier(8)

    def one() -> UUID | None:
        begin.wait(10)
        try:
            with claiming(wish()):
                return make(slow=0.05)
        except Replay as replay:
            return replay.made_id

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(copy_context().run, one) for _ in range(8)]
        heard = {answer.result(20) for answer in answers}
    assert heard == set(effects())
    assert len(heard) == 1


def test_a_repeat_waits_for_the_first_and_takes_over_when_it_fails(tenant: Tenant) -> None:
    began = threading.Event()

    def failing() -> None:
        with suppress(KeyError), claiming(wish()), transaction() as session:
            idempotency.made(session, ids.new())
            began.set()
            time.sleep(0.2)
            raise KeyError

    thread = threading.Thread(target=copy_context().run, args=(failing,))
    thread.start()
    assert began.wait(5)
    with claiming(wish()):
        thing = make()
    thread.join()
    assert effects() == [thing]


# Over HTTP: the decorator turns a replay into the first answer's form.


@pytest.fixture
def page(process: Flask, tenant: Tenant) -> FlaskClient:
    app = Flask("tests", root_path="/")
    viewer = Viewer(ids.new(), ids.new(), frozenset({"client"}))
    app.before_request(lambda: setattr(g, "viewer", viewer))
    app.register_error_handler(DomainError, problems.answer)

    def show(thing: UUID) -> dict[str, str]:
        return {"id": str(thing)}

    @app.post("/api/v1/things")
    @idempotent("tests.make", again=show)
    def api() -> tuple[dict[str, str], int]:
        if request.args.get("fail"):
            raise DomainError
        return show(make()), 201

    @app.post("/things")
    @idempotent("tests.make", again=lambda thing: f"again {thing}")
    def form() -> str:
        return f"made {make()}"

    return app.test_client()


def test_a_program_that_repeats_gets_the_thing_again(page: FlaskClient) -> None:
    def send(body: dict[str, int]) -> TestResponse:
        return page.post("/api/v1/things", headers={"Idempotency-Key": "a"}, json=body)

    one, two = send({"x": 1}), send({"x": 1})
    assert one.status_code == 201
    assert one.json == two.json
    assert two.headers["Idempotent-Replayed"] == "true"
    assert len(effects()) == 1
    other = send({"x": 2})
    assert other.status_code == 422
    assert other.json is not None
    assert other.json["errors"][0]["code"] == "idempotency_key_reused"


def test_a_refused_wish_does_not_use_up_its_key(page: FlaskClient) -> None:
    headers = {"Idempotency-Key": "a"}
    assert page.post("/api/v1/things?fail=1", headers=headers).status_code == 409
    assert page.post("/api/v1/things", headers=headers).status_code == 201


def test_a_double_click_on_a_form_does_one_thing(page: FlaskClient) -> None:
    def send(csrf: str) -> str:
        return page.post("/things", data={"_key": "a", "_csrf": csrf, "x": "1"}).text

    made, again = send("one"), send("two")
    assert made.replace("made", "again") == again
    assert len(effects()) == 1


@pytest.mark.parametrize("key", ["x" * 129, "a\tb"])
def test_a_strange_key_is_refused(page: FlaskClient, key: str) -> None:
    answer = page.post("/api/v1/things", headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert effects() == []


def test_without_a_key_every_sending_counts(page: FlaskClient) -> None:
    page.post("/api/v1/things")
    page.post("/api/v1/things")
    assert len(effects()) == 2


def test_a_body_cannot_be_guessed_from_what_is_kept(page: FlaskClient) -> None:
    sent = {"password": "correct horse"}
    page.post("/api/v1/things", headers={"Idempotency-Key": "a"}, json=sent)
    with reading() as session:
        kept = session.scalars(sa.select(IdempotencyKey.digest)).one()
    body = json.dumps(sent).encode()
    plain = [
        hashlib.sha256(b"/api/v1/things\x00" + form).hexdigest() for form in (body, _dense(sent))
    ]
    assert kept not in plain


def _dense(sent: dict[str, str]) -> bytes:
    return json.dumps(sent, separators=(",", ":")).encode()


def test_keys_are_forgotten_when_nobody_repeats_any_more(
    tenant: Tenant, clock_forward: Callable[[timedelta], None]
) -> None:
    with claiming(wish("old")):
        make()
    clock_forward(idempotency.KEPT + timedelta(minutes=1))
    with claiming(wish("young")):
        make()
    tasks.forget_keys()
    with reading() as session:
        assert session.scalars(sa.select(IdempotencyKey.key)).all() == ["young"]


def test_forgetting_keys_is_one_of_the_daily_rounds() -> None:
    assert "cilis.infra.tasks.forget_keys" in tasks.celery.conf.beat_schedule
