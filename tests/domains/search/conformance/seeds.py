"""One set of experts for all questions: three languages, every kind of price, hour and review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.domains.experts.conftest import service_wish
from tests.domains.search.conftest import expert

from cilis.domains import experts, scheduling, search, tenants
from cilis.domains.tenants import Organization
from cilis.infra import db
from cilis.kit import clock

TOPICS = (
    experts.TopicImport(
        slug="luat",
        names={"vi": "Luật", "en": "Law", "de": "Recht"},
        aliases=("luật sư", "lawyer", "Rechtsanwalt"),
        children=(
            experts.TopicImport(
                slug="nha-dat",
                names={"vi": "Nhà đất", "en": "Property", "de": "Grundstücke"},
                aliases=("bất động sản", "sổ đỏ"),
            ),
            experts.TopicImport(
                slug="thua-ke", names={"vi": "Thừa kế", "en": "Inheritance", "de": "Erbe"}
            ),
            experts.TopicImport(
                slug="ly-hon", names={"vi": "Ly hôn", "en": "Divorce", "de": "Scheidung"}
            ),
        ),
    ),
    experts.TopicImport(slug="thue", names={"vi": "Thuế", "en": "Tax", "de": "Steuern"}),
    experts.TopicImport(
        slug="suc-khoe",
        names={"vi": "Sức khỏe", "en": "Health", "de": "Gesundheit"},
        children=(
            experts.TopicImport(
                slug="tam-ly",
                names={"vi": "Tâm lý", "en": "Psychology", "de": "Psychologie"},
                aliases=("trị liệu", "therapy", "Gespräch"),
            ),
        ),
    ),
)
SYNONYMS = (
    ("attorney", "luật sư", "Anwalt"),
    ("levy", "thuế", "Abgabe"),
    ("đất đai", "real estate", "Immobilien"),
    ("worry", "lo âu", "Angst"),
    ("worry", "nỗi buồn"),
    ("Hằng", "Moon"),
)
NAMES = (
    "Nguyễn Văn Dũng", "Nguyễn Thị Dung", "Đỗ Đức Đạt", "Do Duc Dat", "Lê Hoàng Minh Thư",
    "Phạm Gia Huy", "Bùi Đức Thịnh", "Trần Thị Ánh Tuyết", "Đặng Thuê", "Vũ Thuế",
    "Anna Schwarzenberger", "Jürgen Müller", "Juergen Mueller", "Friederike Groß", "Søren Łukasz",
    "John O'Brien", "Mary-Jane Watson", "Zoë Brontë", "Hoàng Thùy Linh", "Ngô Bảo Châu",
    "Lý Thường Kiệt", "Trương Mỹ Hoa", "Đinh Tiên Hoàng", "Hồ Xuân Hương", "Phan Bội Châu",
    "Karl-Heinz Weiß", "Ömer Öztürk", "José García", "Thu Hà", "Thu Hằng", "Minh Anh", "Minh Ánh",
    "An Bình", "Bình An", "Tax Müller", "Lê 16 Năm", "Ý Nhi", "Ơn Ưng", "Nguyên Nguyễn", "Đ Đ",
)  # fmt: skip
HEADLINES: Sequence[dict[str, str]] = (
    {"vi": "Thuế thu nhập cá nhân, quyết toán", "en": "Personal income tax"},
    {"vi": "Sổ đỏ và tranh chấp đất đai", "en": "Land disputes"},
    {"vi": "Hòa giải gia đình", "de": "Mediation für Familien"},
    {"en": "Tax returns for expatriates", "de": "Steuererklärung für Auswanderer"},
    {"vi": "Trị liệu lo âu", "en": "Anxiety therapy", "de": "Hilfe bei Ängsten"},
    {},
)
BIOGRAPHIES: Sequence[dict[str, str]] = (
    {"vi": "Mười sáu năm (16 năm) ở Cục Thuế. Học trò của thầy Nguyễn Văn Dũng."},
    {"en": "I help with C++, e-mail & 50% discounts; don't hesitate!"},
    {"de": "Größte Sorgfalt: Straße, Maß, Fußgänger, Überweisung."},
    {"vi": "Hóa đơn điện tử, a/b, x:y, đường dẫn /etc/passwd, ½ giờ."},
    {},
)
NAMED: Sequence[dict[str, str]] = (
    {"vi": "Hỏi nhanh", "en": "Quick question", "de": "Kurze Frage"},
    {"vi": "Tư vấn thuế trọn năm", "en": "Tax advice all year"},
    {"vi": "tu van", "de": "Beratung"},
    {"vi": "Tư vấn", "de": "Beratung"},
)
_DAYS = range(7)
HOURS: Sequence[Sequence[Any]] = (
    [scheduling.WeeklyRule(day, 9 * 60, 11 * 60) for day in _DAYS],
    [scheduling.WeeklyRule(day, 18 * 60, 21 * 60) for day in _DAYS],
    [scheduling.WeeklyRule(day, 6 * 60 + 10, 7 * 60 + 50) for day in _DAYS if day % 2],
    [scheduling.WeeklyRule(day, 0, 23 * 60) for day in (2, 5)],
    [],
)
STARS = ((), (5,), (5, 4), (3,) * 4, (5,) * 12, (4, 4, 5), (2,), (1, 5))
LANGUAGES = (["vi"], ["vi", "en"], ["de"], ["de", "en", "vi"], ["fr"])
SLUGS = ("thue", "nha-dat", "thua-ke", "luat", "tam-ly", "ly-hon", "suc-khoe")
MODES = (experts.ServiceMode.VIDEO, experts.ServiceMode.PHONE, experts.ServiceMode.VIDEO)
KEEPS_HOURS, CLINIC = "Kiều Oanh", "12 Lê Lợi"
"""Somebody who is at one place or another after lunch, and before a camera afterwards."""
STEPS = (15, 30, 20, 60, 90, 5)


def plant() -> dict[str, UUID]:
    """Make all of it for the tenant being served; the experts by name."""
    year = clock.now().year
    speaking = Organization(
        name="Đa Ngữ",
        languages=("vi", "en", "de"),
        default_language="vi",
        currency="VND",
        time_zone="Asia/Ho_Chi_Minh",
        country="VN",
    )
    with db.transaction() as session:
        tenants.save_organization(session, speaking)
        experts.import_topics(session, TOPICS)
        search.import_synonyms(session, SYNONYMS)
    made: dict[str, UUID] = {}
    for at, name in enumerate(NAMES):
        services = [
            service_wish(
                names=NAMED[(at + more) % len(NAMED)],
                minutes=(30, 45, 60, 90)[(at + more) % 4],
                price_minor=(100_000, 250_000, 600_000, 990_000, 250_000)[(at + 2 * more) % 5],
                notice_minutes=0,
                mode=MODES[(at + more) % len(MODES)],
            )
            for more in range(1 + at % 3)
        ]
        made[name] = expert(
            name,
            hours=HOURS[at % len(HOURS)],
            stars=STARS[at % len(STARS)],
            headline=HEADLINES[at % len(HEADLINES)],
            biography=BIOGRAPHIES[at % len(BIOGRAPHIES)],
            languages=LANGUAGES[at % len(LANGUAGES)],
            country=("VN", "DE", "VN", "AT")[at % 4],
            topics=[SLUGS[at % len(SLUGS)]]
            + ([SLUGS[(at + 3) % len(SLUGS)]] if at % 4 == 0 else []),
            services=services,
            verified_at=clock.now() - timedelta(days=9) if at % 3 else None,
            experience=[{"from": year - at % 11, "title": {}, "place": {}}],
        )
        step = STEPS[at % len(STEPS)]
        scheduling.set_limits(made[name], step_minutes=step, most_per_day=0, most_per_week=0)
    made[KEEPS_HOURS] = expert(
        KEEPS_HOURS,
        hours=[
            scheduling.WeeklyRule(day, *span).kept_for(venue)
            for day in _DAYS
            for span, venue in (
                ((13 * 60, 15 * 60), scheduling.Venue("in_person")),
                ((15 * 60, 16 * 60), scheduling.Venue("in_person", CLINIC)),
                ((16 * 60, 18 * 60), scheduling.Venue("video")),
            )
        ],
        services=[
            service_wish(names={"vi": "Gọi video"}, minutes=60, notice_minutes=0),
            *(
                service_wish(
                    names={"vi": "Khám"}, minutes=60, notice_minutes=0, place=place,
                    mode=experts.ServiceMode.IN_PERSON,
                )
                for place in (CLINIC, "3 Trần Phú")
            ),
        ],
    )  # fmt: skip
    hidden = ("Ẩn Nháp", experts.ExpertState.DRAFT), ("Ẩn Thuế", experts.ExpertState.SUSPENDED)
    for name, state in hidden:
        expert(name, state=state)
    return made
