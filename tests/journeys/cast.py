"""The two organizations of the demo, and who plays in the journeys."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Play:
    """An expert who can log in, and the service that is booked."""

    slug: str
    email: str
    minutes: int
    name: str = ""


@dataclass(frozen=True)
class Organization:
    """One organization: what its visitors see and hear."""

    slug: str
    name: str
    language: str
    locale: str
    zone: str
    gateway: str
    typed: str  # what somebody types into the search box
    completed: str  # what it is completed to
    expert: Play
    by_request: Play
    admin: str
    about: str
    client: str
    confirmed: str  # how the state is called
    admin_language: str = ""  # where it is not the organization's first
    marks: tuple[str, ...] = field(default=())  # what must never be seen at the other one's

    @property
    def host(self) -> str:
        """The permanent sub-domain of the demo."""
        return f"{self.slug}.localhost"


ANTAM = Organization(
    slug="antam", name="An Tâm", language="vi", locale="vi-VN", zone="Asia/Ho_Chi_Minh",
    gateway="vnpay", typed="thue", completed="Thuế",
    expert=Play("le-hoang-minh-thu", "thu.le@antam.example", 45, "Lê Hoàng Minh Thư"),
    by_request=Play("le-hoang-minh-thu", "thu.le@antam.example", 60, "Lê Hoàng Minh Thư"),
    admin="lan@antam.example",
    about="Tôi nhận thông báo phạt chậm nộp thuế TNCN năm 2023, hạn trả lời là thứ Sáu. Xin hướng dẫn.",
    client="Nguyễn Thị Hồng Ánh", confirmed="Đã xác nhận",
    marks=("an tâm", "antam"),
)  # fmt: skip
ATLAS = Organization(
    slug="atlas", name="Atlas Advisory", language="en", locale="en-GB", zone="Europe/Berlin",
    gateway="stripe", typed="datab", completed="Databases",
    expert=Play("jonas-wiedemann", "jonas.wiedemann@atlas-advisory.example", 45, "Jonas Wiedemann"),
    by_request=Play(
        "friederike-hohenstein-albrecht", "friederike.hohenstein@atlas-advisory.example", 90,
        "Friederike Hohenstein-Albrecht",
    ),
    admin="katharina@atlas-advisory.example",
    about="Our primary failed over twice last week. I would like a second pair of eyes on the plan.",
    client="Annemarie Grünfeld", confirmed="Confirmed", admin_language="de",
    marks=("atlas advisory", "atlas"),
)  # fmt: skip
BOTH = (ANTAM, ATLAS)
