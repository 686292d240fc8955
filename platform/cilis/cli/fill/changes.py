"""What is under way in the demo's coming bookings: papers both ways, another time proposed.

Done through the same use cases as by people, for the experts one can log in as.
"""

from __future__ import annotations

from datetime import timedelta

from cilis.cli.fill.papers import sample_paper
from cilis.cli.fill.seed import Seed
from cilis.domains import bookings, documents, experts, identity, scheduling, tenants
from cilis.infra.db import reading
from cilis.kit import clock
from cilis.kit.viewer import Viewer

_WORDS = {
    "vi": (
        "Hồ sơ khách gửi.pdf",
        "Danh mục cần chuẩn bị.pdf",
        "Hôm đó tôi có lịch đột xuất. Một trong các giờ này có tiện cho bạn không?",
    ),
    "de": (
        "Unterlagen.pdf",
        "Bitte mitbringen.pdf",
        "An dem Tag kam mir etwas dazwischen. Passt Ihnen eine dieser Zeiten?",
    ),
    "en": (
        "Background notes.pdf",
        "What to prepare.pdf",
        "Something came up that day. Would one of these times suit you instead?",
    ),
}
_FAR_ENOUGH = timedelta(hours=30)


def put_changes(seed: Seed) -> None:
    """Share papers in the first coming booking of each such expert, propose times in the second."""
    for one in seed.experts:
        if one.log_in and not one.applies_with:
            _put(one.email)


def _put(email: str) -> None:
    with reading() as session:
        person = identity.person_by_email(session, email)
        expert_id = experts.expert_of_person(session, person.id) if person else None
        if person is None or expert_id is None:
            return
        found = bookings.page_of_expert(
            session, expert_id, state=bookings.BookingState.CONFIRMED, coming=True, limit=2
        ).items
        words = _WORDS.get(tenants.organization(session).default_language, _WORDS["en"])
    expert = Viewer(person.id, roles=frozenset({"expert"}))
    if found and found[0].client_id:
        client = Viewer(found[0].client_id, roles=frozenset({"client"}))
        _share(found[0], words[0], client)
        _share(found[0], words[1], expert)
    if len(found) > 1:
        _propose(found[1], words[2], expert)


def _share(booking: bookings.Booking, name: str, who: Viewer) -> None:
    documents.share(booking.id, sample_paper(name.removesuffix(".pdf")), name, who)


def _propose(booking: bookings.Booking, text: str, expert: Viewer) -> None:
    with reading() as session:
        terms = experts.service_terms(session, booking.service_id)
        near = scheduling.near_starts(session, terms, booking.starts_at + timedelta(days=2), 2)
    starts = [start for start in near if start > clock.now() + _FAR_ENOUGH]
    if starts and booking.starts_at not in starts:
        bookings.propose(booking.id, starts, expert, text)
