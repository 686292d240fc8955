from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from tests.domains.extensions.conftest import SECRET, Probe

from cilis.domains import extensions
from cilis.domains.extensions.models import ExtensionSwitch
from cilis.hooks import Refused, TryLater
from cilis.hooks.manager import PluginFailed
from cilis.infra import limits
from cilis.infra.db import reading, transaction
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant, serving
from cilis.kit.errors import InvalidInput, TooMany
from cilis.kit.guard import InsideTransaction
from cilis.kit.viewer import Viewer

KIND, KEY = "notifications", "probe"


def state() -> extensions.Extension:
    with reading() as session:
        every = extensions.overview(session)
    return next(found for found in every if (found.kind, found.key) == (KIND, KEY))


class TestSwitching:
    def test_on_with_defaults_filled_in(self, active: extensions.Active) -> None:
        assert active.settings == {
            "name": "Minh", "secret": SECRET, "url": "", "count": "3", "mode": "a", "loud": "",
        }  # fmt: skip
        assert SECRET not in repr(active)

    def test_secrets_are_sealed_and_not_shown(self, active: extensions.Active) -> None:
        del active
        with reading() as session:
            row = session.get_one(ExtensionSwitch, (KIND, KEY))
        assert SECRET not in str(row.secrets)
        assert "secret" not in row.settings
        assert "secret" not in state().settings
        assert state().secrets_set == {"secret"}

    def test_an_empty_secret_keeps_the_old_one(
        self, active: extensions.Active, admin: Viewer
    ) -> None:
        extensions.switch(KIND, KEY, True, {"name": "Lan", "secret": ""}, admin)
        with reading() as session:
            found = extensions.active_one(session, KIND, KEY)
        assert found.settings == {**active.settings, "name": "Lan"}

    @pytest.mark.parametrize(
        ("given", "field", "code"),
        [
            ({"name": "Minh"}, "secret", "required"),
            ({"secret": SECRET}, "name", "required"),
            ({"url": "ftp://x"}, "url", "not_a_url"),
            ({"url": "http://me@x/"}, "url", "not_a_url"),
            ({"url": "http://x:99999/"}, "url", "not_a_url"),
            ({"count": "three"}, "count", "not_a_number"),
            ({"count": "٣"}, "count", "not_a_number"),
            ({"mode": "c"}, "mode", "not_a_choice"),
            ({"loud": "yes"}, "loud", "not_a_choice"),
            ({"name": "a\x00b"}, "name", "unclean_text"),
            ({"name": "x" * 2001}, "name", "too_long"),
            ({"colour": "red"}, "colour", "unknown_field"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, probe: Probe, admin: Viewer, given: dict[str, str], field: str, code: str
    ) -> None:
        del probe
        with pytest.raises(InvalidInput) as refusal:
            extensions.switch(KIND, KEY, True, given, admin)
        assert refusal.value.fields[f"settings.{field}"] == [code]
        assert not state().is_on

    def test_off_asks_for_nothing_and_keeps_settings(
        self, active: extensions.Active, admin: Viewer
    ) -> None:
        extensions.switch(KIND, KEY, False, {}, admin)
        with reading() as session:
            assert all(found.key != KEY for found in extensions.active(session, KIND))
            with pytest.raises(extensions.ExtensionOff):
                extensions.active_one(session, KIND, KEY)
        extensions.switch(KIND, KEY, True, {}, admin)
        with reading() as session:
            assert extensions.active_one(session, KIND, KEY) == active

    def test_is_told_and_audited_without_the_secret(
        self, active: extensions.Active, emitted: Callable[[], list[Event]]
    ) -> None:
        del active
        assert emitted() == [extensions.ExtensionSwitched(kind=KIND, key=KEY, is_on=True)]
        with reading() as session:
            detail = session.scalars(sa.text("SELECT detail FROM audit_entries")).one()
        assert detail["secrets_changed"] == ["secret"]
        assert SECRET not in str(detail)

    def test_unknown_extensions(self, probe: Probe, admin: Viewer) -> None:
        del probe
        for kind, key in (("notifications", "nothing"), ("nothing", "probe")):
            with pytest.raises(extensions.UnknownExtension):
                extensions.switch(kind, key, True, {}, admin)

    def test_another_tenant_sees_nothing_of_it(
        self, active: extensions.Active, other_tenant: Tenant
    ) -> None:
        with serving(other_tenant), reading() as session:
            assert all(found.key != active.key for found in extensions.active(session, KIND))

    def test_a_plugin_no_longer_installed_is_left_out(
        self, active: extensions.Active, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from cilis.hooks.manager import plugins

        monkeypatch.delitem(plugins._offers[KIND], active.key)
        with reading() as session:
            assert extensions.active(session, KIND) == []


class TestHookTokens:
    def test_only_the_right_token_leads_to_it(self, active: extensions.Active) -> None:
        with reading() as session:
            token = extensions.hook_token(session, KIND, KEY)
            assert len(token) >= 21
            assert extensions.by_hook_token(session, KIND, KEY, token) == active
            for wrong in ("", token[:-1], f"{token}x", token.swapcase()):
                with pytest.raises(extensions.ExtensionOff):
                    extensions.by_hook_token(session, KIND, KEY, wrong)

    def test_survives_off_and_on_but_answers_only_when_on(
        self, active: extensions.Active, admin: Viewer
    ) -> None:
        with reading() as session:
            token = extensions.hook_token(session, KIND, KEY)
        extensions.switch(KIND, KEY, False, {}, admin)
        with reading() as session, pytest.raises(extensions.ExtensionOff):
            extensions.by_hook_token(session, KIND, KEY, token)
        extensions.switch(KIND, KEY, True, {}, admin)
        with reading() as session:
            assert extensions.by_hook_token(session, KIND, KEY, token) == active

    def test_never_switched_on_has_none(self, probe: Probe) -> None:
        del probe
        with reading() as session:
            with pytest.raises(extensions.ExtensionOff):
                extensions.hook_token(session, KIND, KEY)
            with pytest.raises(extensions.ExtensionOff):
                extensions.by_hook_token(session, KIND, KEY, "")


class TestCalling:
    def test_answers_and_counts_nothing(self, active: extensions.Active) -> None:
        assert extensions.call(active, 5, "send", "x", active.settings) == "Minh 3"
        assert state().failures == 0

    @pytest.mark.parametrize(
        ("what", "error", "counted"),
        [("broken", PluginFailed, 1), ("later", TryLater, 1), ("refused", Refused, 0)],
    )
    def test_failures_are_raised_and_counted(
        self, active: extensions.Active, what: str, error: type[Exception], counted: int
    ) -> None:
        with pytest.raises(error):
            extensions.call(active, 5, "send", what, active.settings)
        found = state()
        assert found.failures == counted
        assert bool(found.last_failure_at) == bool(counted)
        assert SECRET not in found.last_failure

    def test_one_that_hangs_is_left(self, active: extensions.Active) -> None:
        with pytest.raises(PluginFailed):
            extensions.call(active, 0.05, "send", "hangs", active.settings)
        assert "did not answer" in state().last_failure

    def test_saving_settings_begins_a_new_count(
        self, active: extensions.Active, admin: Viewer
    ) -> None:
        with pytest.raises(PluginFailed):
            extensions.call(active, 5, "send", "broken", active.settings)
        extensions.switch(KIND, KEY, True, {}, admin)
        assert (state().failures, state().last_failure) == (0, "")

    def test_never_inside_a_transaction(self, active: extensions.Active) -> None:
        with transaction(), pytest.raises(InsideTransaction):
            extensions.call(active, 5, "send", "x", active.settings)

    def test_trying_out_tells_and_counts_nothing(
        self, active: extensions.Active, admin: Viewer
    ) -> None:
        del active
        assert extensions.try_out(KIND, KEY).works
        for name in ("broken", "refused"):
            extensions.switch(KIND, KEY, True, {"name": name}, admin)
            outcome = extensions.try_out(KIND, KEY)
            assert not outcome.works
            assert SECRET not in outcome.message
        assert state().failures == 0

    def test_it_is_not_tried_without_end(self, probe: Probe) -> None:
        del probe
        limits.forget_everything()
        for _ in range(20):
            extensions.try_out(KIND, KEY)
        with pytest.raises(TooMany):
            extensions.try_out(KIND, KEY)
        limits.forget_everything()
