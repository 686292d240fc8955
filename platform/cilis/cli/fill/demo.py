"""The whole of it: pack, extensions, people; a second time nothing changes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from cilis.cli.fill import (
    accounts,
    contents,
    conversations,
    gateways,
    history,
    offers,
    paid_out,
    people,
)
from cilis.cli.fill.gateways import PortsLike
from cilis.cli.fill.seed import Seed, read_seed
from cilis.domains import analytics, content, experts, identity, search, tenants
from cilis.infra import hosts
from cilis.infra.db import reading, transaction
from cilis.infra.search import SearchAway
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, passwords
from cilis.kit.viewer import Viewer

Login = tuple[str, str, str, str]
"""(organization, role, e-mail, password)"""

PARTS = (content,)  # importing a room's door is what gives it its share of every pack


def demo(
    tenant: Tenant, pack: Path, ports: PortsLike, out: Console, *, empty: bool = False
) -> list[Login]:
    """Make the tenant an organization of the demo; returns who can log in."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=out, transient=True) as progress:
        return fill(tenant, pack, ports, progress=progress, empty=empty)


def fill(
    tenant: Tenant,
    pack: Path,
    ports: PortsLike,
    *,
    progress: Progress | None = None,
    empty: bool = False,
) -> list[Login]:
    """Apply the pack, switch its extensions on, put its people in, unless they are there."""
    told = _Told(progress, tenant.slug)
    told("brand and pages")
    tenants.apply_pack(pack)
    tenant = hosts.by_slug(tenant.slug)
    seed = read_seed(pack)
    with serving(tenant):
        told("extensions")
        gateways.switch_on(tenant, seed.extensions, ports)
        password = gateways.password(tenant)
        wanted = seed if not empty else _only_staff(seed)
        till = gateways.till(tenant, seed.extensions, ports)
        if _put_people(wanted, pack, password, till, told):
            told("conversations")
            conversations.put_talks(pack)
            contents.put_contents(pack)
            contents.put_notices(wanted)
            paid_out.put_payouts(wanted)
            contents.put_papers(wanted)
            if not empty:
                told("coupons and credit")
                offers.put_offers(pack, _admin(wanted))
            accounts.close_accounts(wanted)
            told("search")
            with contextlib.suppress(SearchAway):  # the copy is filled; `cilis up` says the rest
                search.rebuild()
            told("figures")
            analytics.rebuild()
    return [(tenant.slug, role, email, password) for role, email in _log_ins(wanted)]


class _Told:
    """Says how far the filling is."""

    def __init__(self, progress: Progress | None, slug: str) -> None:
        self._progress, self._slug = progress, slug
        self._task = progress.add_task(slug) if progress is not None else None

    def __call__(self, what: str) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=f"{self._slug}: {what}")


def _put_people(
    seed: Seed, pack: Path, password: str, till: gateways.Till | None, told: _Told
) -> bool:
    """Put in who is missing; returns whether anybody was."""
    missing = _missing(seed)
    if not missing:
        return False
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        for somebody in (*seed.staff, *seed.clients):
            if somebody.email in missing:
                people.put_somebody(session, somebody, password_hash)
    house = _house(seed, password_hash, till)
    offers.put_commission(pack, house.admin)
    with reading() as session:
        roots = {below.slug: top.slug for top in experts.topics(session) for below in top.walk()}
    plans = history.plan(seed, roots, house.time_zone, clock.now())
    for number, (one, past) in enumerate(zip(seed.experts, plans, strict=True), start=1):
        if one.email in missing:
            told(f"experts {number}/{len(seed.experts)}")
            people.put_expert(one, past, house)
    return True


def _missing(seed: Seed) -> set[str]:
    everybody = [one.email for one in (*seed.staff, *seed.clients)]
    everybody += [one.email for one in seed.experts]
    with reading() as session:
        return {email for email in everybody if identity.person_by_email(session, email) is None}


def _house(seed: Seed, password_hash: str, till: gateways.Till | None) -> people.House:
    with reading() as session:
        organization = tenants.organization(session)
        topics = {topic.slug: topic.id for top in experts.topics(session) for topic in top.walk()}
        found = [(identity.person_by_email(session, one.email), one) for one in seed.clients]
        clients = [(person.id, one.label) for person, one in found if person is not None]
    return people.House(
        country=organization.country, time_zone=organization.time_zone, clients=clients,
        topics=topics, password_hash=password_hash, admin=_admin(seed), till=till,
    )  # fmt: skip


def _admin(seed: Seed) -> Viewer:
    email = next(one.email for one in seed.staff if one.role == "admin")
    with reading() as session:
        boss = identity.person_by_email(session, email)
    return Viewer(boss.id if boss else None, roles=frozenset({"admin"}))


def _only_staff(seed: Seed) -> Seed:
    return Seed(seed.extensions, seed.staff, (), (), ())


def _log_ins(seed: Seed) -> Iterator[tuple[str, str]]:
    yield from ((one.role, one.email) for one in seed.staff)
    yield from (("expert", one.email) for one in seed.experts if one.log_in)
    yield from (("client", one.email) for one in seed.clients if one.log_in)
