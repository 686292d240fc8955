from __future__ import annotations

import pytest
from argon2 import PasswordHasher
from tests.domains.identity.conftest import CALLER

from cilis.domains import identity
from cilis.domains.identity import Registration, queries
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant
from cilis.kit import passwords
from cilis.kit.errors import InvalidInput


def refused(password: str, *, name: str = "Hoa Trần", email: str = "hoa.tran@example.vn") -> str:
    with pytest.raises(InvalidInput) as refusal:
        identity.register(Registration(name, email, password), CALLER)
    (code,) = refusal.value.fields["password"]
    return code


@pytest.mark.usefixtures("tenant")
class TestRules:
    @pytest.mark.parametrize(
        ("password", "code"),
        [
            ("", "password_too_short"),
            ("1234567", "password_too_short"),
            ("e\u0301" * 7, "password_too_short"),  # seven letters, however they are sent
            ("x y" * 90, "password_too_long"),
            ("nul\x00nul\x00nul", "password_not_text"),
            ("lone \ud800 surrogate", "password_not_text"),
            ("password", "password_too_common"),
            ("Password123", "password_too_common"),
            ("12345678", "password_too_common"),
            ("MatKhau123", "password_too_common"),
            ("mật khẩu 123", "password_too_common"),
            ("aaaaaaaaaaaaaaa", "password_too_common"),
            ("hoa.tran@example.vn", "password_too_common"),
            ("Trần Hoa Trần"[5:], "password_too_common"),
            ("hoa-tran-2026", "password_too_common"),
        ],
    )
    def test_refused(self, password: str, code: str) -> None:
        assert refused(password) == code

    @pytest.mark.parametrize(
        "password",
        [" leading and trailing ", "ΩmegaΩmega", "🦆🐴🔋📎🦆🐴🔋📎", "xK7#" * 64, "8 chars!"],
    )
    def test_accepted_exactly_as_typed(self, password: str) -> None:
        identity.register(Registration("Hoa", "hoa@example.vn", password), CALLER)

        identity.log_in(identity.Credentials("hoa@example.vn", password), CALLER)
        with pytest.raises(identity.WrongCredentials):
            identity.log_in(identity.Credentials("hoa@example.vn", password.strip() + "x"), CALLER)

    def test_the_name_of_the_organization_is_guessed_first(self, tenant: Tenant) -> None:
        assert refused(f"{tenant.slug.title()}-2026") == "password_too_common"

    def test_a_refused_password_costs_no_hash(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def never(_: str) -> str:
            raise AssertionError

        monkeypatch.setattr(passwords, "hash_password", never)
        assert refused("password") == "password_too_common"


def test_a_hash_of_older_costs_is_made_anew_at_log_in(hoa: identity.Person) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
    with transaction() as session:
        queries.person_row(session, hoa.id).password_hash = cheap.hash("a cheap old password")
    identity.log_in(identity.Credentials("hoa@example.vn", "a cheap old password"), CALLER)

    with reading() as session:
        stored = queries.person_row(session, hoa.id).password_hash
    assert stored is not None
    assert not passwords.needs_rehash(stored)
