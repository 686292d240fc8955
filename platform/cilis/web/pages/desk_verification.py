"""The expert's papers: add, take back, ask to be verified."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts
from cilis.domains.experts import VerificationState
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import forms, papers
from cilis.web.visit import organization

pages = Blueprint("desk_verification_pages", __name__)


@pages.get("/desk/verification")
@policy("expert")
def show() -> Response:
    """How it stands, the papers, and what is still missing."""
    return _page()


@pages.post("/desk/verification/documents")
@policy("expert")
def add() -> Response:
    """Take papers of one kind: their type is read from their content, never from their name."""
    sent = [file for file in request.files.getlist("file") if file.filename]
    try:
        kind = load_form(experts.DocumentFormSchema)["kind"]
        if not sent:
            raise InvalidInput({"file": ["required"]})
        for file in sent:
            content = file.stream.read(experts.MAX_DOCUMENT_BYTES + 1)
            experts.add_document(content, file.filename or "", kind, viewer())
    except InvalidInput as refusal:
        return _page(errors=refusal)
    except experts.TooManyDocuments as refusal:
        return _refused(refusal)
    notice(N_("The document is here.") if len(sent) == 1 else N_("The documents are here."))
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


@pages.post("/desk/verification/withdrawal")
@policy("expert")
def withdraw() -> Response:
    """Take the application back; a repeat leads to the same page."""
    try:
        experts.withdraw_verification(viewer())
    except experts.NothingOpen:
        return _back()
    notice(N_("The application is withdrawn. Your profile is a draft again."))
    return _back()


def _back() -> Response:
    return redirect(url_for("desk_verification_pages.show"), 303)


def _refused(refusal: DomainError) -> Response:
    refused(refusal.code, **refusal.values)
    return _back()


def _page(*, errors: InvalidInput | None = None) -> Response:
    with reading() as session:
        card = experts.mine(session, viewer()).card
        documents = experts.documents_of(session, card.id)
        rounds = experts.verifications_of(session, card.id)
        latest = experts.latest_verification(session, card.id)
        ready = experts.readiness(session, card.id)
    done = latest is not None and latest.state is VerificationState.SUBMITTED
    fresh = [paper for paper in documents if not paper.submitted]
    asked = papers.asked_for(latest.missing, fresh) if latest else []
    names = papers.names_for(card, organization().name)
    html = render_template(
        "desk/verification.html",
        card=card,
        documents=documents,
        latest=latest,
        closed=done or card.verified,
        fresh=fresh,
        wanted=asked,
        asked_kind=next((item.kind for item in asked if item.kind and not item.done), ""),
        todo=papers.todos(ready.missing),
        kinds=papers.kinds(),
        sizes={paper.id: papers.size(paper.size) for paper in documents},
        rounds=[papers.told(one, names) for one in rounds],
        typed=forms.typed(request.form),
        errors=errors.fields if errors else {},
    )
    return make_response(html, 422 if errors else 200)
