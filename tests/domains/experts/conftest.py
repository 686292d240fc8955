from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from PIL import Image
from sqlalchemy.orm import Session

from cilis.domains import experts, identity, tenants
from cilis.domains.tenants import Organization
from cilis.infra import db
from cilis.infra.outbox import Event
from cilis.infra.tenancy import Tenant
from cilis.kit.viewer import Viewer
from cilis.testing.fixtures import Cast

Emitted = Callable[[], list[Event]]
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


def png(width: int = 600, height: int = 400) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (90, 120, 200)).save(out, "PNG")
    return out.getvalue()


def viewer(person_id: UUID, *roles: str) -> Viewer:
    return Viewer(person_id=person_id, roles=frozenset(roles), language="vi", via="page")


@pytest.fixture
def organization(tenant: Tenant) -> Organization:
    """A Vietnamese organization that also speaks English."""
    del tenant
    wanted = Organization(
        name="An Bình",
        languages=("vi", "en"),
        default_language="vi",
        currency="VND",
        time_zone="Asia/Ho_Chi_Minh",
        country="VN",
    )
    with db.transaction() as session:
        tenants.save_organization(session, wanted)
    tenants.forget_organizations()
    return wanted


@pytest.fixture
def lan(cast: Cast) -> Viewer:
    """The admin."""
    return viewer(cast.lan, "admin")


@pytest.fixture
def hoa(cast: Cast) -> Viewer:
    """A client."""
    return viewer(cast.hoa, "client")


@pytest.fixture
def minh(cast: Cast, organization: Organization) -> Viewer:
    """An expert who has just applied."""
    del organization
    who = viewer(cast.minh, "expert")
    experts.apply(application(), who)
    return who


@pytest.fixture
def tax(lan: Viewer, organization: Organization) -> experts.Topic:
    """One topic."""
    del organization
    return experts.add_topic(
        experts.TopicWish(
            slug="thue",
            names={"vi": "Thuế", "en": "Tax"},
            icon="receipt",
            aliases=("kế toán thuế",),
        ),
        lan,
    )


def application(**changes: Any) -> experts.Application:
    values: dict[str, Any] = {
        "name": "Trần Quang Minh",
        "country": "VN",
        "time_zone": "Asia/Ho_Chi_Minh",
        "languages": ["vi", "en"],
        "honorific": "ThS.",
    }
    return experts.Application(**{**values, **changes})


def service_wish(**changes: Any) -> experts.ServiceWish:
    values: dict[str, Any] = {
        "names": {"vi": "Tư vấn 45 phút"},
        "minutes": 45,
        "price_minor": 550_000,
    }
    return experts.ServiceWish(**{**values, **changes})


def fill_in(who: Viewer, topic: experts.Topic) -> None:
    """Everything that a submission needs."""
    experts.edit_profile(
        experts.ProfileChange(
            headline={"vi": "Thuế thu nhập cá nhân"},
            biography={"vi": "Tôi làm thuế 16 năm."},
            topic_ids=[topic.id],
            experience=[{"from": 2010, "until": None, "title": {"vi": "Cục Thuế"}, "place": {}}],
        ),
        who,
    )
    experts.add_service(service_wish(), who)
    experts.add_document(PDF, "bang-thac-si.pdf", experts.DocumentKind.DEGREE, who)


def submitted(who: Viewer, topic: experts.Topic) -> UUID:
    """A verification that waits for its reviewer."""
    fill_in(who, topic)
    return experts.submit_verification(who)


def expert_id(who: Viewer) -> UUID:
    with db.reading() as session:
        found = experts.expert_of_person(session, who.person)
    assert found is not None
    return found


def new_person(name: str, *roles: str) -> UUID:
    with db.transaction() as session:
        return identity.import_person(
            session,
            name=name,
            email=f"{name.lower().replace(' ', '.')}@example.vn",
            password=None,
            roles=list(roles) or ["client"],
            language="vi",
            time_zone="Asia/Ho_Chi_Minh",
        )


def kinds(emitted: Emitted, *wanted: type[Event]) -> list[Event]:
    return [event for event in emitted() if isinstance(event, wanted)]


@contextmanager
def _counting(session: Session) -> Iterator[Callable[[], int]]:
    found: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        found.append(statement)

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield lambda: len(found)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def count_queries() -> Callable[[Session], Any]:
    """``with count_queries(session) as counted``: counted() says how many were sent."""
    return _counting
