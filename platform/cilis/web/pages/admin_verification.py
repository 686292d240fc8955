"""The reviewers' queue, and one application with its papers beside the decision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import experts, identity
from cilis.domains.experts import Decision, VerificationState
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, error_text, format_date, gettext, translated
from cilis.kit.errors import InvalidInput, NotFound
from cilis.web.views import forms, papers

pages = Blueprint("admin_verification_pages", __name__)
_PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
_SAID = {
    Decision.APPROVE: N_("Approved. The profile can be found and booked now."),
    Decision.ASK: N_("Asked for more. The expert gets a mail with your words."),
    Decision.REJECT: N_("Rejected. The expert gets a mail with your words."),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a profile says of its owner."""

    name: str
    value: str


@pages.get("/admin/verification")
@policy("admin", "support")
def queue() -> str:
    """Who waits to be verified, the longest first; other states on demand."""
    asked = request.args.get("state", VerificationState.SUBMITTED.value)
    known = [state.value for state in VerificationState]
    state = VerificationState(asked) if asked in known else VerificationState.SUBMITTED
    with reading() as session:
        page = experts.verification_queue(session, state=state, cursor=request.args.get("cursor"))
        counts = experts.queue_counts(session)
    return render_template(
        "admin/verification_queue.html",
        page=page,
        state=state,
        counts=counts,
        badges={"verification": counts[VerificationState.SUBMITTED]},
    )


@pages.get("/admin/verification/<uuid:verification_id>")
@policy("admin", "support")
def show(verification_id: UUID) -> Response:
    """One application: what is claimed, the papers, the decision."""
    return _page(verification_id)


@pages.post("/admin/verification/<uuid:verification_id>")
@policy("admin")
def decide(verification_id: UUID) -> Response:
    """Approve, ask for more or reject."""
    try:
        form = load_form(experts.DecisionSchema)
        experts.decide(
            verification_id,
            form["decision"],
            viewer(),
            reason=form["reason"],
            missing=form["missing"],
        )
    except InvalidInput as refusal:
        return _page(verification_id, errors=refusal)
    except (experts.AlreadyDecided, experts.OwnVerification) as refusal:
        notice(error_text(refusal.code, **refusal.values), "caution")
        return redirect(
            url_for("admin_verification_pages.show", verification_id=verification_id), 303
        )
    notice(_SAID[form["decision"]])
    return redirect(url_for("admin_verification_pages.queue"), 303)


@pages.get("/admin/verification/<uuid:verification_id>/documents/<uuid:document_id>")
@policy("admin", "support")
def document(verification_id: UUID, document_id: UUID) -> Response:
    """A paper's bytes; that it was opened is written down.

    Pictures may be shown in our own page, everything else only downloaded.
    """
    with reading() as session:
        held = experts.verification(session, verification_id, viewer()).documents
    if document_id not in {paper.id for paper in held}:
        raise NotFound("not of this application")
    found = experts.open_document(document_id, viewer())
    response = make_response(found.content)
    response.headers["Content-Type"] = found.content_type
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    shown = found.content_type in _PICTURES and "download" not in request.args
    response.headers.set(
        "Content-Disposition", "inline" if shown else "attachment", filename=found.name
    )
    return response


def _page(verification_id: UUID, *, errors: InvalidInput | None = None) -> Response:
    with reading() as session:
        found = experts.verification(session, verification_id, viewer())
        waiting = experts.queue_counts(session)[VerificationState.SUBMITTED]
        people = _people(session, found)
    chosen = next(
        (paper for paper in found.documents if str(paper.id) == request.args.get("document")),
        found.documents[0] if found.documents else None,
    )
    names = {paper.id: paper.name for paper in found.documents}
    html = render_template(
        "admin/verification.html",
        found=found,
        card=found.profile.card,
        claims=_claims(found.profile),
        chosen=chosen,
        kinds=papers.kinds(),
        is_picture=chosen is not None and chosen.content_type in _PICTURES,
        size=papers.size(chosen.size) if chosen else "",
        steps=papers.history(found.steps, people, names),
        typed=forms.typed(request.form),
        errors=errors.fields if errors else {},
        badges={"verification": waiting},
        may_decide=found.open and viewer().has("admin"),
    )
    return make_response(html, 422 if errors else 200)


def _people(session: Session, found: experts.VerificationView) -> dict[UUID, identity.Person]:
    return identity.people(session, {step.actor_id for step in found.steps if step.actor_id})


def _claims(profile: experts.Profile) -> list[Claim]:
    card = profile.card
    claims = [
        Claim(gettext("Name"), card.title),
        Claim(gettext("Headline"), translated(card.headline)),
        Claim(gettext("Fields"), ", ".join(translated(one.names) for one in profile.topics)),
    ]
    claims += [_station(gettext("Experience"), row) for row in profile.experience]
    claims += [_station(gettext("Education"), row) for row in profile.education]
    claims.append(Claim(gettext("Here since"), format_date(profile.created_at)))
    return [claim for claim in claims if claim.value]


def _station(name: str, row: Any) -> Claim:
    years = f"{row.get('from') or ''}–{row.get('until') or ''}".strip("–") or ""
    parts = [translated(row.get("title")), translated(row.get("place")), years]
    return Claim(name, ", ".join(part for part in parts if part))
