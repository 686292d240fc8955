"""The reviewers' queue, and one application with its papers beside the decision."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import experts
from cilis.domains.experts import Decision, VerificationState
from cilis.infra.db import reading
from cilis.infra.http.downloads import attachment
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, format_date, gettext, translated
from cilis.kit.errors import InvalidInput, NotFound
from cilis.kit.pagination import Page
from cilis.kit.text import is_clean
from cilis.web.views import forms, papers

pages = Blueprint("admin_verification_pages", __name__)
_ALL = "all"
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
    """Who waits to be verified, the longest first; other states and names on demand."""
    asked = request.args.get("state", VerificationState.SUBMITTED.value)
    known = [state.value for state in VerificationState]
    state = VerificationState(asked) if asked in known else VerificationState.SUBMITTED
    wanted = None if asked == _ALL else state
    words = " ".join(request.args.get("words", "").split())[:80]
    with reading() as session:
        page = _queue_page(session, wanted, words)
        counts = experts.queue_counts(session)
    return render_template(
        "admin/verification_queue.html",
        page=page,
        state=_ALL if wanted is None else state.value,
        words=words,
        counts={**counts, _ALL: sum(counts.values())},
        badges={"verification": counts[VerificationState.SUBMITTED]},
    )


def _queue_page(
    session: Session, state: VerificationState | None, words: str
) -> Page[experts.QueueItem]:
    """A page of the queue; an old or foreign mark of one shows the first."""
    wanted = functools.partial(
        experts.verification_queue, session, state=state, words=words if is_clean(words) else ""
    )
    try:
        return wanted(cursor=request.args.get("cursor"))
    except InvalidInput:
        return wanted()


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
        refused(refusal.code, **refusal.values)
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
    response = attachment(found.content, name=found.name, content_type=found.content_type)
    if found.content_type in _PICTURES and "download" not in request.args:
        response.headers.set("Content-Disposition", "inline", filename=found.name)
    return response


def _page(verification_id: UUID, *, errors: InvalidInput | None = None) -> Response:
    with reading() as session:
        found = experts.verification(session, verification_id, viewer())
        waiting = experts.queue_counts(session)[VerificationState.SUBMITTED]
        rounds = experts.verifications_of(session, found.profile.id)
        people = papers.names_of(session, [found.steps, *(one.steps for one in rounds)])
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
        earlier=[papers.told(one, people) for one in rounds if one.id != found.id],
        wanted=papers.wanted(found.missing),
        typed=forms.typed(request.form, ("missing",)),
        errors=errors.fields if errors else {},
        badges={"verification": waiting},
        may_decide=found.open and viewer().has("admin"),
    )
    return make_response(html, 422 if errors else 200)


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
