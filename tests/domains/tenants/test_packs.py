from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.domains.tenants.conftest import write_pack

from cilis.cli import main
from cilis.domains import content, experts, search, tenants
from cilis.domains.tenants.commands import group
from cilis.domains.tenants.service.toml_lines import line_of
from cilis.infra import files, hosts, i18n
from cilis.infra.db import reading
from cilis.infra.tenancy import Tenant, serving

PACKS = Path(__file__).parents[3] / "tenants"


class TestReading:
    @pytest.mark.parametrize("slug", ["antam", "atlas"])
    def test_the_packs_of_the_house_are_right(self, slug: str) -> None:
        pack = tenants.read_pack(PACKS / slug)
        assert pack.slug == slug
        assert len(pack.brand_files) == 3

    @pytest.mark.parametrize(
        ("change", "path", "line", "message"),
        [
            (("colour =", "color ="), "brand.color", 11, "unknown key"),
            (("[legal]", "[legal]\nfax = '1'"), "legal.fax", 14, "unknown key"),
            (('slug = "roses"', 'slugg = "roses"'), "fields[0].fields[0].slugg", 29, "unknown key"),
            (('"Asia/Ho_Chi_Minh"', '"Asia/Saigonn"'), "time_zone", 5, "IANA"),
            (("percent = 100", "percent = 101"), "cancellation[0].percent", 19, "less than"),
            (("#0f6b57", "red"), "brand.colour", 11, "match"),
            (("[brand]", "[brand"), "", 10, ""),
        ],
    )
    def test_names_the_line_of_what_is_wrong(
        self, pack: Path, change: tuple[str, str], path: str, line: int, message: str
    ) -> None:
        manifest = pack / "tenant.toml"
        manifest.write_text(manifest.read_text().replace(*change))
        with pytest.raises(tenants.BadPack) as refusal:
            tenants.read_pack(pack)
        found = {fault.path: fault for fault in refusal.value.faults}
        assert path in found, refusal.value
        assert found[path].line == line
        assert message in found[path].message

    def test_a_missing_translation_is_named(self, pack: Path) -> None:
        (pack / "pages" / "terms.en.md").unlink()
        with pytest.raises(tenants.BadPack, match=r"pages/terms\.en\.md"):
            tenants.read_pack(pack)

    def test_a_picture_with_a_script_is_refused(self, pack: Path) -> None:
        (pack / "brand" / "logo.svg").write_text("<svg onload='x()'/>")
        with pytest.raises(tenants.BadPack, match="script"):
            tenants.read_pack(pack)

    def test_a_folder_without_manifest_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(tenants.BadPack, match=r"tenant\.toml"):
            tenants.read_pack(tmp_path)

    def test_lines_go_past_long_strings(self) -> None:
        source = 'a = """\n[b]\nc = 1\n"""\n[b]\nc = 2\n'
        assert line_of(source, ("b", "c")) == 6


class TestApplying:
    def test_changes_what_differs_and_then_nothing(self, tenant: Tenant, pack: Path) -> None:
        planned = tenants.apply_pack(pack, dry_run=True)
        assert tenants.apply_pack(pack).changes == planned.changes
        assert tenants.apply_pack(pack).is_empty
        with serving(hosts.by_slug(tenant.slug)), reading() as session:
            organization = tenants.organization(session)
            assert [topic.slug for topic in experts.topics(session)] == ["garden"]
            assert [group.words for group in search.synonyms(session)] == [
                ("vườn", "garden", "yard")
            ]
            assert [link.slug for link in content.legal_pages(session)] == ["terms"]
            assert len(content.questions(session)) == 2
        assert organization.name == "Lá Xanh"
        assert files.read_public(organization.brand["logo_svg_key"]).startswith(b"<svg")

    def test_the_tenants_own_wording_wins(self, tenant: Tenant, pack: Path) -> None:
        tenants.apply_pack(pack)
        with serving(hosts.by_slug(tenant.slug)), i18n.speaking("vi"):
            with reading() as session:
                tenants.organization(session)
            assert i18n.gettext("Log in") == "Vào nhà"
        with i18n.speaking("en"):
            assert i18n.gettext("Log in") == "Log in"

    def test_one_changed_word_is_one_change(self, tenant: Tenant, pack: Path) -> None:
        del tenant
        tenants.apply_pack(pack)
        page = pack / "pages" / "terms.vi.md"
        page.write_text("# Quy định\n\nText.")
        changes = tenants.apply_pack(pack, dry_run=True).changes
        assert changes == [tenants.Change("pages", "change", "terms")]
        manifest = pack / "tenant.toml"
        manifest.write_text(manifest.read_text().replace('"Hello"', '"Hello you"'))
        changes = tenants.apply_pack(pack).changes
        assert [(change.part, change.what) for change in changes] == [
            ("organization", "texts.home_title"), ("pages", "terms"),
        ]  # fmt: skip

    def test_what_the_pack_no_longer_holds_goes(self, tenant: Tenant, pack: Path) -> None:
        del tenant
        tenants.apply_pack(pack)
        manifest = pack / "tenant.toml"
        manifest.write_text(manifest.read_text().replace('pages = ["terms"]', "pages = []"))
        assert [change.act for change in tenants.apply_pack(pack).changes] == ["remove"]

    def test_an_unknown_organization_is_made(self, tmp_path: Path, fresh_slug: str) -> None:
        pack = write_pack(tmp_path / fresh_slug, fresh_slug)
        planned = tenants.apply_pack(pack, dry_run=True)
        assert planned.changes[0] == tenants.Change(
            "tenant", "add", fresh_slug, f"{fresh_slug}.localhost"
        )
        tenants.apply_pack(pack)
        assert hosts.by_slug(fresh_slug).host == f"{fresh_slug}.localhost"
        assert tenants.apply_pack(pack).is_empty


class TestCommands:
    def test_apply_shows_the_plan_and_asks(self, tenant: Tenant, pack: Path) -> None:
        del tenant
        refused = CliRunner().invoke(group, ["apply", str(pack)], input="n\n")
        assert refused.exit_code == 1
        assert "texts.home_title" in refused.output
        done = CliRunner().invoke(group, ["apply", "--yes", str(pack)])
        assert "changes applied" in done.output
        again = CliRunner().invoke(group, ["apply", "--yes", str(pack)])
        assert "nothing to do" in again.output

    def test_apply_tells_what_is_wrong(self, tenant: Tenant, pack: Path) -> None:
        del tenant
        manifest = pack / "tenant.toml"
        manifest.write_text(manifest.read_text().replace("colour", "color"))
        answer = CliRunner().invoke(group, ["apply", str(pack)])
        assert answer.exit_code == 1
        assert "tenant.toml:11: brand.color: unknown key" in answer.output

    def test_runs_from_the_command_line(self, tenant: Tenant) -> None:
        answer = CliRunner().invoke(main, ["tenant", "list"])
        assert answer.exit_code == 0, answer.output
        assert tenant.slug in answer.output

    def test_suspend_resume_and_hosts(self, tenant: Tenant) -> None:
        run = CliRunner().invoke
        assert run(group, ["suspend", tenant.slug]).exit_code == 0
        assert hosts.by_slug(tenant.slug).status == "suspended"
        assert run(group, ["resume", tenant.slug]).exit_code == 0
        assert hosts.by_slug(tenant.slug).status == "active"
        assert tenant.slug in run(group, ["list"]).output
        unknown = run(group, ["suspend", "nobody"])
        assert unknown.exit_code == 1
        assert "tenant_not_found" in unknown.output
