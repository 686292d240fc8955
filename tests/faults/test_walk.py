"""The walk: 50,000 steps in the long round (``WALK_STEPS=50000``), some hundreds otherwise."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.faults.town import Gateways, Town
from tests.faults.walk import Walk, steps

from cilis.domains.payments.service import moves
from cilis.infra.tenancy import Tenant

STEPS = int(os.environ.get("WALK_STEPS", "600"))  # noqa: TID251 - how long, not how it is set
IN_A_ROW = 75
MONEY = ("coupon", "credit give", "credit gift", "contest")
PHASES = (Phase.generate, *([Phase.shrink] if os.environ.get("WALK_SHRINK") else []))  # noqa: TID251


def _settings(examples: int, *phases: Phase) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=IN_A_ROW,
        deadline=None,
        database=None,
        phases=phases or PHASES,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


@pytest.fixture
def walk(
    town: Town,
    gateways: Gateways,
    other_tenant: Tenant,
    clean: Callable[[], None],
    money_only: None,
) -> type[Walk]:
    class Here(Walk):
        pass

    Here.stage = (town, gateways, other_tenant)
    Here.clean = staticmethod(clean)  # type: ignore[assignment]
    steps.clear()
    return Here


@pytest.mark.slow
@pytest.mark.timeout(14_400 if STEPS > 5_000 else 300)
def test_whatever_happens_money_and_hours_agree(walk: type[Walk]) -> None:
    while steps["all"] < STEPS:
        left = STEPS - steps["all"]
        run_state_machine_as_test(walk, settings=_settings(max(1, min(40, left // 55))))
        print(f"{steps['all']} of {STEPS} steps", flush=True)  # noqa: T201 - the long round is long
    print(f"\n{steps['all']} steps: {dict(sorted(steps.items()))}")  # noqa: T201 - the report
    wanted = ("hold", "pay", "post", "cancel", "give_back", "wait", "lie", "ask")
    for name in wanted + (MONEY if STEPS >= 5_000 else ()):
        assert steps[name] > steps[f"{name} refused"], f"no {name} ever worked"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_broken_check_is_found(walk: type[Walk], monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: notices with a wrong amount are believed."""
    monkeypatch.setattr(moves, "_fits", lambda _attempt, _news: True)
    monkeypatch.setattr(moves, "_remember", lambda *_given: None)
    with pytest.raises(AssertionError, match="I6: "):
        run_state_machine_as_test(walk, settings=_settings(30, Phase.generate))


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_posting_that_is_left_out_is_found(
    walk: type[Walk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other negative control: a refund that ends is not told to the ledger."""
    monkeypatch.setattr(moves, "post_refund", lambda *_given: None)
    with pytest.raises(AssertionError, match="L3: refund "):
        run_state_machine_as_test(walk, settings=_settings(30, Phase.generate))
