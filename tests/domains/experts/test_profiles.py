from __future__ import annotations

import io
import threading
from collections.abc import Callable
from contextvars import copy_context
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from tests.domains.experts.conftest import (
    Emitted,
    application,
    expert_id,
    fill_in,
    kinds,
    new_person,
    png,
    service_wish,
    viewer,
)

from cilis.config import settings
from cilis.domains import experts, identity
from cilis.domains.experts.service.profiles import forget_picture
from cilis.domains.tenants import Organization
from cilis.infra import db, files
from cilis.infra.tenancy import current_tenant
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast


class TestApply:
    def test_opens_a_draft_that_only_its_owner_sees(self, minh: Viewer, hoa: Viewer) -> None:
        with db.reading() as session:
            mine = experts.mine(session, minh)
            assert mine.card.state == experts.ExpertState.DRAFT
            assert (mine.card.slug, mine.card.title) == ("tran-quang-minh", "ThS. Trần Quang Minh")
            assert experts.profile(session, mine.id, minh).id == mine.id
            for other in (hoa, Viewer()):
                with pytest.raises(experts.ExpertNotFound):
                    experts.profile(session, mine.card.slug, other)

    def test_gives_the_role(self, cast: Cast, organization: Organization) -> None:
        experts.apply(application(), viewer(cast.hoa, "client"))

        with db.reading() as session:
            assert "expert" in identity.person(session, cast.hoa).roles

    def test_again_is_refused(self, minh: Viewer) -> None:
        with pytest.raises(experts.AlreadyExpert):
            experts.apply(application(), minh)

    def test_namesakes_get_addresses_of_their_own(self, minh: Viewer) -> None:
        slugs = []
        for number in range(2):
            person = viewer(new_person(f"minh {number}"), "client")
            found = experts.apply(application(), person)
            with db.reading() as session:
                slugs.append(experts.card(session, found).slug)

        assert slugs == ["tran-quang-minh-2", "tran-quang-minh-3"]

    def test_an_unknown_zone_is_refused(self, cast: Cast, organization: Organization) -> None:
        with pytest.raises(InvalidInput) as refused:
            experts.apply(application(time_zone="Mars/Olympus"), viewer(cast.minh, "expert"))
        assert refused.value.fields == {"time_zone": ["unknown_time_zone"]}


