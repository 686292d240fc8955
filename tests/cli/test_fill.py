"""The demo: filled through doors, the same a second time."""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from cilis.cli.fill import connect_calendars, fill, gateways
from cilis.cli.fill.history import _packed, plan
from cilis.cli.fill.seed import block, read_seed
from cilis.config import settings
from cilis.domains import (
    bookings,
    calendars,
    content,
    credits,
    experts,
    extensions,
    identity,
    ledger,
    payments,
    payouts,
    pricing,
    reviews,
    scheduling,
    search,
    tenants,
)
from cilis.infra import hosts, provisioning
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import clock, http, ids
from cilis.kit.viewer import Caller, Viewer
from cilis.testing import house as houses
from cilis.testing.standins.server import running

PACKS = Path(__file__).parents[2] / "tenants"


@dataclass(frozen=True)
class Ports:
    standins: int = 8002
    smtp: int = 2525


@pytest.fixture(scope="module", params=["antam", "atlas"])
def filled(
    request: pytest.FixtureRequest, house: houses.House, process: object
) -> Iterator[Tenant]:
    """A tenant of its own for this module, filled once."""
    del house, process
    slug = request.param
    tenant = provisioning.claim(slug, [f"{slug}.localhost"])
    hosts.refresh()
    fill(tenant, PACKS / slug, Ports())
    yield hosts.by_slug(slug)
    shutil.rmtree(gateways.standins_folder())  # other tests' stand-ins start with an empty book
    houses.empty_node()
    with provisioning.owner() as connection:
        connection.execute("DELETE FROM shared.hosts WHERE tenant_id = %s", (tenant.id,))
        connection.execute("DELETE FROM shared.tenants WHERE id = %s", (tenant.id,))
        connection.execute("UPDATE shared.routing_version SET version = version + 1")
        connection.execute(f"DROP SCHEMA {tenant.schema} CASCADE")  # type: ignore[call-overload]
        connection.execute(f"DROP ROLE {tenant.role}")  # type: ignore[call-overload]
        connection.execute("DELETE FROM node.revisions WHERE id = %s", (tenant.id,))
    hosts.refresh()


@pytest.mark.timeout(120)
def test_every_role_can_log_in_and_one_account_is_closed(filled: Tenant) -> None:
    said = fill(filled, PACKS / filled.slug, Ports())  # the second time only tells
    assert {role for _, role, _, _ in said} == {"admin", "support", "expert", "client"}
    with serving(filled):
        for _, role, email, password in said:
            credentials = identity.Credentials(email, password)
            _, viewer = identity.log_in(credentials, Caller(ip=f"10.0.0.{len(email)}"))
            assert viewer.roles == {role}
        with reading() as session:
            question = identity.PeopleQuestion(status=identity.PersonStatus.SUSPENDED)
            closed = identity.people_page(session, question).items
            by_phone = identity.people_page(
                session,
                identity.PeopleQuestion(
                    words="0901234567" if filled.slug == "antam" else "0171 5550142"
                ),
            )
    assert len(closed) == 1
    assert len(by_phone.items) == 1


def test_one_expert_has_a_calendar_elsewhere(filled: Tenant) -> None:
    """The stand-ins serve it; where they have moved to another port it is connected anew."""
    pack = PACKS / filled.slug
    with running() as first:
        port = int(first.url.rpartition(":")[2])
        assert connect_calendars(filled, pack, Ports(standins=port)) == 1
        assert connect_calendars(filled, pack, Ports(standins=port)) == 0
    with running() as second:
        port = int(second.url.rpartition(":")[2])
        assert connect_calendars(filled, pack, Ports(standins=port)) == 1
    (name,) = [one for one in read_seed(pack).experts if one.outside_calendar]
    with serving(filled), reading() as session:
        person = identity.person_by_email(session, name.email)
        assert person is not None
        expert_id = experts.expert_of_person(session, person.id)
        assert expert_id is not None
        (found,) = calendars.of_expert(session, expert_id)
        card = experts.card(session, expert_id)
        now = clock.now()
        ahead = (now, now + timedelta(days=14))
        taken = scheduling.entries(session, expert_id, card.time_zone, ahead)
    assert (found.name, found.is_fresh, found.skipped) == (name.outside_calendar, True, 0)
    elsewhere = [one for one in taken if one.kind == scheduling.EntryKind.OUTSIDE]
    assert 3 <= len(elsewhere) <= 5
    assert {one.label for one in elsewhere} == {name.outside_calendar}


