"""Who may use a route. Every route declares it; one that does not stops the start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route asks of its viewer.

    ``roles`` empty and ``signed_in`` false: anybody. ``foreign`` marks calls of other servers,
    which prove themselves otherwise than by cookie and origin.
    """

    roles: frozenset[str] = frozenset()
    signed_in: bool = False
    foreign: bool = False


PUBLIC = Policy()
SIGNED_IN = Policy(signed_in=True)
GATEWAY = Policy(foreign=True)
ROLES = frozenset({"client", "expert", "support", "admin", "operator"})


class RouteWithoutPolicy(RuntimeError):
    """A route does not say who may use it."""


def policy(*wanted: Policy | str) -> Callable[[F], F]:
    """Declare who may use a view: `PUBLIC`, `SIGNED_IN`, `GATEWAY`, or names of roles."""
    if len(wanted) == 1 and isinstance(wanted[0], Policy):
        chosen = wanted[0]
    else:
        roles = frozenset(str(role) for role in wanted)
        if not roles or roles - ROLES:
            raise ValueError(f"not roles: {sorted(roles - ROLES)}")
        chosen = Policy(roles=roles, signed_in=True)

    def mark(view: F) -> F:
        view.__policy__ = chosen  # type: ignore[attr-defined]
        return view

    return mark


def policy_of(app: Flask, endpoint: str) -> Policy:
    """The declared policy of an endpoint."""
    found = getattr(app.view_functions[endpoint], "__policy__", None)
    if not isinstance(found, Policy):
        raise RouteWithoutPolicy(endpoint)
    return found


def require_policies(app: Flask) -> None:
    """Stop the start when a route has no policy; raises RouteWithoutPolicy naming all of them."""
    without = sorted(_without(app, {rule.endpoint for rule in app.url_map.iter_rules()}))
    if without:
        raise RouteWithoutPolicy(f"declare @policy(...) on: {', '.join(without)}")


def _without(app: Flask, endpoints: Iterable[str]) -> list[str]:
    return [
        endpoint
        for endpoint in endpoints
        if not isinstance(getattr(app.view_functions[endpoint], "__policy__", None), Policy)
    ]
