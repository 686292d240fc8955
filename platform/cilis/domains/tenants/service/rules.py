"""An admin changes what becomes of money when plans change; bookings keep what they have."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Mapping, Sequence

from cilis.domains.tenants import queries
from cilis.domains.tenants.models import OrganizationRow
from cilis.domains.tenants.service.change import locked
from cilis.domains.tenants.service.save import columns, save_organization
from cilis.domains.tenants.types import (
    CancellationPolicy,
    CancellationTier,
    Organization,
    Rules,
    RulesWish,
)
from cilis.infra import audit
from cilis.infra.db import transaction
from cilis.kit import text
from cilis.kit.errors import InvalidInput, NotFound
from cilis.kit.viewer import Viewer

MOST_TIERS = 5
MOST_POLICIES = 6
MOST_MOVES = 50
LONGEST_HOURS = 24 * 60
LIMITED_ROLES = ("support", "admin")
_KEY = re.compile(r"[a-z][a-z0-9-]{1,39}")
_Wrong = dict[str, list[str]]


def change_rules(wish: RulesWish, viewer: Viewer) -> Organization:
    """Make tiers and rules these; with ``keep_policies`` those of services stay as they are.

    Raises:
        InvalidInput: a share, a time or a limit that cannot be; tiers that give more later.
    """

    def alter(known: Organization) -> Organization:
        rules = wish.rules
        if wish.keep_policies:
            rules = dataclasses.replace(rules, policies=known.rules.policies)
        return dataclasses.replace(known, cancellation=_ordered(wish.cancellation), rules=rules)

    return _change(alter, viewer)


def put_policy(policy: CancellationPolicy, viewer: Viewer, *, new: bool = False) -> Organization:
    """Add rules that services may choose, or change those of the same key.

    Raises:
        InvalidInput: as `change_rules`; a ``new`` key that is in use.
        NotFound: there are none of this key to change.
    """

    def alter(known: Organization) -> Organization:
        there = known.rules.policy(policy.key)
        if new and there is not None:
            raise InvalidInput({"key": ["taken"]})
        if not new and there is None:
            raise NotFound(f"no policy {policy.key}")
        kept = dataclasses.replace(policy, tiers=_ordered(policy.tiers))
        others = known.rules.policies
        policies = (
            [*others, kept]
            if there is None
            else [kept if one.key == policy.key else one for one in others]
        )
        rules = dataclasses.replace(known.rules, policies=tuple(policies))
        return dataclasses.replace(known, rules=rules)

    return _change(alter, viewer)


def remove_policy(key: str, viewer: Viewer) -> Organization:
    """Offer these rules no longer; services that chose them have the organization's own."""

    def alter(known: Organization) -> Organization:
        policies = tuple(one for one in known.rules.policies if one.key != key)
        rules = dataclasses.replace(known.rules, policies=policies)
        return dataclasses.replace(known, rules=rules)

    return _change(alter, viewer)


def _change(alter: Callable[[Organization], Organization], viewer: Viewer) -> Organization:
    with transaction() as session:
        known = locked(session)
        wanted = alter(known)
        _check(wanted)
        if not save_organization(session, wanted):
            return known
        before, after = columns(known), columns(wanted)
        names = ("cancellation", "rules")
        detail = {
            "before": {name: before[name] for name in names},
            "after": {name: after[name] for name in names},
        }
        audit.record(session, "tenants.rules_changed", None, actor=viewer.person_id, detail=detail)
        session.flush()
        return queries.from_row(session.get_one(OrganizationRow, queries.ROW))


def _ordered(tiers: Sequence[CancellationTier]) -> tuple[CancellationTier, ...]:
    return tuple(sorted(tiers, key=lambda tier: -tier.hours))


def _check(wanted: Organization) -> None:
    rules = wanted.rules
    wrong = _wrong_tiers(wanted.cancellation, "cancellation")
    bounds = (
        ("no_show_percent", 100),
        ("expert_percent", 100),
        ("moves", MOST_MOVES),
        ("move_hours", LONGEST_HOURS),
    )
    wrong |= {
        name: ["out_of_range"]
        for name, most in bounds
        if not 0 <= (getattr(rules, name) or 0) <= most
    }
    wrong |= _wrong_limits(rules)
    if len(rules.policies) > MOST_POLICIES:
        wrong["policies"] = ["too_many"]
    if len({one.key for one in rules.policies}) < len(rules.policies):
        wrong["policies"] = ["not_a_choice"]
    for one in rules.policies:
        wrong |= _wrong_policy(one, wanted.languages)
    if wrong:
        raise InvalidInput(wrong)


def _wrong_limits(rules: Rules) -> _Wrong:
    return {
        f"refund_limits.{role}": ["out_of_range" if role in LIMITED_ROLES else "not_a_choice"]
        for role, minor in rules.refund_limits.items()
        if role not in LIMITED_ROLES or minor < 0
    }


def _wrong_policy(policy: CancellationPolicy, languages: Sequence[str]) -> _Wrong:
    wrong = _wrong_tiers(policy.tiers, "tiers")
    if not _KEY.fullmatch(policy.key):
        wrong["key"] = ["invalid"]
    if not 0 <= policy.no_show_percent <= 100:
        wrong["no_show_percent"] = ["out_of_range"]
    wrong |= _wrong_names(policy.names, languages)
    return wrong


def _wrong_names(names: Mapping[str, str], languages: Sequence[str]) -> _Wrong:
    wrong: _Wrong = {}
    for language in languages:
        name = names.get(language, "").strip()
        if not name or len(name) > 60 or not text.is_clean(name):
            wrong[f"names.{language}"] = ["required" if not name else "too_long"]
    return wrong


def _wrong_tiers(tiers: Sequence[CancellationTier], name: str) -> _Wrong:
    """What is wrong: too many, not a share, the same hours twice, or more back later."""
    if len(tiers) > MOST_TIERS:
        return {name: ["too_many"]}
    if any(not (0 <= t.hours <= LONGEST_HOURS and 0 <= t.percent <= 100) for t in tiers):
        return {name: ["out_of_range"]}
    steps = list(itertools.pairwise(tiers))
    if any(early.hours == late.hours or early.percent < late.percent for early, late in steps):
        return {name: ["tiers_out_of_order"]}
    return {}