def test_forty_experts_can_be_found_and_booked(filled: Tenant) -> None:
    with serving(filled):
        found = search.find(search.Question(limit=100))
        with reading() as session:
            cards = experts.cards(session, found.ids)
            services = experts.services_of(session, found.ids)
    assert found.total == len(found.ids) == 40
    assert all(card.verified and card.listed for card in cards.values())
    assert all(1 <= len(offered) <= 3 for offered in services.values())


def test_one_expert_sees_people_in_person_on_one_weekday(filled: Tenant) -> None:
    if filled.slug != "atlas":
        return
    with serving(filled), reading() as session:
        person = identity.person_by_email(session, "jonas.wiedemann@atlas-advisory.example")
        assert person is not None
        expert_id = experts.expert_of_person(session, person.id)
        assert expert_id is not None
        rules = scheduling.hours(session, expert_id).weekly
        services = experts.services_of(session, [expert_id])[expert_id]
        ahead = scheduling.next_starts(session, services, 500, days=60)
    (kept,) = [rule for rule in rules if not rule.venue.is_any]
    assert (kept.weekday, kept.mode) == (3, "in_person")
    (in_person,) = [one for one in services if one.mode is experts.ServiceMode.IN_PERSON]
    zone = ZoneInfo(in_person.time_zone)
    mornings = {
        one.id: [
            start
            for start in ahead[one.id]
            if start.astimezone(zone).weekday() == 3 and start.astimezone(zone).hour < 12
        ]
        for one in services
    }
    assert [bool(mornings[one.id]) for one in services] == [one is in_person for one in services]
    jonas = read_seed(PACKS / filled.slug).experts[0]
    planned = _packed(jonas, str(zone), clock.now(), 60, random.Random(1))
    on_thursday_mornings = [
        service
        for start, _, service in planned
        if start.astimezone(zone).weekday() == 3 and start.astimezone(zone).hour < 12
    ]
    assert set(on_thursday_mornings) == {2}
    assert sum(service == 2 for _, _, service in planned) == len(on_thursday_mornings)


def test_ratings_are_those_of_the_reviews(filled: Tenant) -> None:
    with serving(filled), reading() as session:
        cards = experts.cards(session, experts.ids_page(session, None, 100))
        latest = reviews.latest(session, 3)
    counts = sorted(card.rating_count for card in cards.values())
    assert counts[0] == 0
    assert counts[-1] >= 40
    assert len(latest) == 3
    assert all(voice.text for voice in latest)


def test_a_second_fill_changes_nothing(filled: Tenant) -> None:
    def everything() -> list[object]:
        with provisioning.owner() as connection:
            return [
                connection.execute(
                    f"SELECT count(*), max(xmin::text::bigint) FROM {filled.schema}.{table}"  # type: ignore[call-overload]
                ).fetchone()
                for table in (
                    "people",
                    "experts",
                    "bookings",
                    "attempts",
                    "reviews",
                    "organization",
                    "extension_switches",
                    "content_pages",
                    "topics",
                    "weekly_rules",
                )
            ]

    before = everything()
    logins = fill(filled, PACKS / filled.slug, Ports())
    assert everything() == before
    assert logins == fill(filled, PACKS / filled.slug, Ports())


def test_everybody_named_can_log_in(filled: Tenant) -> None:
    logins = fill(filled, PACKS / filled.slug, Ports())
    assert sorted({role for _, role, _, _ in logins}) == ["admin", "client", "expert", "support"]
    with serving(filled):
        for _, role, email, password in logins:
            viewer = identity.log_in(identity.Credentials(email, password), Caller(ip="127.0.0.1"))[
                1
            ]
            assert viewer.has(role)


def test_standins_know_the_accounts_and_the_extensions_are_on(filled: Tenant) -> None:
    file = settings().data_dir.parent / "standins" / "config.json"
    accounts = json.loads(file.read_text())["accounts"]
    gateway = "vnpay" if filled.slug == "antam" else "stripe"
    with serving(filled), reading() as session:
        active = extensions.active_one(session, "payments", gateway)
        token = extensions.hook_token(session, "payments", gateway)
    mine = next(row for row in accounts if row["gateway"] == gateway and token in row["notice_url"])
    assert mine["secret"] in active.settings.values()