class TestEditProfile:
    def test_what_is_not_sent_stays(self, minh: Viewer, tax: experts.Topic) -> None:
        experts.edit_profile(
            experts.ProfileChange(headline={"vi": "Thuế", "en": ""}, topic_ids=[tax.id]), minh
        )
        experts.edit_profile(experts.ProfileChange(biography={"vi": "**Mười** năm."}), minh)

        with db.reading() as session:
            found = experts.mine(session, minh)
        assert found.card.headline == {"vi": "Thuế"}
        assert found.biography == {"vi": "**Mười** năm."}
        assert [topic.slug for topic in found.topics] == ["thue"]
        assert found.card.languages == ("vi", "en")

    def test_others_hear_of_it(self, minh: Viewer, emitted: Emitted) -> None:
        before = len(kinds(emitted, experts.ExpertChanged))
        experts.edit_profile(experts.ProfileChange(country="DE"), minh)
        assert len(kinds(emitted, experts.ExpertChanged)) == before + 1

    @pytest.mark.parametrize(
        ("change", "field", "code"),
        [
            ({"headline": {"de": "Steuern"}}, "headline", "unknown_language"),
            ({"topic_ids": [ids.new()]}, "topic_ids", "not_a_choice"),
            (
                {"education": [{"from": 2012, "until": 2008, "title": {}, "place": {}}]},
                "education.0.until",
                "before_start",
            ),
        ],
    )
    def test_nonsense_is_refused(
        self, minh: Viewer, change: dict[str, Any], field: str, code: str
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            experts.edit_profile(experts.ProfileChange(**change), minh)
        assert refused.value.fields == {field: [code]}

    def test_who_never_applied_has_nothing_to_edit(self, hoa: Viewer) -> None:
        with pytest.raises(experts.NotAnExpert):
            experts.edit_profile(experts.ProfileChange(name="Hoa Hoa"), hoa)

    def test_the_picture_becomes_a_square_without_metadata(self, minh: Viewer) -> None:
        key = experts.set_picture(png(), minh)

        with Image.open(io.BytesIO(files.read_public(key))) as made:
            assert (made.format, made.size, dict(made.getexif())) == ("WEBP", (512, 512), {})
        experts.remove_picture(minh)
        with db.reading() as session:
            assert experts.mine(session, minh).card.picture_key is None

    def test_an_old_picture_is_deleted_a_little_later(
        self,
        minh: Viewer,
        hoa: Viewer,
        deliver: Callable[[], int],
        clock_forward: Callable[[timedelta], None],
    ) -> None:
        first, second = experts.set_picture(png(), minh), experts.set_picture(png(), minh)
        lent = experts.set_picture(png(), minh)
        with db.transaction() as session:
            person = identity.person(session, minh.person)
            identity.import_person(session, email=person.email, name=person.name, picture_key=lent)
        experts.remove_picture(minh)
        assert files.read_public(second)
        for _ in range(2):
            clock_forward(timedelta(minutes=6))
            deliver()
        for key in (first, second):
            with pytest.raises(files.FileGone):
                files.read_public(key)
            forget_picture(key)  # delivered once more
        assert files.read_public(lent), "the account shows it too"
        kept = set(stored())
        with pytest.raises(experts.NotAnExpert):
            experts.set_picture(png(), hoa)
        assert set(stored()) == kept, "what nobody shows is not kept"


def stored() -> list[str]:
    """The public files of the tenant."""
    folder = settings().data_dir / "files" / current_tenant().id / "public"
    return [path.name for path in folder.iterdir()]


class TestServices:
    def test_prices_are_in_the_organizations_currency(self, minh: Viewer) -> None:
        offer = experts.add_service(service_wish(), minh)

        assert (offer.terms.price.minor, offer.terms.price.currency) == (550_000, "VND")
        assert offer.terms.time_zone == "Asia/Ho_Chi_Minh"

    def test_switched_off_is_no_longer_offered(self, minh: Viewer) -> None:
        kept = experts.add_service(service_wish(names={"vi": "Giữ"}), minh)
        gone = experts.add_service(service_wish(names={"vi": "Bỏ"}), minh)
        experts.remove_service(gone.id, minh)

        with db.reading() as session:
            who = experts.expert_of_person(session, minh.person)
            assert who is not None
            offered = experts.services_of(session, [who])
            assert [terms.id for terms in next(iter(offered.values()))] == [kept.id]
            assert experts.service_terms(session, gone.id, offered=False).id == gone.id
            with pytest.raises(experts.ServiceNotFound):  # the expert is a draft
                experts.service_terms(session, kept.id)

    def test_only_ones_own(self, minh: Viewer, cast: Cast) -> None:
        offer = experts.add_service(service_wish(), minh)
        other = viewer(cast.hoa, "client")
        experts.apply(application(name="Lê Hoa"), other)

        with pytest.raises(experts.ServiceNotFound):
            experts.edit_service(offer.id, service_wish(price_minor=1), other)

    def test_not_without_end(self, minh: Viewer) -> None:
        for _ in range(experts.MAX_SERVICES):
            experts.add_service(service_wish(), minh)
        with pytest.raises(experts.TooManyServices):
            experts.add_service(service_wish(), minh)

    @pytest.mark.parametrize(
        ("written", "currency", "minor"),
        [
            ("550.000", "VND", 550_000),
            ("550 000 ₫", "VND", 550_000),
            ("0", "VND", 0),
            ("89,50", "EUR", 8_950),
            ("1,234.5", "EUR", 123_450),
            ("1.234", "EUR", 123_400),
            ("€240", "EUR", 24_000),
            ("12.345", "KWD", 12_345),
        ],
    )
    def test_prices_as_people_write_them(self, written: str, currency: str, minor: int) -> None:
        assert experts.price_minor(written, currency) == minor

    @pytest.mark.parametrize("written", ["", "free", "-5", "1e9", "12 or 15", "9" * 20])
    def test_what_is_no_price(self, written: str) -> None:
        with pytest.raises(InvalidInput):
            experts.price_minor(written, "VND")


class TestStanding:
    def test_suspended_is_hidden_and_comes_back(self, minh: Viewer, lan: Viewer) -> None:
        found = published(minh)
        experts.suspend(found, "Khiếu nại", lan)
        with db.reading() as session, pytest.raises(experts.ExpertNotFound):
            experts.profile(session, found, Viewer())
        with pytest.raises(experts.WrongState):
            experts.suspend(found, "Lần nữa", lan)
        experts.reinstate(found, lan)
        with db.reading() as session:
            assert experts.profile(session, found, Viewer()).id == found

    def test_a_rating_is_counted_and_taken_back(self, minh: Viewer) -> None:
        found = expert_id(minh)
        for stars, delta in ((5, 1), (4, 1), (2, 1), (2, -1)):
            with db.transaction() as session:
                experts.record_rating(session, found, stars, delta)

        with db.reading() as session:
            card = experts.card(session, found)
        assert (card.rating, card.rating_count) == (4.5, 2)


def test_cards_cost_one_query_whatever_their_number(
    minh: Viewer, cast: Cast, count_queries: Any
) -> None:
    other = viewer(cast.hoa, "client")
    two = [expert_id(minh), experts.apply(application(name="Lê Hoa"), other)]
    with db.reading() as session, count_queries(session) as counted:
        assert set(experts.cards(session, [*two, ids.new()])) == set(two)
    assert counted() == 1


def test_the_staff_list_is_in_vietnamese_order(
    organization: Organization, count_queries: Any
) -> None:
    names = ["Phạm Đức", "Lê An", "Vũ Dung", "Ngô Ánh", "Tạ Bảo"]
    for number, name in enumerate(names):
        experts.apply(application(name=name), viewer(new_person(f"p {number}"), "client"))

    seen: list[str] = []
    cursor: str | None = None
    while True:
        with db.reading() as session, count_queries(session) as counted:
            page = experts.list_for_staff(session, cursor=cursor, limit=2)
        assert counted() == 2
        seen += [card.name for card in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == ["Lê An", "Ngô Ánh", "Tạ Bảo", "Vũ Dung", "Phạm Đức"]
    with db.reading() as session:
        found = experts.list_for_staff(session, words="duc").items
    assert [card.name for card in found] == ["Phạm Đức"]


def published(who: Viewer) -> Any:
    """A published expert, without the papers."""
    import sqlalchemy as sa

    found = expert_id(who)
    with db.transaction() as session:
        session.execute(
            sa.text("UPDATE experts SET state = 'published' WHERE id = :id"), {"id": found}
        )
    return found


class TestModes:
    def test_a_session_in_person_has_a_place(self, minh: Viewer) -> None:
        with pytest.raises(InvalidInput) as refused:
            experts.add_service(service_wish(mode=experts.ServiceMode.IN_PERSON), minh)
        assert refused.value.fields == {"place": ["required"]}
        place = "12 Lê Lợi, Quận 1"
        offer = experts.add_service(
            service_wish(mode=experts.ServiceMode.IN_PERSON, place=place), minh
        )
        assert (offer.terms.mode, offer.terms.place) == (experts.ServiceMode.IN_PERSON, place)
        moved = experts.edit_service(
            offer.id, service_wish(mode=experts.ServiceMode.PHONE, place=place), minh
        )
        assert (moved.terms.mode, moved.terms.place) == (experts.ServiceMode.PHONE, "")

    def test_the_order_is_the_experts(self, minh: Viewer) -> None:
        made = [experts.add_service(service_wish(names={"vi": name}), minh).id for name in "abc"]
        experts.order_services([made[2], made[0]], minh)
        with db.reading() as session:
            shown = [offer.id for offer in experts.mine(session, minh).services]
        assert shown == [made[2], made[0], made[1]]
        with pytest.raises(experts.ServiceNotFound):
            experts.order_services([ids.new()], minh)

    def test_switching_keeps_the_rest(self, minh: Viewer) -> None:
        made = experts.add_service(service_wish(), minh)
        off = experts.switch_service(made.id, minh, active=False)
        assert (off.active, off.terms) == (False, made.terms)
        assert experts.switch_service(made.id, minh, active=True).active


def test_namesakes_at_the_same_moment(organization: Organization) -> None:
    people = [viewer(new_person(f"cung ten {number}"), "client") for number in range(4)]
    threads = [
        threading.Thread(target=copy_context().run, args=(experts.apply, application(), person))
        for person in people
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        found = [experts.mine(session, person).card.slug for person in people]
    assert len(set(found)) == 4


def test_what_would_make_a_profile_better(minh: Viewer, tax: experts.Topic) -> None:
    fill_in(minh, tax)
    who = expert_id(minh)
    with db.reading() as session:
        ready = experts.readiness(session, who)
    assert (ready.missing, ready.advised, ready.share) == ((), ("picture",), 88)
