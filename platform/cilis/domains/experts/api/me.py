"""One's own profile: words, picture, services, papers, verification."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from werkzeug.datastructures import FileStorage

from cilis.domains.experts import queries, schemas, service
from cilis.domains.experts.errors import NotAnExpert
from cilis.domains.experts.types import MAX_DOCUMENT_BYTES, ProfileChange, ServiceWish
from cilis.infra.db import reading
from cilis.infra.http.api import ApiBlueprint
from cilis.infra.http.downloads import attachment
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer

blueprint = ApiBlueprint(
    "experts-me", __name__, url_prefix="/api/v1/experts/me", description="The expert's own desk."
)


@blueprint.get("")
@policy("expert")
@blueprint.response(200, schemas.ProfileSchema)
@blueprint.problems(not_an_expert=404)
def show_me() -> dict[str, Any]:
    """One's own profile, whatever its state."""
    with reading() as session:
        return schemas.profile_out(queries.mine(session, viewer()), whole=True)


@blueprint.patch("")
@policy("expert")
@blueprint.arguments(schemas.ProfileChangeSchema)
@blueprint.response(200, schemas.ProfileSchema)
@blueprint.problems(not_an_expert=404)
def edit_me(change: dict[str, Any]) -> dict[str, Any]:
    """Change one's own profile; fields that are not sent stay."""
    service.edit_profile(ProfileChange(**change), viewer())
    return _own()


@blueprint.put("/picture")
@policy("expert")
@blueprint.arguments(schemas.PictureUploadSchema, location="files")
@blueprint.response(200, schemas.ProfileSchema)
@blueprint.problems(not_an_expert=404, storage_full=503, storage_unavailable=503)
def set_picture(sent: dict[str, FileStorage]) -> dict[str, Any]:
    """Show a picture; it is cut square and loses all metadata."""
    service.set_picture(sent["picture"].read(MAX_DOCUMENT_BYTES + 1), viewer())
    return _own()


@blueprint.delete("/picture")
@policy("expert")
@blueprint.response(204)
@blueprint.problems(not_an_expert=404)
def remove_picture() -> None:
    """Show initials again."""
    service.remove_picture(viewer())


@blueprint.get("/services")
@policy("expert")
@blueprint.response(200, schemas.OffersSchema)
@blueprint.problems(not_an_expert=404)
def list_services() -> dict[str, Any]:
    """All one's services, also those switched off."""
    return _services()


@blueprint.post("/services")
@policy("expert")
@blueprint.arguments(schemas.ServiceSchema)
@blueprint.response(201, schemas.OfferSchema)
@blueprint.problems(not_an_expert=404, too_many_services=409)
@idempotent("experts.add_service", again=lambda made_id: _service(made_id))  # noqa: PLW0108 - defined below
def add_service(wish: dict[str, Any]) -> dict[str, Any]:
    """Offer one more service."""
    return schemas.offer_out(service.add_service(ServiceWish(**wish), viewer()))


@blueprint.put("/services/order")
@policy("expert")
@blueprint.arguments(schemas.ServiceOrderSchema)
@blueprint.response(200, schemas.OffersSchema)
@blueprint.problems(not_an_expert=404, service_not_found=404)
def order_services(wish: dict[str, Any]) -> dict[str, Any]:
    """Show the services in this order; those that are not named come after."""
    service.order_services(wish["ids"], viewer())
    return _services()


@blueprint.put("/services/<uuid:service_id>")
@policy("expert")
@blueprint.arguments(schemas.ServiceSchema)
@blueprint.response(200, schemas.OfferSchema)
@blueprint.problems(not_an_expert=404, service_not_found=404)
def edit_service(wish: dict[str, Any], service_id: UUID) -> dict[str, Any]:
    """Change a service; what is booked already keeps its terms."""
    return schemas.offer_out(service.edit_service(service_id, ServiceWish(**wish), viewer()))


@blueprint.delete("/services/<uuid:service_id>")
@policy("expert")
@blueprint.response(204)
@blueprint.problems(not_an_expert=404, service_not_found=404)
def remove_service(service_id: UUID) -> None:
    """Offer a service no longer."""
    service.remove_service(service_id, viewer())


