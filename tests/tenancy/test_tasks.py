"""Tasks in workers: each in the tenant of whoever sent it, none without one."""

from __future__ import annotations

import base64
import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cilis.infra import redis, tenancy
from cilis.infra.tasks import QUICK, SLOW, celery, tenant_task, waiting
from cilis.infra.tenancy import NoTenant, Tenant, current_tenant, is_serving, serving
from cilis.kit import guard
from cilis.kit.errors import NotFound

seen: list[tuple[str, str]] = []


@tenant_task
def note(word: str, *, fail: bool = False) -> None:
    seen.append((current_tenant().id, word))
    if fail:
        raise KeyError(word)


@contextmanager
def serving_nobody() -> Iterator[None]:
    """The state of a fresh worker, though this test serves somebody."""
    token = tenancy._current.set(None)
    try:
        yield
    finally:
        tenancy._current.reset(token)


@pytest.fixture(autouse=True)
def _empty_queue(tenant: Tenant) -> Iterator[None]:
    seen.clear()
    redis.client().delete("celery")
    yield
    redis.client().delete("celery")


def sent() -> list[dict[str, Any]]:
    """What really lies in the broker, as a worker would find it."""
    raw = redis.client().lrange("celery", 0, -1)
    messages = [json.loads(body) for body in reversed(raw)]  # type: ignore[arg-type]
    found = []
    for message in messages:
        args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
        assert args == []
        found.append({"task": message["headers"]["task"], "kwargs": kwargs})
    return found


def work_off() -> None:
    """What a worker does with each message."""
    for message in sent():
        with serving_nobody():
            celery.tasks[message["task"]].apply(kwargs=message["kwargs"])


def test_a_task_travels_with_its_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    note.send(word="one")
    with serving(other_tenant):
        note.send(word="two")
    assert [message["kwargs"] for message in sent()] == [
        {"tenant": tenant.id, "values": {"word": "one"}},
        {"tenant": other_tenant.id, "values": {"word": "two"}},
    ]
    work_off()
    assert seen == [(tenant.id, "one"), (other_tenant.id, "two")]
    assert current_tenant() == tenant


def test_many_tasks_in_any_order_with_failures_never_mix(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    chance = random.Random(9)
    wanted: Counter[tuple[str, str]] = Counter()
    for number in range(200):
        who = chance.choice((tenant, other_tenant))
        wanted[who.id, f"{who.id}-{number}"] += 1
        with serving(who):
            note.send(word=f"{who.id}-{number}", fail=chance.random() < 0.3)
    work_off()
    assert Counter(seen) == wanted


def test_without_a_tenant_nothing_is_sent_or_run() -> None:
    with serving_nobody():
        with pytest.raises(NoTenant):
            note.send(word="x")
        with pytest.raises(NoTenant):
            note("x")
    assert sent() == []
    assert seen == []


def test_a_message_without_a_tenant_is_refused() -> None:
    run = celery.tasks[note.name].run
    with serving_nobody():
        for kwargs in ({"values": {"word": "x"}}, {"tenant": "", "values": {"word": "x"}},
                       {"tenant": "0badc0de", "values": {"word": "x"}}):  # fmt: skip
            with pytest.raises((TypeError, NotFound)):
                run(**kwargs)
        assert not is_serving()
    assert seen == []


def test_a_failing_task_leaves_no_tenant_behind(tenant: Tenant) -> None:
    run = celery.tasks[note.name].run
    with serving_nobody():
        with pytest.raises(KeyError):
            run(tenant=tenant.id, values={"word": "x", "fail": True})
        assert not is_serving()
    assert seen == [(tenant.id, "x")]


def test_nothing_is_sent_inside_a_transaction_or_by_position(tenant: Tenant) -> None:
    with guard.marking_transaction(), pytest.raises(guard.InsideTransaction):
        note.send(word="x")
    with pytest.raises(TypeError, match="keyword"):
        note.send("x")
    assert sent() == []


def test_here_and_now_it_is_a_plain_function(tenant: Tenant) -> None:
    note("x")
    assert seen == [(tenant.id, "x")]


def test_what_waits_in_the_broker_is_counted(tenant: Tenant) -> None:
    assert waiting(SLOW) == 0
    note.send(word="one")
    note.send(word="two")
    assert (waiting(SLOW), waiting(QUICK)) == (2, 0)


def test_only_json_is_accepted() -> None:
    assert list(celery.conf.accept_content) == ["json"]
    assert celery.conf.task_serializer == "json"
    assert celery.conf.task_acks_late
