"""The organization's papers: find one, open it, take them all as a file, say how they look."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import invoices
from cilis.domains.invoices import BookingPaper, PaperFilter, PaperKind, PaperSettings
from cilis.infra.db import reading
from cilis.infra.http.downloads import attachment
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import LANGUAGES, N_, gettext, language_name
from cilis.kit import sheets
from cilis.kit.errors import InvalidInput
from cilis.kit.money import Money
from cilis.web.views import days, forms
from cilis.web.views import invoices as shown
from cilis.web.visit import organization

pages = Blueprint("admin_invoice_pages", __name__)
STAFF = ("admin", "support")
MOST = 50_000
"""Papers in one file; a year of more is asked for in parts."""


@pages.get("/admin/invoices")
@policy(*STAFF)
def index() -> str:
    """Papers, newest first: by number, person, kind and days."""
    with reading() as session:
        page = invoices.page(
            session, viewer(), wanted=_wanted(), cursor=request.args.get("cursor"), limit=30
        )
        chosen = invoices.settings(session)
    asked = {name: value for name, value in request.args.items() if name != "cursor" and value}
    gaps = invoices.seller_gaps(organization())
    return render_template(
        "admin/invoices.html",
        rows=shown.rows(page.items),
        next_cursor=page.next_cursor,
        asked=forms.Typed(asked),
        gaps=bool(gaps) and chosen.booking_paper == BookingPaper.INVOICE,
        kinds=[(kind.value, gettext(name)) for kind, name in shown.NAMES.items()],
        address=lambda **more: _address("index", {**asked, **more}),
        file=_address("table", asked),
    )


@pages.get("/admin/invoices.csv")
@policy(*STAFF)
def table() -> Response:
    """What the list shows as a file: one line for each paper and tax rate."""
    header = [
        gettext("Issued on"), gettext("Kind"), gettext("Number"), gettext("To number"),
        gettext("Client"), gettext("Company"), gettext("Tax number"), gettext("Booking"),
        gettext("Currency"), gettext("Tax rate (%)"), gettext("Net amount"), gettext("Tax"),
        gettext("Gross amount"),
    ]  # fmt: skip
    with reading() as session:
        papers = invoices.every(session, viewer(), _wanted(), most=MOST)
        lines = list(sheets.lines(header, (row for paper in papers for row in _rows(paper))))
    response = Response(lines, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename="invoices.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/admin/invoices/<uuid:invoice_id>.pdf")
@policy(*STAFF)
def open_invoice(invoice_id: UUID) -> Response:
    """A paper as PDF, always as a file to save; the opening is written down."""
    file = invoices.open_paper(invoice_id, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)


@pages.get("/admin/invoices/settings")
@policy("admin")
def show_settings() -> Response:
    """What clients get, how papers are numbered, what stands below the sums."""
    return _settings()


@pages.post("/admin/invoices/settings")
@policy("admin")
def change_settings() -> Response:
    """Make papers so from now on."""
    form = request.form
    chosen = form.get("booking_paper", "")
    try:
        if chosen not in set(BookingPaper):
            raise InvalidInput({"booking_paper": ["not_a_choice"]})
        wish = PaperSettings(
            booking_paper=BookingPaper(chosen),
            patterns={kind: form.get(f"patterns.{kind}", "").strip() for kind in PaperKind},
            note={one: form.get(f"note.{one}", "") for one in _languages()},
        )
        invoices.change_settings(wish, viewer())
    except InvalidInput as refusal:
        return _settings(refusal.fields)
    notice(N_("Saved. New papers are made so; those that are out stay as they are."))
    return redirect(url_for(".show_settings"), 303)


def _settings(errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        known = invoices.settings(session)
    values = forms.Typed({"booking_paper": known.booking_paper.value})
    values |= {f"patterns.{kind}": pattern for kind, pattern in known.patterns.items()}
    values |= {f"note.{language}": words for language, words in known.note.items()}
    html = render_template(
        "admin/invoice_settings.html",
        values=forms.typed(request.form) if errors else forms.Typed(values),
        errors=errors or {},
        kinds=[(kind.value, gettext(name)) for kind, name in shown.NAMES.items()],
        languages=[(one, language_name(one)) for one in _languages()],
        seller=organization().legal,
        gaps=invoices.seller_gaps(organization()),
    )
    return make_response(html, 422 if errors else 200)


def _languages() -> list[str]:
    return [one for one in LANGUAGES if one in organization().languages]


def _rows(paper: invoices.Paper) -> Iterator[list[sheets.Cell]]:
    """One line for each tax rate; what a credit note gives back is negative."""
    sign = -1 if paper.kind == PaperKind.CREDIT_NOTE else 1
    content = paper.content
    for share in content["shares"]:
        amounts = (share["net_minor"], share["tax_minor"], share["gross_minor"])
        yield [
            paper.issued_on.isoformat(),
            gettext(shown.NAMES[paper.kind]),
            paper.number,
            (content.get("corrects") or {}).get("number", ""),
            content["buyer"]["name"],
            content["buyer"]["company"],
            content["buyer"]["tax_id"],
            content["reference"],
            paper.currency,
            share["rate_bp"] / 100,
            *(Money(sign * minor, paper.currency) for minor in amounts),
        ]


def _wanted() -> PaperFilter:
    """What the address asks for; what cannot be understood is left out."""
    given = request.args
    kind = given.get("kind", "")
    return PaperFilter(
        text=given.get("text", "")[:120].replace("\x00", ""),
        kind=PaperKind(kind) if kind in set(PaperKind) else None,
        since=days.day_of(given.get("since", "")),
        until=days.day_of(given.get("until", "")),
    )


def _address(view: str, asked: dict[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    address = url_for(f".{view}")
    return f"{address}?{query}" if query else address
