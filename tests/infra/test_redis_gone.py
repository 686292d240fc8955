"""Cache, limits and hints without Redis: stopped, or hanging. Nothing fails, nothing waits long."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cilis import config
from cilis.infra import cache, limits, realtime, redis
from cilis.infra.embedded import Valkey
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import guard
from cilis.kit.errors import TooMany
from cilis.kit.tokens import BadToken

LONG = 1.3  # seconds: one try to connect and one to speak, half a second each


def _forget_clients() -> None:
    config.settings.cache_clear()
    for remembered in (
        redis.client, redis.patience, limits._shared, limits._own, realtime._writer,
    ):  # fmt: skip
        remembered.cache_clear()


@pytest.fixture
def queue(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """A Valkey of this test's own, which it may stop and freeze."""
    folder = Path(tempfile.mkdtemp(prefix="queue-"))
    made = Valkey(folder)
    made.start()
    monkeypatch.setenv("CILIS_REDIS_URL", made.url)
    _forget_clients()
    yield made
    if made.pid is not None:
        os.kill(made.pid, signal.SIGCONT)
    made.stop()
    shutil.rmtree(folder)
    monkeypatch.undo()
    _forget_clients()


def stop(queue: Valkey) -> None:
    queue.stop()


def freeze(queue: Valkey) -> None:
    assert queue.pid is not None
    os.kill(queue.pid, signal.SIGSTOP)


def timed(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("trouble", "warm"), [(stop, False), (stop, True), (freeze, True)],
    ids=["stopped-before", "stopped", "hanging"],
)  # fmt: skip
def test_everything_goes_on_without_it(
    queue: Valkey, trouble: Callable[[Valkey], None], warm: bool
) -> None:
    if warm:
        cache.put("x", 1, 60)
        limits.hit("tests", "me", "1000/hour")
        realtime.push("person:x", "tests.rang", {})
    trouble(queue)
    assert timed(lambda: cache.put("x", 2, 60)) < LONG
    assert timed(lambda: cache.forget("x")) < LONG
    assert timed(lambda: limits.hit("tests", "you", "1000/hour")) < LONG
    assert timed(lambda: realtime.push("person:x", "tests.rang", {})) < 2 * LONG
    assert cache.get("x") is None


def test_one_that_hangs_costs_one_wait_and_not_one_for_each_question(queue: Valkey) -> None:
    cache.put("x", 1, 60)
    freeze(queue)
    assert timed(lambda: cache.get("x")) < LONG
    assert timed(lambda: [cache.get("x") for _ in range(200)]) < 0.2
    assert timed(lambda: realtime.push("person:x", "tests.rang", {})) < 0.2
    assert timed(lambda: limits.hit("tests", "me", "1000/hour")) < 0.2


def test_one_that_hung_is_asked_again_after_a_rest(
    queue: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis, "REST", 0.2)
    cache.put("x", 1, 60)
    freeze(queue)
    assert cache.get("x") is None
    assert queue.pid is not None
    os.kill(queue.pid, signal.SIGCONT)
    time.sleep(0.3)
    assert cache.get("x") == 1


@pytest.mark.parametrize("trouble", [stop, freeze])
def test_a_rate_still_holds_without_it(queue: Valkey, trouble: Callable[[Valkey], None]) -> None:
    trouble(queue)
    limits.hit("tests", "me", "1/hour")
    with pytest.raises(TooMany) as refused:
        limits.hit("tests", "me", "1/hour")
    assert 0 < refused.value.retry_after <= 3600
    limits.hit("tests", "you", "1/hour")


def test_it_is_used_again_when_it_is_back(queue: Valkey) -> None:
    cache.put("x", 1, 60)
    queue.stop()
    assert cache.get("x") is None
    queue.start()
    cache.put("x", {"a": [1, "đ", None]}, 60)
    assert cache.get("x") == {"a": [1, "đ", None]}
    cache.forget("x")
    assert cache.get("x") is None


def test_a_value_ends(queue: Valkey) -> None:
    cache.put("x", 1, 1)
    assert cache.get("x") == 1
    time.sleep(1.1)
    assert cache.get("x") is None


def test_organizations_share_no_key(queue: Valkey, tenant: Tenant, other_tenant: Tenant) -> None:
    cache.put("x", "ours", 60)
    for _ in range(2):
        limits.hit("tests", "me", "2/hour")
    with serving(other_tenant):
        assert cache.get("x") is None
        cache.put("x", "theirs", 60)
        limits.hit("tests", "me", "2/hour")
    assert cache.get("x") == "ours"
    names = [key.decode() for key in redis.client().keys("*")]  # type: ignore[union-attr]
    assert len(names) == 4
    assert all(tenant.id in name or other_tenant.id in name for name in names)
    assert {name for name in names if name.startswith("t:")} == {
        f"t:{tenant.id}:cache:x", f"t:{other_tenant.id}:cache:x",
    }  # fmt: skip


def test_a_value_under_a_wrong_key_is_not_believed(
    queue: Valkey, tenant: Tenant, other_tenant: Tenant
) -> None:
    cache.put("x", "ours", 60)
    raw = redis.client().get(f"t:{tenant.id}:cache:x")
    redis.client().set(f"t:{other_tenant.id}:cache:x", raw)  # type: ignore[arg-type]
    with serving(other_tenant):
        assert cache.get("x") is None


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"1", b"null", b"\x80\x04K\x01.", b'{"a":1}'])
def test_rubbish_in_the_cache_is_nothing(queue: Valkey, tenant: Tenant, raw: bytes) -> None:
    redis.client().set(f"t:{tenant.id}:cache:x", raw)
    assert cache.get("x") is None


def test_a_refusal_says_when_to_come_back(queue: Valkey) -> None:
    limits.hit("tests", "me", "1/minute")
    with pytest.raises(TooMany) as refused:
        limits.hit("tests", "me", "1/minute")
    assert 0 < refused.value.retry_after <= 60
    assert refused.value.status == 429


def test_hints_are_never_sent_inside_a_transaction(queue: Valkey) -> None:
    with guard.marking_transaction(), pytest.raises(guard.InsideTransaction):
        realtime.push("person:x", "tests.rang", {})


def test_rooms_begin_with_the_organization_and_come_from_its_own_token(
    tenant: Tenant, other_tenant: Tenant
) -> None:
    token = realtime.socket_token(["person:1", "expert:2"])
    assert realtime.admission(token) == realtime.Admission(("person:1", "expert:2"), None)
    assert realtime.room_name("person:1") == f"t:{tenant.id}:person:1"
    with serving(other_tenant), pytest.raises(BadToken):
        realtime.admission(token)