def test_one_waits_to_be_verified_one_was_asked_for_more(filled: Tenant) -> None:
    staff = Viewer(ids.new(), roles=frozenset({"admin"}))
    with serving(filled):
        with reading() as session:
            (waits,) = experts.verification_queue(session).items
            state = experts.VerificationState.MORE_ASKED
            (asked,) = experts.verification_queue(session, state=state).items
            found = experts.verification(session, asked.id, staff)
        assert found.reason
        assert set(found.missing) & set(experts.DocumentKind)
        for row in (waits, asked):
            with reading() as session:
                found = experts.verification(session, row.id, staff)
            paper = experts.open_document(found.documents[0].id, staff)
            assert paper.content.startswith(b"%PDF")


def test_asked_and_coming_hours(filled: Tenant) -> None:
    with serving(filled), reading() as session:
        everyone = experts.ids_page(session, None, 100)
        asked = [one for each in everyone for one in bookings.requests_of(session, each)]
    assert asked
    assert all(one.answer_by is not None and one.starts_at > clock.now() for one in asked)


def test_every_paid_booking_has_its_payment_and_cancelled_ones_their_refund(
    filled: Tenant,
) -> None:
    with serving(filled), reading() as session:
        found = [
            one
            for each in experts.ids_page(session, None, 100)
            for one in bookings.page_of_expert(session, each, limit=100).items
        ]
        paid = payments.of_subjects(session, [one.id for one in found])
        back = payments.refunds_of(session, [one.id for one in paid.values()])
    assert found
    for one in found:
        attempt = paid[one.id]
        assert (attempt.id, attempt.amount) == (one.paid_attempt_id, one.price)
        assert (attempt.payer_id, attempt.payee_id) == (one.client_id, one.expert_person_id)
        assert attempt.description.startswith(f"{one.reference} ")
        returned = payments.Returned.of(attempt.amount, back[attempt.id])
        is_back = one.state == bookings.BookingState.CANCELLED
        assert returned.done == (attempt.amount if is_back else attempt.amount - attempt.amount)


@pytest.mark.timeout(60)
def test_cancelling_a_coming_booking_of_the_demo_pays_it_back(filled: Tenant) -> None:
    kind, key = "payments", "vnpay" if filled.slug == "antam" else "stripe"
    folder = settings().data_dir.parent / "standins"
    before = http.allow_networks("127.0.0.0/8")
    with running(folder) as stand_ins, serving(filled):
        port = int(stand_ins.url.rpartition(":")[2])
        extensions.switch(
            kind,
            key,
            True,
            gateways._settings(filled, kind, key, Ports(port)),
            Viewer(),
        )
        with reading() as session:
            coming = bookings.page_of_all(session, coming=True, limit=1).items[0]
        staff = Viewer(ids.new(), roles=frozenset({"admin"}))
        client = Viewer(coming.client_id, roles=frozenset({"client"}))
        bookings.cancel(coming.id, client, "")
        assert coming.paid_attempt_id is not None
        for _ in range(4):
            houses.deliver_all()
            clock.set_distance(clock.distance() + timedelta(minutes=31))
        with reading() as session:
            refunds = payments.refunds_of(session, [coming.paid_attempt_id])
            assert payments.visible(session, staff, coming.paid_attempt_id)
        (refund,) = refunds[coming.paid_attempt_id]
        (at_gateway,) = stand_ins.payments(coming.paid_attempt_id.hex)
    http.allow_networks(before)
    clock.set_distance(timedelta())
    assert refund.state == payments.RefundState.DONE
    factor = 100 if key == "vnpay" else 1
    assert at_gateway["refunded"] == refund.amount_minor * factor > 0


def test_experts_were_paid_once_and_are_owed_what_came_since(filled: Tenant) -> None:
    with serving(filled), reading() as session:
        batch = payouts.batches_page(session).items[0]
        found = payouts.payouts_of(session, batch.id)
        standings = payouts.standings(session, [one.expert_id for one in found])
        assert ledger.recount(session) == []
        assert batch.state == payouts.BatchState.CLOSED
        assert len(found) == batch.payouts > 5
        assert sum(one.amount_minor for one in found) == batch.total_minor
        assert {one.state for one in found} == {payouts.PayoutState.PAID}
        assert all(one.owed.minor >= 0 for one in standings.values())
        assert any(one.available.minor > 0 for one in payouts_open(session))
        obstacles = {one.obstacle for one in payouts.candidates(session)}
    assert {None, payouts.Obstacle.NO_PAYEE} <= obstacles


