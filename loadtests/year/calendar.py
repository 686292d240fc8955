"""The year, day by day: what happens at night, in the morning, in the evening and each month."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from cilis.domains import ledger, payouts
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.testing import auditor
from loadtests.year import courier
from loadtests.year.gate import Gate, switched_on
from loadtests.year.imported import take_in
from loadtests.year.life import Life
from loadtests.year.plan import DAYS, IMPORTED, Plan, experts_for, plans
from loadtests.year.town import settle_down

MORNING, EVENING = 6.5, 23.5
AT_ONCE = 40
EARLY = {"cancelled_early", "expert_cancels"}


@dataclass
class Report:
    """What was run, and what was found."""

    bookings: int
    days: int = 0
    seconds: float = 0.0
    audit_seconds: float = 0.0
    done: Counter[str] = field(default_factory=Counter)
    balances: Counter[str] = field(default_factory=Counter)
    postings: int = 0
    found: list[str] = field(default_factory=list)

    @override
    def __str__(self) -> str:
        """What is printed."""
        number = self.done["booked"] + self.done["imported"]
        head = f"{self.bookings:,} bookings planned, {number:,} made, {self.days} of {DAYS} days"
        head += f" in {self.seconds:.0f} s ({number / max(self.seconds, 0.001):.1f} a second)"
        deeds = ", ".join(f"{name} {number:,}" for name, number in sorted(self.done.items()))
        stands = "\n".join(
            f"  {name:<12} {minor:>20,}" for name, minor in sorted(self.balances.items())
        )
        return "\n".join([
            head,
            deeds,
            f"{self.postings:,} postings; credits minus debits by kind of account:",
            stands,
            f"  {'sum':<12} {sum(self.balances.values()):>20,}",
            f"audited in {self.audit_seconds:.1f} s: {len(self.found)} findings",
            *self.found[:20],
        ])  # fmt: skip


def run(bookings: int, *, seed: int = 1, limit: float = 0.0, imported: int = 0) -> Report:
    """A year of the served organization.

    ``limit``: stop after so many seconds. ``imported``: so many percent arrive complete.
    """
    report = Report(bookings)
    clients = max(12, bookings // 20)
    town = settle_down(experts_for(bookings), clients)
    with courier.money_only(), switched_on(town.admin) as gate:
        life = Life(town, gate)
        began = time.monotonic()
        for moment in _days(life, list(plans(bookings, clients, seed, imported)), report):
            if limit and time.monotonic() - began > limit:
                report.found.append(f"stopped on day {moment}: time is over")
                break
        _to_rest()
        report.seconds = time.monotonic() - began
        report.done = life.done
        _audit(report, gate)
    return report


def _days(life: Life, planned: list[Plan], report: Report) -> Iterator[int]:
    booked: dict[int, list[Plan]] = defaultdict(list)
    held: dict[int, list[Plan]] = defaultdict(list)
    arriving: dict[int, list[Plan]] = defaultdict(list)
    for plan in planned:
        if plan.way == IMPORTED:
            arriving[plan.day].append(plan)
        else:
            booked[plan.book_day].append(plan)
            held[plan.day].append(plan)
    first = (clock.now() + timedelta(days=1)).date()
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    for day in range(DAYS):
        report.days = day + 1
        now = midnight + timedelta(days=day)
        if not (now.day == 1 or booked[day] or held[day] or held[day + 1] or arriving[day]):
            continue
        _pass_until(now)
        if now.day == 1:
            _pay_experts(life)
        _book(life, booked[day], midnight)
        _cancel(life, [one for one in held[day + 1] if one.fate in EARLY])
        if held[day] or arriving[day]:
            _cancel(life, [one for one in held[day] if one.fate == "cancelled_late"])
            _pass_until(now + timedelta(hours=MORNING))
            _cancel(life, [one for one in held[day] if one.fate == "cancelled_too_late"])
            _pass_until(now + timedelta(hours=EVENING))
            take_in(life, arriving[day], midnight)
            for plan in held[day]:
                life.afterwards(plan)
        yield day


def _book(life: Life, plans: list[Plan], midnight: datetime) -> None:
    for number, plan in enumerate(plans):
        life.book(plan, midnight + timedelta(days=plan.day, hours=plan.hour))
        if number % AT_ONCE == AT_ONCE - 1:
            courier.deliver()
    if plans:
        courier.deliver()


def _cancel(life: Life, plans: list[Plan]) -> None:
    for plan in plans:
        life.cancel(plan)
    if plans:
        courier.deliver()


def _pass_until(instant: datetime) -> None:
    """Let time pass; whatever became due meanwhile is delivered."""
    ahead = instant - clock.now()
    if ahead > timedelta():
        clock.set_distance(clock.distance() + ahead)
    courier.deliver()


def _pay_experts(life: Life) -> None:
    """A batch of the month: approved by a second person, paid; one amount comes back."""
    town = life.town
    try:
        batch = payouts.make_batch(town.admin)
    except payouts.NothingToPay:
        return
    if batch.state is payouts.BatchState.WAITING:
        payouts.approve_batch(batch.id, town.second)
    payouts.mark_paid(batch.id, town.admin)
    with reading() as session:
        paid = payouts.payouts_of(session, batch.id)
    payouts.mark_returned(paid[0].id, "account closed", town.admin)
    payouts.adjust(paid[-1].expert_id, (-12_345, 54_321)[len(paid) % 2], "so", town.admin)
    life.done["payouts"] += len(paid)
    life.done["batches"] += 1


def _to_rest() -> None:
    """The days after the year, until no session and no refund is to come."""
    for _ in range(10):
        _pass_until(clock.now() + timedelta(days=1))
    ledger.take_snapshot()


def _audit(report: Report, gate: Gate) -> None:
    began = time.monotonic()
    books = auditor.read()
    report.found += auditor.broken(books, at_rest=True) + auditor.statements()
    report.audit_seconds = time.monotonic() - began
    for account, minor in books.counted.items():
        report.balances[account.kind] += minor
    report.postings = sum(1 for _ in books.subjects)
    ours = -report.balances["gateway"] - report.balances["fees"]
    if ours != gate.holds():
        report.found.append(f"the gateway holds {gate.holds()}, the ledger says {ours}")
