"""Journey 5: somebody becomes an expert, is asked for one more paper, and can be found."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4

import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import FilePayload, expect
from tests.journeys.booking_steps import PASSWORD
from tests.journeys.cast import ANTAM, ATLAS, Organization
from tests.journeys.mails import mail_about
from tests.journeys.site import Site, wait_for
from tests.journeys.visitor import DESKTOP, HEIGHTS, PHONE, Visitor

from cilis.cli.fill.papers import sample_paper
from cilis.kit.text import ascii_words

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
STATIONS = {
    "antam": ("Chuyên viên dinh dưỡng, Bệnh viện Lão khoa", "Giảng viên thỉnh giảng"),
    "atlas": ("Lead designer, design systems", "Visiting lecturer"),
}
FIELDS = {"antam": "Phong thủy nhà ở", "atlas": "Technical writing"}
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
    _fill_profile(applicant, headline)
    _offer_service(applicant, service, price)
    _open_hours(applicant, site)
    _send_papers(applicant, "degree", name)
    _send_papers(applicant, "identity", name)
    _look(applicant, "desk-verification-ready")
    _submit(applicant)
    _withdraw_and_send_again(applicant)

    admin.language = organization.admin_language or organization.language
    admin.log_in(*site.log_in(organization.admin), "/admin")
    admin.look("admin", shot=True)
    admin.open("/admin/verification")
    _look(admin, "admin-verification-queue")
    _open_application(admin, name)
    _look(admin, "admin-verification")
    _decide(admin, "ask", question, missing="certificate")
    mail_about(site, email, question).speaks_for(organization, name)

    applicant.open("/desk/verification")
    expect(applicant.page.locator(".next-step")).to_contain_text(question)
    expect(applicant.page.locator("select[name=kind]")).to_have_value("certificate")
    _look(applicant, "desk-verification-asked")
    _send_papers(applicant, "certificate", name, count=2)
    expect(applicant.page.locator(".wanted .done")).to_have_count(1)
    _submit(applicant)
    assert not _found(site, organization, name)

    _open_application(admin, name)
    _decide(admin, "approve", "")
    slug = wait_for(lambda: _found(site, organization, name), f"{name} in the list", 20)
    applicant.open(f"/experts/{slug}")
    expect(applicant.page.locator("h1")).to_contain_text(name)
    expect(applicant.page.locator("#hold label.slot").first).to_be_visible()
    expect(applicant.page.locator(".verified").first).to_be_visible()
    _look(applicant, "expert-new")
    mail_about(site, email, organization.name).speaks_for(organization, name)
    for place in ("reviews", "services"):
        applicant.open(f"/desk/{place}")
        _look(applicant, f"desk-{place}-new")

    for path in ("payments", "extensions"):
        admin.open(f"/admin/{path}")
        admin.look(f"admin-{path}", shot=True)


@pytest.mark.parametrize(
    ("organization", "width"), [(ANTAM, DESKTOP), (ATLAS, PHONE)], ids=["antam", "atlas"]
)
def test_fields_are_shaped_and_the_list_follows(
    site: Site, visit: Callable[..., Visitor], organization: Organization, width: int
) -> None:
    admin, first = visit(organization, width), FIELDS[organization.slug]
    name, mark = f"{first} {uuid4().hex[:4]}", uuid4().hex[:8]
    admin.language = organization.admin_language or organization.language
    admin.log_in(*site.log_in(organization.admin), "/admin")
    page = admin.page
    admin.open("/admin/fields")
    _look(admin, "admin-fields")
    page.locator("a[href='/admin/fields/new']").first.click()
    admin.arrive("/admin/fields/new")
    page.fill(f"input[name='names[{organization.language}]']", name)
    page.fill("textarea[name=other_words]", f"{mark}, {mark}-2")
    page.locator("form.card button.primary").click()
    admin.arrive("/admin/fields$")
    row = page.locator(".field-rows li", has_text=name)
    expect(row).to_be_visible()
    page.locator("input[data-filter]").fill(mark)  # found by its other words
    expect(page.locator(".field-rows li:visible")).to_have_count(1)
    row.locator("button[value=up]").press("Enter")  # by keyboard
    admin.arrive("/admin/fields#field-")
    with site.client(organization) as client:
        hints = client.get(f"/api/v1/search-suggestions?words={mark}").json()["topics"]
        tree = client.get("/api/v1/topics").json()["items"]
    assert [hint["names"][organization.language] for hint in hints] == [name]
    assert [topic["names"][organization.language] for topic in tree][-2] == name
    row.locator("a.grow").click()
    admin.arrive("/admin/fields/[0-9a-f-]{36}")
    _look(admin, "admin-field")
    page.locator("form[action$='/removal'] button").click()
    admin.arrive("/admin/fields$")
    expect(row).to_have_count(0)


def _look(visitor: Visitor, name: str) -> None:
    """Look at a page on a phone and on a desk."""
    usual = visitor.width
    for width in (PHONE, DESKTOP):
        visitor.width = width
        visitor.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        visitor.look(name, shot=True)
    visitor.width = usual
    visitor.page.set_viewport_size({"width": usual, "height": HEIGHTS[usual]})


def _sign_up_and_apply(visitor: Visitor, name: str, email: str) -> None:
    page = visitor.page
    visitor.open("/apply")
    _look(visitor, "apply")
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
    _look(visitor, "desk-verification-empty")


def _fill_profile(visitor: Visitor, headline: str) -> None:
    page, language = visitor.page, visitor.organization.language
    visitor.open("/desk/profile")
    page.fill(f"input[name='headline[{language}]']", headline)
    page.fill(f"textarea[name='biography[{language}]']", f"## {headline}\n\n" + f"{headline}. " * 9)
    page.locator(f"button[formaction$='#preview-{language}']").click()
    expect(page.locator(f"#preview-{language} h2").first).to_have_text(headline)
    # The list of fields narrows to what is typed, and keeps what is chosen.
    wanted = page.locator("input[type=checkbox][name=topic_ids]").nth(1)
    words = wanted.locator("xpath=ancestor::label").inner_text().split()[0]
    page.locator("filter-list input[data-filter]").fill(words)
    wanted.check()
    page.locator("filter-list input[data-filter]").fill("zzzz")
    expect(page.locator(".field-tree label:visible")).to_have_count(1)
    # Rows come and move without losing what was typed, and without saving.
    older, newer = STATIONS[visitor.organization.slug]
    page.fill(f"input[name='experience[0][title][{language}]']", older)
    page.fill("input[name='experience[0][from]']", "2012")
    page.locator("#add-experience").click()
    expect(page.locator("#experience .station")).to_have_count(2)
    page.fill(f"input[name='experience[0][title][{language}]']", newer)
    page.fill("input[name='experience[0][from]']", "2016")
    page.locator("#down-experience-0").click()
    moved = page.locator(f"input[name='experience[1][title][{language}]']")
    expect(moved).to_have_value(newer)
    _look(visitor, "desk-profile-new")
    page.locator("form[action='/desk/profile'] button.primary").click()
    visitor.arrive("/desk/profile$")
    expect(page.locator(f"input[name='headline[{language}]']")).to_have_value(headline)
    expect(page.locator("input[name='experience[0][from]']")).to_have_value("2012")
    expect(wanted).to_be_checked()


def _offer_service(visitor: Visitor, service: str, price: str) -> None:
    page, language = visitor.page, visitor.organization.language
    visitor.open("/desk/services/new")
    page.fill(f"input[name='names[{language}]']", service)
    page.fill("input[name=price]", price)
    page.fill("input[name=buffer_before_minutes]", "5")
    page.fill("input[name=buffer_after_minutes]", "15")
    place = page.locator("input[name=place]")
    expect(place).to_be_hidden()
    page.locator("input[name=mode][value=in_person]").check()
    expect(place).to_be_visible()
    _look(visitor, "desk-service-new")
    page.locator("input[name=mode][value=video]").check()
    page.locator("form.card button.primary").click()
    visitor.arrive("/desk/services$")
    expect(page.locator("main")).to_contain_text(service)


def _open_hours(visitor: Visitor, site: Site) -> None:
    """A week from nine to five, and one day off."""
    page = visitor.page
    visitor.open("/desk/hours")
    week = page.locator(".week-edit").first
    if week.get_attribute("open") is None:
        week.locator("summary").click()
    for day in range(7):
        week.locator(f"input[name=d{day}_0_from]").fill("09:00")
        week.locator(f"input[name=d{day}_0_until]").fill("17:00")
    week.locator("button.primary").click()
    visitor.arrive("/desk/hours")
    holiday = (site.now() + timedelta(days=9)).date().isoformat()
    page.locator("form[action$='/exceptions'] input[name=day]").fill(holiday)
    page.locator("form[action$='/exceptions'] button").first.click()
    visitor.arrive("/desk/hours")
    expect(page.locator(f"#exceptions input[value='{holiday}']").first).to_be_attached()
    visitor.look("desk-hours-new")


def _send_papers(visitor: Visitor, kind: str, name: str, count: int = 1) -> None:
    page = visitor.page
    visitor.open("/desk/verification")
    before = page.locator("li.file").count()
    page.locator("select[name=kind]").select_option(kind)
    page.locator("input[type=file]").set_input_files([_paper(kind, name)] * count)
    page.locator("form[enctype] button").click()
    expect(page.locator("li.file")).to_have_count(before + count)


def _withdraw_and_send_again(visitor: Visitor) -> None:
    page = visitor.page
    page.locator(".next-step summary").click()
    page.locator("form[action$='/withdrawal'] button").click()
    visitor.arrive("/desk/verification")
    expect(page.locator("form[action$='/removal']")).to_have_count(2)
    _submit(visitor)


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


def _decide(admin: Visitor, decision: str, words: str, missing: str = "") -> None:
    page = admin.page
    page.locator(f"#verdict input[value={decision}]").check()
    if missing:
        page.locator(f"#verdict input[name=missing][value={missing}]").check()
    page.locator("#verdict textarea[name=reason]").fill(words)
    admin.press("#verdict button.primary, button[form=verdict]")
    admin.arrive("/admin/verification$")


def _found(site: Site, organization: Organization, name: str) -> str:
    """The slug of an expert of this name in the public list."""
    with site.client(organization) as client:
        items = client.get(f"/api/v1/experts?words={quote(name)}").json()["items"]
    return next((str(item["slug"]) for item in items if item["name"] == name), "")