def test_there_is_a_coupon_a_package_and_credit(filled: Tenant) -> None:
    giver = "lan@" if filled.slug == "antam" else "katharina@"
    for _ in range(2):  # filling again adds nothing
        with serving(filled), reading() as session:
            (coupon,) = credits.coupons_page(session).items
            (package,) = credits.on_sale(session)
            (goodwill,) = credits.credits_page(session).items
            rules = credits.gift_rules(session)
            left = credits.left(session, goodwill)
            people = identity.people(session, {goodwill.owner_id, coupon.made_by} - {None})
        assert coupon.state_at(clock.now()) is credits.CouponState.OPEN
        assert package.unit.minor * package.sessions == package.price_minor
        assert rules.is_on
        assert rules.least_minor < rules.most_minor
        assert left == goodwill.amount
        assert people[goodwill.owner_id].roles == {"client"}
        assert people[coupon.made_by].email.startswith(giver)
        fill(filled, PACKS / filled.slug, Ports())


def test_the_organization_keeps_its_share_of_what_was_booked(filled: Tenant) -> None:
    share = 1_500 if filled.slug == "antam" else 1_800
    with serving(filled), reading() as session:
        (rule,) = pricing.rules(session)
        (rate,) = pricing.rates(session)
        kept = sum(
            one.amount.minor for one in ledger.balances(session, ledger.AccountKind.COMMISSION)
        )
    assert rule.commission.percent_bp == share
    assert rate.services >= 1
    assert kept > 0


def payouts_open(session: Session) -> list[payouts.Standing]:
    return list(payouts.standings_page(session, limit=100).items)


def test_texts_of_the_pack_are_there(filled: Tenant) -> None:
    with serving(filled), reading() as session:
        organization = tenants.organization(session)
        links = content.legal_pages(session)
    assert organization.currency == ("VND" if filled.slug == "antam" else "EUR")
    assert [link.slug for link in links] == ["terms", "privacy", "cancellation", "imprint"]


@pytest.mark.parametrize("slug", ["antam", "atlas"])
def test_a_request_waits_whatever_day_the_demo_begins(slug: str) -> None:
    seed = read_seed(PACKS / slug)
    pack = tenants.read_pack(PACKS / slug)
    roots = {below.slug: top.slug for top in pack.topics for below in (top, *top.children)}
    for hours in range(0, 24 * 15, 5):
        now = clock.now() + timedelta(hours=hours)
        planned = plan(seed, roots, pack.organization.time_zone, now)
        kinds = [one.kind for history in planned for one in history.sessions]
        assert kinds.count("asked") >= 1, now


@pytest.mark.parametrize("slug", ["antam", "atlas"])
def test_histories_are_the_same_every_time_and_never_overlap(slug: str) -> None:
    seed = read_seed(PACKS / slug)
    pack = tenants.read_pack(PACKS / slug)
    roots = {below.slug: top.slug for top in pack.topics for below in (top, *top.children)}
    zone = pack.organization.time_zone
    now = clock.now()
    first = plan(seed, roots, zone, now)
    assert first == plan(seed, roots, zone, now)
    for history in first:
        times = sorted((one.starts_at, one.minutes) for one in history.sessions)
        for (start, minutes), (after, _) in itertools.pairwise(times):
            assert (after - start).total_seconds() >= minutes * 60


@pytest.mark.parametrize("slug", ["antam", "atlas"])
def test_visible_words_are_in_every_language(slug: str) -> None:
    pack = tenants.read_pack(PACKS / slug)
    languages = set(pack.organization.languages)
    known = {below.slug for top in pack.topics for below in (top, *top.children)}
    for one in read_seed(PACKS / slug).experts:
        words = [one.headline, one.biography, *(service.names for service in one.services)]
        words += [station["title"] for station in (*one.experience, *one.education)]
        assert all(set(each) == languages and all(each.values()) for each in words), one.slug
        assert set(one.topics) <= known
        assert all(len(line) <= 160 for line in one.headline.values())


def test_a_block_is_read() -> None:
    assert block("tue 18:00-21:30").weekday == 1
    assert block("tue 18:00-21:30").mode == ""
    assert block("thu 09:00-12:00 in_person").mode == "in_person"
    assert (block("sun 06:15-24:00").start, block("sun 06:15-24:00").end) == (375, 1440)
