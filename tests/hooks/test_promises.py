"""Every hook is written down exactly, has a contract suite, and has a first-party user."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cilis.hooks import meetings, notifications, payee_accounts, payment_parts, payments, transfers
from cilis.hooks.manager import Plugins
from cilis.testing import contracts
from cilis.testing.standins.state import FAULTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "platform/docs/hooks.md").read_text(encoding="utf-8")
SPECS: tuple[ModuleType, ...] = (payments, meetings, notifications)
PARTS: tuple[type, ...] = tuple(
    found
    for module in (payee_accounts, payment_parts, transfers)
    for found in vars(module).values()
    if getattr(found, "_is_runtime_protocol", False)
)
"""What a plugin may offer beyond the promises of its kind."""


def hooks() -> list[tuple[ModuleType, str, Any]]:
    return [
        (module, name, found)
        for module in SPECS
        for name, found in vars(module).items()
        if inspect.isfunction(found) and hasattr(found, "cilis_spec")
    ]


def signature(function: Any) -> str:
    text = str(inspect.signature(function)).replace("'", "")
    return f"{function.__name__}{text}"


def protocol_of(module: ModuleType, hook: Any) -> type:
    found: type = getattr(module, inspect.signature(hook).return_annotation)
    return found


def methods() -> list[Any]:
    protocols = [protocol_of(module, hook) for module, _, hook in hooks()]
    return [
        function
        for protocol in (*protocols, *PARTS)
        for name, function in vars(protocol).items()
        if inspect.isfunction(function) and not name.startswith("_")
    ]


def test_there_are_three() -> None:
    assert {name for _, name, _ in hooks()} == set(Plugins().specs.values())
    assert len(hooks()) == 3


@pytest.mark.parametrize("hook", [hook for _, _, hook in hooks()], ids=lambda hook: hook.__name__)
def test_the_hook_is_written_down(hook: Any) -> None:
    assert f"\n    {signature(hook)}\n" in PAGE


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.__qualname__)
def test_the_method_is_written_down(method: Any) -> None:
    assert f"| `{signature(method)}` |" in PAGE.replace("\\|", "|")
    assert method.__doc__


def test_nothing_is_written_down_that_is_not_there() -> None:
    told = set(re.findall(r"^\| `(\w+\(self.*?)` \|", PAGE.replace("\\|", "|"), re.MULTILINE))
    assert told == {signature(method) for method in methods()}


@pytest.mark.parametrize("hook", [hook for _, _, hook in hooks()], ids=lambda hook: hook.__name__)
def test_the_hook_has_a_suite_and_a_user(hook: Any) -> None:
    about = hook.__doc__ or ""
    (suite,) = re.findall(r"cilis\.testing\.contracts\.(\w+)", about)
    assert inspect.isclass(getattr(contracts, suite))
    users = re.findall(r"``(plugins/\w+)``", about)
    assert users
    for user in users:
        sources = "".join(path.read_text() for path in (ROOT / user).glob("cilis_*/plugin.py"))
        assert f"def {hook.__name__}(" in sources
        assert suite in (ROOT / user / "tests/test_contract.py").read_text()
        assert user in PAGE


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_a_part_is_written_down_and_has_a_user(part: type) -> None:
    assert f"**`{part.__name__}`**" in PAGE
    assert part.__doc__
    users = [offer for _, _, offer in installed().offers() if isinstance(offer, part)]
    assert users


def installed() -> Plugins:
    found = Plugins()
    found.load_installed()
    return found


def test_every_fault_is_written_down() -> None:
    for fault in FAULTS:
        assert f"`{fault}`" in PAGE


WALK = (ROOT / "platform/docs/walks/a-gateway-of-your-own.md").read_text(encoding="utf-8")
BITES = (ROOT / "plugins/payment_vnpay/tests/test_contract_bites.py").read_text(encoding="utf-8")


def test_the_walk_names_what_there_is() -> None:
    suites = (
        contracts.PaymentProviderContract,
        contracts.ByHandContract,
        contracts.DisputePromises,
        contracts.SharePromises,
        contracts.TransferPromises,
        contracts.AccountPromises,
    )
    known = {name for suite in suites for name in dir(suite) if name.startswith("test_")}
    assert set(re.findall(r"`(test_[a-z_]+)`", WALK)) <= known
    table = [line.split("|") for line in WALK.splitlines() if line.startswith("| ")][1:]
    broken = {name for row in table for name in re.findall(r"`([A-Z]\w+)`", row[3])}
    assert len(broken) > 12
    for name in broken:
        assert f"class {name}(" in BITES
    for path in re.findall(r"`(tests/\w+\.(?:py|json))`", WALK):
        assert (ROOT / "plugins/payment_vnpay" / path).exists()
    for path in re.findall(r"`((?:plugins|tests/hooks)/[\w./]+)`", WALK):
        assert (ROOT / path).exists()
