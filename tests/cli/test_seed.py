"""`cilis seed`: many rows that the house itself reads as its own."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from rich.progress import Progress

from cilis.cli import seed
from cilis.cli.bulk import bookings as bulk
from cilis.cli.bulk import dice, people, tables
from cilis.domains import bookings, experts, identity, payments, search
from cilis.infra import provisioning
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant
from cilis.kit.viewer import Viewer
from cilis.testing.scene import open_scene

COUNT = 600


@pytest.fixture
def seeded(tenant: Tenant) -> Tenant:
    open_scene()
    with Progress(disable=True) as bar:
        assert seed.seed(tenant, COUNT, clients=20, experts=3, bar=bar) > COUNT * 5
    return tenant


def test_rows_are_bookings_as_any_other(seeded: Tenant) -> None:
    with reading() as session:
        client = identity.person_by_email(session, people.email("client", 0))
        assert client is not None
        viewer = Viewer(client.id, roles=frozenset({"client"}))
        page = bookings.of_client(session, client.id, coming=False, cursor=None, limit=5)
        one = bookings.visible(session, viewer, page.items[0].id)
        assert bookings.history(session, one.id)[0].what == "held"
        assert payments.of_subjects(session, [one.id])
    with provisioning.owner() as connection:
        counts = connection.execute(
            f"SELECT state, count(*) FROM {seeded.schema}.bookings GROUP BY state"
        ).fetchall()
    assert sum(number for _, number in counts) == COUNT
    assert {state for state, _ in counts} >= {"completed", "cancelled", "confirmed"}


def test_experts_are_found_with_their_reviews(seeded: Tenant) -> None:
    del seeded
    with reading() as session:
        expert = identity.person_by_email(session, people.email("expert", 1))
        assert expert is not None
        expert_id = experts.expert_of_person(session, expert.id)
        assert expert_id is not None
        card = experts.card(session, expert_id)
        assert card.rating_count > 0
    found = search.find(search.Question(words=card.name))
    assert expert_id in found.ids


def test_the_same_numbers_give_the_same_rows() -> None:
    one, two = dice.Dice("x"), dice.Dice("x")
    assert [one.getrandbits(74) for _ in range(3)] == [two.getrandbits(74) for _ in range(3)]
    assert len({dice.reference(number) for number in range(50_000)}) == 50_000


def test_a_second_run_and_too_few_experts_are_refused(seeded: Tenant) -> None:
    again = CliRunner().invoke(seed.command, [seeded.slug])
    assert again.exit_code == 1
    assert "seeded already" in again.output
    with Progress(disable=True) as bar, pytest.raises(bulk.TooMany):
        seed.seed(seeded, 1_000_000, clients=1, experts=2, bar=bar)


def test_real_people_are_left_alone_unless_told(tenant: Tenant) -> None:
    open_scene()
    small = [tenant.slug, "--bookings", "20", "--clients", "2", "--experts", "1"]
    refused = CliRunner().invoke(seed.command, small)
    assert refused.exit_code == 1
    assert "3 real people and 0 real bookings" in refused.output
    assert "--among-real" in refused.output
    assert not people.is_seeded()
    done = CliRunner().invoke(seed.command, [*small, "--among-real"])
    assert done.exit_code == 0, done.output
    assert people.is_seeded()


def test_real_bookings_count_and_staff_does_not(tenant: Tenant) -> None:
    scene = open_scene()
    assert people.real_rows(tenant.schema) == (3, 0)
    bookings.hold(bookings.HoldWish(scene.service, scene.starts(1)[0]), scene.viewer("client"))
    assert people.real_rows(tenant.schema) == (3, 1)
    with Progress(disable=True) as bar:
        seed.seed(tenant, 20, clients=2, experts=1, bar=bar)
    assert people.real_rows(tenant.schema) == (3, 1), "what is invented is not real"


def test_a_new_column_that_must_be_filled_is_told_of() -> None:
    with provisioning.owner() as connection:
        copier = tables.Copier(connection)
        with pytest.raises(tables.TableChanged, match="starts_at"):
            copier.open("bookings", ("id",))
