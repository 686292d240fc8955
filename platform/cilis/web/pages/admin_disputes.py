"""Disputes for staff: which there are, what the bank is told, and what came of it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import payments
from cilis.domains.payments import DisputeState
from cilis.infra import files
from cilis.infra.db import reading
from cilis.infra.http.downloads import attachment
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms
from cilis.web.views import payments as shown

pages = Blueprint("admin_dispute_pages", __name__)
STAFF = ("admin", "support")
_MOST = 4 * 1024 * 1024 + 1


@pages.get("/admin/disputes")
@policy(*STAFF)
def index() -> str:
    """Disputes, newest first; live."""
    state = request.args.get("state", "")
    wanted = DisputeState(state) if state in set(DisputeState) else None
    with reading() as session:
        page = payments.disputes_page(
            session, viewer(), state=wanted, cursor=request.args.get("cursor")
        )
        attempts = [payments.attempt(session, one.attempt_id) for one in page.items]
        rows = list(zip(page.items, shown.rows(session, attempts), strict=True))
        waiting = payments.disputes_waiting(session)
    return render_template(
        "admin/disputes.html",
        rows=rows,
        waiting=waiting,
        next_cursor=page.next_cursor,
        state=state,
        view=shown,
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payments.STAFF_ROOM],
    )


@pages.get("/admin/disputes/<uuid:dispute_id>")
@policy(*STAFF)
def show(dispute_id: UUID) -> Response:
    """One dispute with its evidence."""
    return _page(dispute_id)


@pages.get("/admin/disputes/<uuid:dispute_id>/papers/<field>")
@policy(*STAFF)
def open_paper(dispute_id: UUID, field: str) -> Response:
    """A file that was gathered for the bank."""
    with reading() as session:
        payments.dispute(session, viewer(), dispute_id)
        paper = payments.papers(session, dispute_id).get(field)
    if paper is None or not paper.file_key:
        raise payments.DisputeNotFound(f"{dispute_id} has no {field}")
    return attachment(files.read(paper.file_key), name=paper.name, content_type=paper.content_type)


@pages.post("/admin/disputes/<uuid:dispute_id>/evidence")
@policy(*STAFF)
@idempotent("payments.keep_evidence", again=lambda dispute_id: _to_dispute(dispute_id))  # noqa: PLW0108 - defined below
def keep(dispute_id: UUID) -> Response:
    """Keep what was typed and uploaded; with the second button also tell the bank."""
    texts = {
        name.removeprefix("text."): value
        for name, value in request.form.items()
        if name.startswith("text.")
    }
    sent = [
        payments.PaperFile(name.removeprefix("file."), one.filename, one.stream.read(_MOST))
        for name, one in request.files.items()
        if name.startswith("file.") and one.filename
    ]
    try:
        payments.keep_evidence(dispute_id, texts, sent, viewer())
    except InvalidInput as refusal:
        return _page(dispute_id, refusal.fields)
    except (payments.EvidenceClosed, payments.OwnPayment) as refusal:
        return _refused(dispute_id, refusal)
    if request.form.get("then") == "review":
        return redirect(url_for(".review", dispute_id=dispute_id), 303)
    notice(N_("Saved. The bank has not been told yet."))
    return _to_dispute(dispute_id)


@pages.get("/admin/disputes/<uuid:dispute_id>/submission")
@policy(*STAFF)
def review(dispute_id: UUID) -> Response:
    """The question before the bank is told, on a page of its own."""
    with reading() as session:
        found = payments.dispute(session, viewer(), dispute_id)
        papers = payments.papers(session, dispute_id)
    if not found.may_tell or not papers:
        return _to_dispute(dispute_id)
    fields = [one for one in payments.evidence_fields(found.provider) if one.name in papers]
    html = render_template(
        "admin/dispute_submission.html", dispute=found, fields=fields, papers=papers
    )
    return make_response(html)


@pages.post("/admin/disputes/<uuid:dispute_id>/submission")
@policy(*STAFF)
@idempotent("payments.tell_bank", again=lambda dispute_id: _to_dispute(dispute_id))  # noqa: PLW0108 - defined below
def tell(dispute_id: UUID) -> Response:
    """Tell the bank; a repeat leads to the same dispute."""
    try:
        payments.tell_bank(dispute_id, viewer())
    except (payments.EvidenceClosed, payments.NothingToTell, payments.OwnPayment) as refusal:
        return _refused(dispute_id, refusal)
    notice(N_("The evidence is on its way to the bank. This page follows it."))
    return _to_dispute(dispute_id)


def _page(dispute_id: UUID, errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        found = payments.dispute(session, viewer(), dispute_id)
        attempt = payments.attempt(session, found.attempt_id)
        row = shown.rows(session, [attempt])[0]
        papers = payments.papers(session, dispute_id)
    html = render_template(
        "admin/dispute.html",
        dispute=found,
        row=row,
        own=attempt.concerns(viewer().person),
        fields=payments.evidence_fields(found.provider),
        papers=papers,
        typed=forms.typed(request.form),
        errors=errors or {},
        view=shown,
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payments.STAFF_ROOM],
    )
    return make_response(html, 422 if errors else 200)


def _to_dispute(dispute_id: UUID) -> Response:
    return redirect(url_for(".show", dispute_id=dispute_id), 303)


def _refused(dispute_id: UUID, refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _to_dispute(dispute_id)
