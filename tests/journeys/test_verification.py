"""Journey 5: somebody becomes an expert, is asked for one more paper, and can be found."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from urllib.parse import quote
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import FilePayload, expect
from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.mails import mail_about
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, PHONE, Visitor

from cilis.cli.fill.papers import sample_paper
from cilis.kit.text import ascii_words

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
WORDS = {
    "antam": ("Huỳnh Ngọc Diễm", "Tư vấn dinh dưỡng cho người cao tuổi", "Tư vấn qua video",
              "450.000", "Xin gửi thêm giấy phép hành nghề còn hạn."),
    "atlas": ("Leonore", "Design systems that survive reorganisations", "Design review",
              "180.00", "Please send a certificate that is still valid."),
}  # fmt: skip

LAST = {
    "antam": ("Quỳnh", "Thúy", "My", "Hằng", "Châu", "Lam"),
    "atlas": ("Vandenberghe", "Marwijk", "Sandoval", "Ringdal", "Hauptfleisch", "Zeman"),
}


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, PHONE), (ATLAS, DESKTOP)], ids=["antam", "atlas"]
)
def test_apply_be_asked_be_approved_be_found(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    first, headline, service, price, question = WORDS[organization.slug]
    name = f"{first} {random.choice(LAST[organization.slug])}"  # another one each time, where one demo is used again
    email = f"moi-{uuid4().hex[:8]}@post.example"
    applicant, admin = (
        visit(organization, width),
        visit(organization, DESKTOP if width == PHONE else PHONE),
    )

    _sign_up_and_apply(applicant, name, email)
    _fill_profile(applicant, headline, service, price)
    _send_paper(applicant, "degree", name)
    _send_paper(applicant, "identity", name)
    applicant.look("desk-verification-ready", shot=True)
    _submit(applicant)

    admin.language = organization.admin_language or organization.language
    admin.log_in(*site.log_in(organization.admin), "/admin")
    admin.look("admin", shot=True)
    admin.open("/admin/verification")
    admin.look("admin-verification-queue", shot=True)
    _open_application(admin, name)
    admin.look("admin-verification", shot=True)
    _decide(admin, "ask", question)
    mail_about(site, email, question).speaks_for(organization, name)

    applicant.open("/desk/verification")
    expect(applicant.page.locator(".note.is-caution")).to_contain_text(question)
    _send_paper(applicant, "certificate", name)
    _submit(applicant)
    assert not _found(site, organization, name)

    _open_application(admin, name)
    _decide(admin, "approve", "")
    slug = wait_for(lambda: _found(site, organization, name), f"{name} in the list", 20)
    applicant.open(f"/experts/{slug}")
    expect(applicant.page.locator("h1")).to_contain_text(name)
    expect(applicant.page.locator("#hold label.slot").first).to_be_visible()
    applicant.look("expert-new", shot=True)
    mail_about(site, email, organization.name).speaks_for(organization, name)

    for path in ("payments", "extensions"):
        admin.open(f"/admin/{path}")
        admin.look(f"admin-{path}", shot=True)


def _sign_up_and_apply(visitor: Visitor, name: str, email: str) -> None:
    page = visitor.page
    visitor.open("/apply")
    visitor.look("apply")
    page.locator("a[href^='/sign-up']").first.click()
    visitor.arrive("/sign-up")
    visitor.look("sign-up", shot=True)
    page.fill("input[name=name]", name)
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.locator("input[name=password]").press("Enter")
    visitor.arrive("/apply")
    expect(page.locator("input[name=name]")).to_have_value(name)
    page.locator("form[action='/apply'] button.primary").click()
    visitor.arrive("/desk/verification")
    expect(page.locator("a.todo").first).to_be_visible()
    visitor.look("desk-verification-empty", shot=True)


def _fill_profile(visitor: Visitor, headline: str, service: str, price: str) -> None:
    page, language = visitor.page, visitor.organization.language
    visitor.open("/desk/profile")
    page.fill(f"input[name='headline[{language}]']", headline)
    page.fill(f"textarea[name='biography[{language}]']", f"{headline}. " * 12)
    page.locator("input[type=checkbox][name=topic_ids]").nth(1).check()
    page.locator("form[action='/desk/profile'] button.primary").click()
    visitor.arrive("/desk/profile")
    expect(page.locator(f"input[name='headline[{language}]']")).to_have_value(headline)

    visitor.open("/desk/services/new")
    page.fill(f"input[name='names[{language}]']", service)
    page.fill("input[name=price]", price)
    page.locator("form.card button.primary").click()
    visitor.arrive("/desk/services$")
    expect(page.locator("main")).to_contain_text(service)

    visitor.open("/desk/hours")
    for day in range(7):
        page.locator(f"input[name=d{day}_0_from]").fill("09:00")
        page.locator(f"input[name=d{day}_0_until]").fill("17:00")
    page.locator("form[action='/desk/hours'] button.primary").click()
    visitor.arrive("/desk/hours")


def _send_paper(visitor: Visitor, kind: str, name: str) -> None:
    page = visitor.page
    visitor.open("/desk/verification")
    before = page.locator("li.file").count()
    page.locator("select[name=kind]").select_option(kind)
    page.locator("input[type=file]").set_input_files(_paper(kind, name))
    page.locator("form[enctype] button").click()
    expect(page.locator("li.file")).to_have_count(before + 1)


def _paper(kind: str, name: str) -> FilePayload:
    """A scan of a degree, everything else as a document."""
    if kind != "degree":
        content = sample_paper(kind, name)
        return FilePayload(name=f"{kind}.pdf", mimeType="application/pdf", buffer=content)
    scan = Image.new("RGB", (840, 1120), "#fbf8ef")
    drawn = ImageDraw.Draw(scan)
    drawn.rectangle((48, 48, 792, 1072), outline="#b8a878", width=4)
    drawn.rectangle((60, 60, 780, 1060), outline="#b8a878", width=1)
    for height, size, words in (
        (250, 54, "DEGREE"),
        (380, 26, "awarded to"),
        (450, 40, ascii_words(name, 60)),
    ):
        drawn.text((420, height), words, "#3b3526", ImageFont.load_default(size), anchor="mm")
    out = io.BytesIO()
    scan.save(out, "PNG")
    return FilePayload(name="degree.png", mimeType="image/png", buffer=out.getvalue())


def _submit(visitor: Visitor) -> None:
    page = visitor.page
    page.locator("form[action='/desk/verification'] button.primary").click()
    expect(page.locator(".pill.is-info").first).to_be_visible()


def _open_application(admin: Visitor, name: str) -> None:
    admin.open("/admin/verification")
    admin.page.locator("a.queue", has_text=name).click()
    admin.arrive("/admin/verification/[0-9a-f-]{36}")


def _decide(admin: Visitor, decision: str, words: str) -> None:
    page = admin.page
    page.locator(f"#verdict input[value={decision}]").check()
    page.locator("#verdict textarea[name=reason]").fill(words)
    admin.press("#verdict button.primary, button[form=verdict]")
    admin.arrive("/admin/verification$")


def _found(site: Site, organization: Organization, name: str) -> str:
    """The slug of an expert of this name in the public list."""
    with site.client(organization) as client:
        items = client.get(f"/api/v1/experts?words={quote(name)}").json()["items"]
    return next((str(item["slug"]) for item in items if item["name"] == name), "")
