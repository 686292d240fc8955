from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image
from tests.domains.identity.conftest import (
    CALLER,
    PASSWORD,
    Emitted,
    last,
    logged_in,
    of_cookie,
    secret_of,
)

from cilis.domains import identity
from cilis.domains.identity import Person, ProfileChanges, Role
from cilis.infra import files
from cilis.infra.db import reading, transaction
from cilis.kit import ids
from cilis.kit.errors import InvalidInput
from cilis.kit.viewer import Viewer

NEW = "năm con vịt bơi"
LAN = Viewer(ids.new(), ids.new(), frozenset({"admin"}))


def picture(side: int = 900) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a camera that knows the place"
    Image.new("RGB", (side, side // 2), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


class TestOwnProfile:
    def test_changes_only_what_is_said(self, hoa: Person) -> None:
        _, viewer = logged_in()
        changed = identity.change_profile(viewer, ProfileChanges(name="  Đặng Hoa "))

        assert (changed.name, changed.time_zone) == ("Đặng Hoa", "Europe/Berlin")

    def test_a_name_stays_on_one_line(self, hoa: Person) -> None:
        changes = ProfileChanges(name="Hoa\r\nBcc: all@example.vn\u2028 Lê")
        assert identity.change_profile(logged_in()[1], changes).name == "Hoa Bcc: all@example.vn Lê"

    def test_a_number_is_kept_and_can_be_taken_away(self, hoa: Person) -> None:
        _, viewer = logged_in()
        assert identity.change_profile(viewer, ProfileChanges(phone="+84 901 234 567")).phone
        assert identity.change_profile(viewer, ProfileChanges(phone="")).phone == ""
        for wrong in ("call me", "+-----", "1234"):
            with pytest.raises(InvalidInput):
                identity.change_profile(viewer, ProfileChanges(phone=wrong))

    def test_a_changed_zone_is_seen_at_the_next_request(self, hoa: Person) -> None:
        token, viewer = logged_in()
        identity.change_profile(viewer, ProfileChanges(time_zone="Australia/Lord_Howe"))

        seen = of_cookie(token)
        assert seen is not None
        assert seen.time_zone == "Australia/Lord_Howe"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            (ProfileChanges(language="xx"), "language"),
            (ProfileChanges(time_zone="Mars/Olympus"), "time_zone"),
            (ProfileChanges(time_zone="../etc/passwd"), "time_zone"),
        ],
    )
    def test_refuses_what_does_not_exist(
        self, hoa: Person, changes: ProfileChanges, field: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            identity.change_profile(logged_in()[1], changes)

        assert list(refusal.value.fields) == [field]

    def test_a_nameless_browser_remembers_its_choice(self, hoa: Person) -> None:
        token, viewer = identity.open_browser_session("en", "UTC", "", "::1")
        identity.prefer(viewer, time_zone="Europe/Berlin")

        seen = of_cookie(token)
        assert seen is not None
        assert seen.time_zone == "Europe/Berlin"

    def test_a_picture_becomes_square_and_forgets_the_camera(self, hoa: Person) -> None:
        _, viewer = logged_in()
        key = identity.change_picture(viewer, picture()).picture_key
        assert key is not None
        with Image.open(io.BytesIO(files.read_public(key))) as stored:
            assert stored.size == (512, 512)
            assert not stored.getexif()

        assert identity.remove_picture(viewer).picture_key is None

    def test_an_old_picture_is_deleted_when_nobody_shows_it(
        self,
        hoa: Person,
        deliver: Callable[[], int],
        clock_forward: Callable[[timedelta], None],
    ) -> None:
        _, viewer = logged_in()
        packed = files.save_public(files.portrait(picture(700)), "image/webp")
        with transaction() as session:
            for number in range(2):
                identity.import_person(
                    session, email=f"p{number}@example.vn", name="P", picture_key=packed
                )
            identity.import_person(session, email=hoa.email, name="Hoa", picture_key=packed)
        keys = [identity.change_picture(viewer, picture()).picture_key for _ in range(2)]
        first, second = (key or "" for key in keys)
        assert first != second, "each has a file of its own"
        deliver()
        assert files.read_public(first), "an open page still shows it"
        clock_forward(timedelta(minutes=6))
        deliver()
        with pytest.raises(files.FileGone):
            files.read_public(first)
        assert files.read_public(second)
        assert files.read_public(packed), "others of the pack show it"
        identity.remove_picture(viewer)
        clock_forward(timedelta(minutes=6))
        deliver()
        with pytest.raises(files.FileGone):
            files.read_public(second)
        files.delete_public(second)  # a repeat does nothing

    @pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"\x00" * 99])
    def test_other_files_are_refused(self, hoa: Person, content: bytes) -> None:
        with pytest.raises(InvalidInput):
            identity.change_picture(logged_in()[1], content)


