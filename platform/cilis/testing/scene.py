"""A small, complete organization for tests: people, an expert with open hours, plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from cilis.domains import experts, extensions, identity, scheduling, tenants
from cilis.infra.db import reading, transaction
from cilis.infra.tenancy import Tenant, current_tenant
from cilis.kit import clock, ids, text
from cilis.kit.viewer import Viewer
from cilis.testing.standins.control import StandIns

PASSWORD = "mot-mat-khau-du-dai"  # noqa: S105 - a test's


@dataclass(frozen=True)
class Scene:
    """Who and what there is. Every visible text holds ``marker``."""

    tenant: Tenant
    marker: str
    admin: UUID
    support: UUID
    expert_person: UUID
    client: UUID
    other_client: UUID
    expert: UUID
    service: UUID
    slug: str
    emails: Mapping[str, str] = field(default_factory=dict)

    def viewer(self, role: str) -> Viewer:
        """A viewer with the role of that name: admin, support, expert or client."""
        person = {
            "admin": self.admin, "support": self.support, "expert": self.expert_person,
            "client": self.client, "other_client": self.other_client,
        }[role]  # fmt: skip
        roles = frozenset({"client" if role == "other_client" else role})
        return Viewer(person, None, roles, role, "en", "UTC", "api")

    def starts(self, count: int = 20, service: UUID | None = None) -> Sequence[datetime]:
        """The next starts that are really free, none overlapping another."""
        now = clock.now()
        with reading() as session:
            terms = experts.service_terms(session, service or self.service)
            found = scheduling.free_starts(session, terms, (now, now + timedelta(days=30)))
        apart: list[datetime] = []
        for start in found:
            if not apart or start - apart[-1] >= terms.length:
                apart.append(start)
        return apart[:count]


def open_scene(
    *,
    marker: str = "Alpha",
    currency: str = "VND",
    needs_acceptance: bool = False,
    price_minor: int = 550_000,
    experts_count: int = 1,
) -> Scene:
    """Fill the tenant that is being served."""
    tenant = current_tenant()
    languages = ["vi", "en"] if currency == "VND" else ["en", "de"]
    with transaction() as session:
        tenants.save_organization(
            session,
            tenants.Organization(
                name=f"{marker} House", languages=languages, default_language=languages[0],
                currency=currency, time_zone="Asia/Ho_Chi_Minh", country="VN",
                mail_from=f"hello@{tenant.slug}.example",
                brand={
                    "colour": "#0f6b57", "neutral": "warm", "font_text": "be-vietnam-pro",
                    "font_display": "be-vietnam-pro",
                },
                cancellation=(tenants.CancellationTier(24, 100), tenants.CancellationTier(6, 50)),
            ),
        )  # fmt: skip
    tenants.forget_organizations()
    people = {
        role: _person(f"{marker} {role.title()}", f"{role}@{tenant.slug}.example", role)
        for role in ("admin", "support", "expert", "client", "other_client")
    }
    with transaction() as session:
        experts.import_topics(
            session,
            [experts.TopicImport(slug="tax", names=dict.fromkeys(languages, f"Tax {marker}"))],
        )
    made = [
        _expert(
            marker, people["expert"] if not place else None, place, price_minor, needs_acceptance
        )
        for place in range(experts_count)
    ]
    with reading() as session:
        terms = experts.services_of(session, [made[0]])[made[0]][0]
        slug = experts.card(session, made[0]).slug
    return Scene(
        tenant, marker, people["admin"], people["support"], people["expert"], people["client"],
        people["other_client"], made[0], terms.id, slug,
        {role: f"{role}@{tenant.slug}.example" for role in people},
    )  # fmt: skip


def switch_on(scene: Scene, stand_ins: StandIns, origin: str) -> None:
    """Let the organization take money, meet and write mails, all by the stand-ins.

    ``origin`` is where its web processes answer: http://127.0.0.1:8000.
    """
    code = scene.tenant.id.upper()
    settings: dict[tuple[str, str], dict[str, str]] = {
        ("payments", "vnpay"): stand_ins.vnpay_settings(code, f"vnpay-{code}-secret-of-32-letters"),
        ("meetings", "jitsi"): stand_ins.jitsi_settings(
            f"app-{code}", f"jitsi-{code}-secret-32-bytes-x"
        ),
        ("notifications", "email"): stand_ins.email_settings(),
    }
    admin = scene.viewer("admin")
    for (kind, key), values in settings.items():
        extensions.switch(kind, key, True, values, admin)  # noqa: FBT003
    with transaction() as session:
        token = extensions.hook_token(session, "payments", "vnpay")
    path = f"/hooks/payments/vnpay/{token}"
    host = scene.tenant.host
    port = origin.rpartition(":")[2]
    vnpay = settings["payments", "vnpay"]
    jitsi = settings["meetings", "jitsi"]
    stand_ins.register(
        "vnpay", vnpay["tmn_code"], vnpay["hash_secret"], f"http://{host}:{port}{path}"
    )
    stand_ins.register("jitsi", jitsi["app_id"], jitsi["app_secret"])


def _person(name: str, email: str, role: str) -> UUID:
    roles = ["client"] if role == "other_client" else [role]
    with transaction() as session:
        return identity.import_person(
            session, email=email, name=name, roles=roles, password=PASSWORD, language="en",
            time_zone="Asia/Ho_Chi_Minh",
        )  # fmt: skip


def _expert(
    marker: str, person: UUID | None, place: int, price_minor: int, needs_acceptance: bool
) -> UUID:
    name = f"{marker} Expert {place}"
    if person is None:
        person = _person(name, f"expert{place}-{ids.reference(4).lower()}@x.example", "expert")
    with reading() as session:
        languages = tenants.organization(session).languages
    names = dict.fromkeys(languages, f"Advice {marker}")
    with transaction() as session:
        expert = experts.import_expert(
            session,
            experts.ExpertImport(
                person_id=person, name=name, slug=text.slug(f"{name}"), languages=list(languages),
                country="VN", time_zone="Asia/Ho_Chi_Minh", topics=["tax"],
                headline=dict.fromkeys(languages, f"Taxes and {marker}"),
                biography=dict.fromkeys(languages, f"All about {marker}."),
                services=[
                    experts.ServiceWish(
                        names=names, minutes=60, price_minor=price_minor, notice_minutes=60,
                        needs_acceptance=needs_acceptance, window_days=90,
                    )
                ],
                verified_at=clock.now(),
            ),
        )  # fmt: skip
        week = [scheduling.WeeklyRule(day, 0, 1440) for day in range(7)]
        scheduling.import_hours(session, expert, week)
    return expert
