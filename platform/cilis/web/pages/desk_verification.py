"""The expert's papers: add, take back, ask to be verified."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts
from cilis.domains.experts import VerificationState
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms, papers

pages = Blueprint("desk_verification_pages", __name__)


@pages.get("/desk/verification")
@policy("expert")
def show() -> Response:
    """How it stands, the papers, and what is still missing."""
    return _page()


@pages.post("/desk/verification/documents")
@policy("expert")
def add() -> Response:
    """Take a paper: its type is read from its content, never from its name."""
    sent = request.files.get("file")
    try:
        kind = load_form(experts.DocumentFormSchema)["kind"]
        if sent is None or not sent.filename:
            raise InvalidInput({"file": ["required"]})
        content = sent.stream.read(experts.MAX_DOCUMENT_BYTES + 1)
        experts.add_document(content, sent.filename, kind, viewer())
    except InvalidInput as refusal:
        return _page(errors=refusal)
    except experts.TooManyDocuments as refusal:
        return _refused(refusal)
    notice(N_("The document is here."))
    return _back()


@pages.post("/desk/verification/documents/<uuid:document_id>/removal")
@policy("expert")
def remove(document_id: UUID) -> Response:
    """Take back a paper that was not sent yet; a repeat leads to the same page."""
    try:
        experts.remove_document(document_id, viewer())
    except experts.DocumentNotFound:
        return _back()
    except experts.DocumentInUse as refusal:
        return _refused(refusal)
    notice(N_("The document is removed."))
    return _back()


@pages.post("/desk/verification")
@policy("expert")
def submit() -> Response:
    """Ask to be verified, or answer what was asked for."""
    try:
        experts.submit_verification(viewer())
    except (experts.NotReady, experts.WrongState) as refusal:
        return _refused(refusal)
    except (experts.AlreadySubmitted, experts.AlreadyVerified):
        return _back()
    notice(N_("Sent. We write to you as soon as somebody has looked."))
    return _back()


def _back() -> Response:
    return redirect(url_for("desk_verification_pages.show"), 303)


def _refused(refusal: DomainError) -> Response:
    notice(error_text(refusal.code, **refusal.values), "caution")
    return _back()


def _page(*, errors: InvalidInput | None = None) -> Response:
    with reading() as session:
        card = experts.mine(session, viewer()).card
        documents = experts.documents_of(session, card.id)
        latest = experts.latest_verification(session, card.id)
        ready = experts.readiness(session, card.id)
    done = latest is not None and latest.state in {
        VerificationState.SUBMITTED,
        VerificationState.APPROVED,
    }
    html = render_template(
        "desk/verification.html",
        card=card,
        documents=documents,
        latest=latest,
        closed=done or card.verified,
        todo=papers.todos(ready.missing),
        kinds=papers.kinds(),
        sizes={paper.id: papers.size(paper.size) for paper in documents},
        steps=papers.history(latest.steps) if latest else [],
        typed=forms.typed(request.form),
        errors=errors.fields if errors else {},
    )
    return make_response(html, 422 if errors else 200)