@blueprint.get("/documents")
@policy("expert")
@blueprint.response(200, schemas.DocumentsSchema)
@blueprint.problems(not_an_expert=404)
def list_documents() -> dict[str, Any]:
    """All one's papers."""
    with reading() as session:
        found = queries.documents_of(session, queries.mine(session, viewer()).id)
    return {"items": schemas.documents_out(found)}


@blueprint.post("/documents")
@policy("expert")
@blueprint.arguments(schemas.DocumentFormSchema, location="form")
@blueprint.arguments(schemas.DocumentUploadSchema, location="files")
@blueprint.response(201, schemas.DocumentSchema)
@blueprint.problems(
    not_an_expert=404, too_many_documents=409, storage_full=503, storage_unavailable=503
)
@idempotent("experts.add_document", again=lambda made_id: _document(made_id))  # noqa: PLW0108 - defined below
def add_document(form: dict[str, Any], sent: dict[str, FileStorage]) -> dict[str, Any]:
    """Upload a paper (PDF, PNG, JPEG, WebP, DOCX or text; at most 10 MiB)."""
    file = sent["file"]
    content = file.read(MAX_DOCUMENT_BYTES + 1)
    made = service.add_document(content, file.filename or "", form["kind"], viewer())
    return _document(made)


@blueprint.get("/documents/<uuid:document_id>")
@policy("expert")
@blueprint.response(200, content_type="application/octet-stream")
@blueprint.problems(
    not_an_expert=404, document_not_found=404, file_not_found=404, storage_unavailable=503
)
def open_document(document_id: UUID) -> Response:
    """The bytes of one of one's own papers."""
    file = service.open_document(document_id, viewer())
    return attachment(file.content, name=file.name, content_type=file.content_type)


@blueprint.delete("/documents/<uuid:document_id>")
@policy("expert")
@blueprint.response(204)
@blueprint.problems(not_an_expert=404, document_not_found=404, document_in_use=409)
def remove_document(document_id: UUID) -> None:
    """Take back a paper that was not submitted yet."""
    service.remove_document(document_id, viewer())


@blueprint.get("/verification")
@policy("expert")
@blueprint.response(200, schemas.OwnVerificationSchema)
@blueprint.problems(not_an_expert=404)
def show_verification() -> dict[str, Any]:
    """Where one's own verification stands, and what is still missing."""
    return _verification()


@blueprint.post("/verification")
@policy("expert")
@blueprint.response(201, schemas.OwnVerificationSchema)
@blueprint.problems(
    not_an_expert=404,
    profile_incomplete=422,
    already_submitted=409,
    already_verified=409,
    expert_state=409,
)
@idempotent("experts.submit", again=lambda _: _verification())
def submit_verification() -> dict[str, Any]:
    """Send profile and papers to the reviewers."""
    service.submit_verification(viewer())
    return _verification()


@blueprint.delete("/verification")
@policy("expert")
@blueprint.response(200, schemas.OwnVerificationSchema)
@blueprint.problems(not_an_expert=404, nothing_open=409)
def withdraw_verification() -> dict[str, Any]:
    """Take the open application back; its papers may be removed or sent again."""
    service.withdraw_verification(viewer())
    return _verification()


def _services() -> dict[str, Any]:
    with reading() as session:
        found = queries.mine(session, viewer()).services
    return {"items": [schemas.offer_out(offer) for offer in found]}


def _own() -> dict[str, Any]:
    with reading() as session:
        return schemas.profile_out(queries.mine(session, viewer()), whole=True)


def _service(service_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.mine(session, viewer()).services
    return next(schemas.offer_out(offer) for offer in found if offer.id == service_id)


def _document(document_id: UUID) -> dict[str, Any]:
    with reading() as session:
        found = queries.documents_of(session, queries.mine(session, viewer()).id)
    return next(one for one in schemas.documents_out(found) if one["id"] == document_id)


def _verification() -> dict[str, Any]:
    with reading() as session:
        expert_id = queries.expert_of_person(session, viewer().person)
        if expert_id is None:
            raise NotAnExpert(str(viewer().person))
        ready = queries.readiness(session, expert_id)
        latest = queries.latest_verification(session, expert_id)
    return {
        "missing": list(ready.missing),
        "advised": list(ready.advised),
        "share": ready.share,
        "latest": schemas.verification_out(latest) if latest else None,
    }