class TestChangePassword:
    def test_gives_this_browser_a_new_cookie_and_ends_the_others(self, hoa: Person) -> None:
        elsewhere, _ = logged_in()
        token, viewer = logged_in()
        fresh = identity.change_password(viewer, PASSWORD, NEW, CALLER)

        assert fresh is not None
        assert of_cookie(fresh) == viewer
        assert (of_cookie(token), of_cookie(elsewhere)) == (None, None)

    def test_needs_the_present_one(self, hoa: Person) -> None:
        with pytest.raises(InvalidInput) as refusal:
            identity.change_password(logged_in()[1], "not this one", NEW, CALLER)

        assert refusal.value.fields == {"current_password": ["password_wrong"]}
        assert logged_in(password=PASSWORD)

    def test_voids_a_change_of_address_that_waits(self, hoa: Person, emitted: Emitted) -> None:
        _, viewer = logged_in()
        identity.ask_email_change(viewer, "thief@example.vn", PASSWORD, CALLER)
        asked = last(emitted, identity.EmailChangeAsked)
        secret = secret_of(asked)
        identity.change_password(viewer, PASSWORD, NEW, CALLER)
        with pytest.raises(identity.LinkNotValid):
            identity.change_email(secret, CALLER)


class TestRoles:
    def test_a_role_is_added_once(self, hoa: Person) -> None:
        for _ in range(2):
            with transaction() as session:
                identity.add_role(session, hoa.id, "expert")

        with reading() as session:
            assert identity.person(session, hoa.id).roles == {"client", "expert"}
        with pytest.raises(identity.PersonNotFound), transaction() as session:
            identity.add_role(session, ids.new(), "expert")


class TestReads:
    def test_people_are_listed_by_name_in_pages(self, hoa: Person) -> None:
        with transaction() as session:
            for name in ("Đào", "Dung", "Ân", "An"):
                identity.import_person(session, email=f"{ids.new()}@example.vn", name=name)
        shown: list[str] = []
        cursor: str | None = None
        while True:
            with reading() as session:
                question = identity.PeopleQuestion(cursor=cursor, limit=2)
                page = identity.people_page(session, question)
            shown += [person.name for person in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

        assert sorted(shown) == sorted(["An", "Ân", "Dung", "Đào", "Hoa"])
        assert len(shown) == 5

    def test_only_staff_looks_at_others(self, hoa: Person) -> None:
        with transaction() as session:
            other = identity.import_person(session, email="x@example.vn", name="X")
        _, viewer = logged_in()
        with reading() as session:
            assert identity.visible(session, viewer, hoa.id).name == "Hoa"
            assert identity.visible(session, LAN, other).name == "X"
            for wanted in (other, ids.new()):
                with pytest.raises(identity.PersonNotFound):
                    identity.visible(session, viewer, wanted)

    def test_importing_again_brings_up_to_date(self, hoa: Person) -> None:
        with transaction() as session:
            found = identity.import_person(
                session, email="HOA@example.vn", name="Hoa Lê", roles=["expert"], language="vi"
            )
        assert found == hoa.id
        with reading() as session:
            person = identity.person_by_email(session, "hoa@example.vn")
            assert [one.id for one in identity.with_role(session, Role.EXPERT)] == [hoa.id]
        assert person is not None
        assert (person.name, person.is_verified) == ("Hoa Lê", True)
        assert logged_in()[1].person_id == hoa.id  # the password stayed
