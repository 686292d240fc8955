"""One booking: how it stands, live; what it is about; its papers; the entry for a calendar."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import bookings, documents, experts, invoices, messaging, notifications
from cilis.domains.bookings import BookingState
from cilis.infra.db import reading
from cilis.infra.http.addresses import absolute
from cilis.infra.http.downloads import attachment
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import PUBLIC, SIGNED_IN, policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, current_language, speaking
from cilis.kit.errors import InvalidInput, TooMany
from cilis.kit.viewer import Viewer
from cilis.web.views import calendars, forms, papers
from cilis.web.views import invoices as shown_invoices
from cilis.web.views import standing as standings
from cilis.web.views.visits import LIVE_EVENTS

pages = Blueprint("booking_pages", __name__)
_ON_A_CALENDAR = frozenset(
    {
        BookingState.CONFIRMED,
        BookingState.COMPLETED,
        BookingState.NO_SHOW,
        BookingState.CANCELLED,  # so that a calendar which holds it lets it go
    }
)


class AboutForm(Strict):
    """What it is about, in the client's own words."""

    text = Text(load_default="", most=4000)


@pages.get("/bookings/<uuid:booking_id>")
@policy(PUBLIC)
def show(booking_id: UUID) -> Response:
    """The booking; a browser that held an hour sees its own without an account."""
    return _page("booking/show.html", booking_id)


@pages.get("/bookings/<uuid:booking_id>/live")
@policy(PUBLIC)
def live(booking_id: UUID) -> Response:
    """The inner part again, fetched when something about the booking changed."""
    return _page("booking/_live.html", booking_id)


@pages.post("/bookings/<uuid:booking_id>/about")
@policy(SIGNED_IN)
def describe(booking_id: UUID) -> Response:
    """Keep what the client wrote."""
    try:
        bookings.describe(booking_id, viewer(), load_form(AboutForm)["text"])
    except InvalidInput as refusal:
        return _page("booking/show.html", booking_id, errors=refusal.fields)
    except (bookings.NotPossibleNow, bookings.HoldExpired) as refusal:
        refused(refusal.code, **refusal.values)
    else:
        notice(N_("Saved."))
    return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)


@pages.post("/bookings/<uuid:booking_id>/release")
@policy(PUBLIC)
def release(booking_id: UUID) -> Response:
    """Let a held hour go; the way leads back to the expert's times."""
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        slug = experts.card(session, booking.expert_id).slug
        held = booking.state == BookingState.HELD
        if not held or bookings.side_of(booking, viewer()) != "client":
            return redirect(url_for("booking_pages.show", booking_id=booking_id), 303)
    bookings.cancel(booking_id, viewer())
    notice(N_("Released. If a payment still arrives, all of it goes back."), "info")
    return redirect(url_for("expert.show", slug=slug, _anchor="times"), 303)


@pages.post("/bookings/<uuid:booking_id>/documents")
@policy(SIGNED_IN)
def share(booking_id: UUID) -> Response:
    """Take a paper: its type is read from its content, never from its name."""
    sent = request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise InvalidInput({"file": ["required"]})
        content = sent.stream.read(documents.MOST_BYTES + 1)
        _share(booking_id, content, sent.filename)
    except InvalidInput as refusal:
        return _back_to_papers(booking_id, refusal.fields)
    except (documents.SharingOver, documents.TooManyDocuments, TooMany) as refusal:
        refused(refusal.code, **refusal.values)
    else:
        notice(N_("The document is shared."))
    return _back_to_papers(booking_id)


@idempotent("documents.share", again=lambda _made_id: "")
def _share(booking_id: UUID, content: bytes, name: str) -> None:
    documents.share(booking_id, content, name, viewer())


@pages.get("/bookings/<uuid:booking_id>/documents/<uuid:document_id>")
@policy(SIGNED_IN)
def open_document(booking_id: UUID, document_id: UUID) -> Response:
    """A paper's bytes, always as a file to save."""
    found = documents.open_document(document_id, viewer(), booking_id)
    return attachment(found.content, name=found.name, content_type=found.content_type)


