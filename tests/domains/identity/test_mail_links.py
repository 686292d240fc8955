from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
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
from cilis.domains.identity import EmailVerificationAsked, PasswordResetAsked, Person
from cilis.domains.identity.models import OneTimeToken
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving
from cilis.kit import ids
from cilis.kit.errors import InvalidInput, TooMany

NEW = "năm con vịt bơi"
Forward = Callable[[timedelta], None]


class TestVerification:
    def test_the_link_verifies_once(self, hoa: Person, emitted: Emitted) -> None:
        secret = secret_of(last(emitted, EmailVerificationAsked))

        assert identity.verify_email(secret, CALLER).is_verified
        with pytest.raises(identity.LinkNotValid):
            identity.verify_email(secret, CALLER)

    def test_a_new_link_replaces_the_old_one(self, hoa: Person, emitted: Emitted) -> None:
        old = secret_of(last(emitted, EmailVerificationAsked))
        identity.ask_verification(logged_in()[1])
        new = secret_of(last(emitted, EmailVerificationAsked))

        with pytest.raises(identity.LinkNotValid):
            identity.verify_email(old, CALLER)
        assert identity.verify_email(new, CALLER).is_verified

    def test_nothing_more_is_sent_to_a_verified_address(
        self, hoa: Person, emitted: Emitted
    ) -> None:
        identity.verify_email(secret_of(last(emitted, EmailVerificationAsked)), CALLER)
        before = len(emitted())
        identity.ask_verification(logged_in()[1])

        assert len(emitted()) == before

    def test_a_link_ends(self, hoa: Person, emitted: Emitted, clock_forward: Forward) -> None:
        secret = secret_of(last(emitted, EmailVerificationAsked))
        clock_forward(timedelta(days=3, seconds=1))
        with pytest.raises(identity.LinkNotValid):
            identity.verify_email(secret, CALLER)

    def test_a_link_is_nothing_at_another_tenant(
        self, hoa: Person, emitted: Emitted, other_tenant: Tenant
    ) -> None:
        secret = secret_of(last(emitted, EmailVerificationAsked))
        with serving(other_tenant), pytest.raises(identity.LinkNotValid):
            identity.verify_email(secret, CALLER)

    @pytest.mark.usefixtures("tenant")
    @pytest.mark.parametrize("secret", ["", "x" * 43, "é" * 43, "../../etc/passwd-and-more"])
    def test_invented_links_are_refused(self, secret: str) -> None:
        with pytest.raises(identity.LinkNotValid):
            identity.verify_email(secret, CALLER)

    def test_the_secret_lies_nowhere_in_the_clear(self, hoa: Person, emitted: Emitted) -> None:
        event = last(emitted, EmailVerificationAsked)
        secret = secret_of(event)
        with reading() as session:
            row = session.scalars(sa.select(OneTimeToken)).one()
            assert secret not in f"{event} {row.sealed} {row.digest!r}"
        identity.verify_email(secret, CALLER)
        with reading() as session:
            assert session.scalars(sa.select(OneTimeToken.sealed)).one() is None
        with pytest.raises(identity.LinkNotValid):
            secret_of(event)


class TestReset:
    def test_sets_a_password_and_ends_every_session(self, hoa: Person, emitted: Emitted) -> None:
        token, _ = logged_in()
        identity.ask_password_reset("HOA@example.vn", CALLER)
        secret = secret_of(last(emitted, PasswordResetAsked))
        assert identity.reset_password(secret, NEW, CALLER).is_verified

        assert of_cookie(token) is None
        with pytest.raises(identity.WrongCredentials):
            logged_in(password=PASSWORD)
        assert logged_in(password=NEW)[1].person_id == hoa.id
        with pytest.raises(identity.LinkNotValid):
            identity.reset_password(secret, "another fine password", CALLER)
        told = last(emitted, identity.PasswordChanged)
        assert told.payload()["person_id"] == str(hoa.id)
        assert told.payload()["at"]

    def test_a_refused_password_leaves_the_link_usable(self, hoa: Person, emitted: Emitted) -> None:
        identity.ask_password_reset("hoa@example.vn", CALLER)
        secret = secret_of(last(emitted, PasswordResetAsked))
        with pytest.raises(InvalidInput):
            identity.reset_password(secret, "password", CALLER)

        identity.reset_password(secret, NEW, CALLER)

    def test_an_unknown_address_is_not_told(self, tenant: Tenant, emitted: Emitted) -> None:
        identity.ask_password_reset("nobody@example.vn", CALLER)

        assert emitted() == []

    def test_a_verification_link_sets_no_password(self, hoa: Person, emitted: Emitted) -> None:
        secret = secret_of(last(emitted, EmailVerificationAsked))
        with pytest.raises(identity.LinkNotValid):
            identity.reset_password(secret, NEW, CALLER)

    def test_a_link_works_for_an_hour(
        self, hoa: Person, emitted: Emitted, clock_forward: Forward
    ) -> None:
        identity.ask_password_reset("hoa@example.vn", CALLER)
        secret = secret_of(last(emitted, PasswordResetAsked))
        clock_forward(timedelta(hours=1, seconds=1))
        with pytest.raises(identity.LinkNotValid):
            identity.reset_password(secret, NEW, CALLER)

    def test_a_changed_password_ends_open_links(self, hoa: Person, emitted: Emitted) -> None:
        identity.ask_password_reset("hoa@example.vn", CALLER)
        secret = secret_of(last(emitted, PasswordResetAsked))
        identity.change_password(logged_in()[1], PASSWORD, NEW, CALLER)
        with pytest.raises(identity.LinkNotValid):
            identity.reset_password(secret, "another fine password", CALLER)

    def test_nobody_is_flooded_with_mails(self, hoa: Person) -> None:
        for _ in range(5):
            identity.ask_password_reset("hoa@example.vn", CALLER)
        with pytest.raises(TooMany):
            identity.ask_password_reset("hoa@example.vn", CALLER)

    @pytest.mark.usefixtures("tenant")
    def test_an_unknown_link_has_no_secret(self) -> None:
        with reading() as session, pytest.raises(identity.LinkNotValid):
            identity.one_time_secret(session, ids.new())