@pages.post("/bookings/<uuid:booking_id>/documents/<uuid:document_id>/removal")
@policy(SIGNED_IN)
def remove_document(booking_id: UUID, document_id: UUID) -> Response:
    """Take one's own paper back; a repeat leads to the same page."""
    try:
        documents.remove(document_id, viewer(), booking_id)
    except documents.DocumentInUse as refusal:
        refused(refusal.code, **refusal.values)
    except documents.DocumentNotFound:
        with reading() as session:
            bookings.visible(session, viewer(), booking_id)
    else:
        notice(N_("The document is removed."))
    return _back_to_papers(booking_id)


@pages.get("/bookings/<uuid:booking_id>/calendar.ics")
@policy(SIGNED_IN)
def calendar(booking_id: UUID) -> Response:
    """The session as a calendar entry; the same entry that the mails carry."""
    return _calendar(booking_id, viewer())


@pages.get("/bookings/<uuid:booking_id>/calendar/<token>.ics")
@policy(PUBLIC)
def subscription(booking_id: UUID, token: str) -> Response:
    """The same for a calendar that looks again by itself; the address is the key to it."""
    who = calendars.reader_of(booking_id, token)
    return _calendar(booking_id, who)


def _calendar(booking_id: UUID, who: Viewer) -> Response:
    with reading() as session:
        booking = bookings.visible(session, who, booking_id)
        ours = bookings.side_of(booking, who) in {"client", "expert"}
        if booking.state not in _ON_A_CALENDAR or not ours:
            raise bookings.BookingNotFound(f"{booking_id} is {booking.state}")
        with speaking(who.language or current_language(), who.time_zone):
            content = notifications.calendar_file(session, who, booking_id)
    response = make_response(content)
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.set("Content-Disposition", "attachment", filename=f"{booking.reference}.ics")
    return response


def _back_to_papers(booking_id: UUID, errors: dict[str, list[str]] | None = None) -> Response:
    """Where the upload began: the checkout, or the booking."""
    if request.form.get("from") == "checkout":
        for code in (errors or {}).get("file", []):
            refused(code)
        address = url_for("checkout_pages.show", booking_id=booking_id, step="about")
        return redirect(address, 303)
    if errors:
        return _page("booking/show.html", booking_id, errors=errors)
    address = url_for("booking_pages.show", booking_id=booking_id, _anchor="papers")
    return redirect(address, 303)


def _page(
    template: str, booking_id: UUID, *, errors: dict[str, list[str]] | None = None
) -> Response:
    with reading() as session:
        booking = bookings.visible(session, viewer(), booking_id)
        if bookings.side_of(booking, viewer()) == "staff":
            return redirect(url_for("admin_booking_pages.show", booking_id=booking_id), 303)
        standing = standings.standing(
            session, booking, viewer(), returned="returned" in request.args
        )
        chat = messaging.conversation_of_booking(session, viewer(), booking_id)
        issued = invoices.of_subjects(session, viewer(), [booking_id])[booking_id]
    html = render_template(
        template,
        standing=standing,
        visit=standing.visit,
        typed=forms.typed(request.form),
        errors=errors or {},
        deadline=standings.deadline(standing.preview),
        calendar_address=_calendar_address(booking),
        sizes={paper.id: papers.size(paper.size) for paper in standing.papers},
        chat=chat,
        invoices=shown_invoices.rows(issued),
        live_events=LIVE_EVENTS,
    )
    return make_response(html, 422 if errors else 200)


def _calendar_address(booking: bookings.Booking) -> str:
    person_id = viewer().person_id
    if person_id is None or booking.state != BookingState.CONFIRMED:
        return ""
    token = calendars.token(booking.id, person_id)
    return absolute(url_for("booking_pages.subscription", booking_id=booking.id, token=token))
