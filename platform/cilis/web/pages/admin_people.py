"""The organization's people: find one, see how things stand, help, and let in or out."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import bookings, experts, identity, payments
from cilis.domains.identity import PeopleQuestion, Person, PersonStatus, Role, StaffChanges
from cilis.infra import audit
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_, known_zone, zone_label
from cilis.kit.errors import InvalidInput
from cilis.web.views import payments as money
from cilis.web.views.account_history import ROLES, told
from cilis.web.views.rules import choices
from cilis.web.views.visits import visits
from cilis.web.visit import organization

pages = Blueprint("admin_people_pages", __name__)
STAFF = ("admin", "support")
SHOWN = 5
_REFERENCE = re.compile(r"[2-9A-HJ-NP-Z]{8}")


class ReasonForm(Strict):
    """Why something is done to somebody."""

    reason = Text(least=1, most=500, required=True)


class RolesForm(ReasonForm):
    """What somebody is to be here, and why."""

    roles = fields.List(fields.Enum(Role, by_value=True), load_default=list)


@pages.get("/admin/people")
@policy(*STAFF)
def index() -> str:
    """People by name, address, number, or the code of a booking; by role; who is suspended."""
    question = _question()
    with reading() as session:
        page = identity.people_page(session, question)
        booking = _booking_of_code(session, question.words)
    asked = {name: value for name, value in request.args.items() if name != "cursor" and value}
    return render_template(
        "admin/people.html",
        page=page,
        booking=booking,
        words=question.words,
        which=request.args.get("which", ""),
        asked=asked,
        roles=ROLES,
    )


@pages.get("/admin/people/<uuid:person_id>")
@policy(*STAFF)
def show(person_id: UUID) -> Response:
    """One person; rights, devices and history for admins only."""
    return _page(person_id)


@pages.post("/admin/people/<uuid:person_id>/roles")
@policy("admin")
def change_roles(person_id: UUID) -> Response:
    """What somebody may do here."""
    try:
        wish = load_form(RolesForm)
        changes = StaffChanges(roles=frozenset(wish["roles"]), reason=wish["reason"])
        identity.change_person(person_id, changes, viewer())
    except (InvalidInput, identity.LastAdmin, identity.NotOnYourself) as refusal:
        return _refused(person_id, "roles", refusal)
    notice(N_("The roles are changed. They count from the next page on."))
    return _back(person_id)


@pages.post("/admin/people/<uuid:person_id>/suspension")
@policy("admin")
def suspend(person_id: UUID) -> Response:
    """Close an account for now; the person is out at once, everywhere."""
    return _set_status(person_id, PersonStatus.SUSPENDED, N_("The account is suspended."))


@pages.post("/admin/people/<uuid:person_id>/reopening")
@policy("admin")
def reopen(person_id: UUID) -> Response:
    """Let somebody in again."""
    return _set_status(person_id, PersonStatus.ACTIVE, N_("The account is open again."))


@pages.post("/admin/people/<uuid:person_id>/sessions/<uuid:session_id>/end")
@policy("admin")
def end_session(person_id: UUID, session_id: UUID) -> Response:
    """Log somebody out on one device; one that is out already is what was wanted."""
    try:
        identity.end_session_of(person_id, session_id, viewer())
    except identity.SessionNotFound as refusal:
        refused(refusal.code)
    else:
        notice(N_("That device is logged out."))
    return _back(person_id, "#devices")


@pages.post("/admin/people/<uuid:person_id>/sessions/end-all")
@policy("admin")
def end_sessions(person_id: UUID) -> Response:
    """Log somebody out everywhere."""
    identity.end_sessions_of(person_id, viewer())
    notice(N_("All devices are logged out."))
    return _back(person_id, "#devices")


def _question() -> PeopleQuestion:
    which = request.args.get("which", "")
    return PeopleQuestion(
        words=request.args.get("q", "")[:200],
        role=Role(which) if which in set(Role) else None,
        status=PersonStatus.SUSPENDED if which == "suspended" else None,
        cursor=request.args.get("cursor"),
    )


def _booking_of_code(session: Session, words: str) -> bookings.Booking | None:
    code = words.strip().replace("-", "").upper()
    if not _REFERENCE.fullmatch(code):
        return None
    found = bookings.find(session, viewer(), bookings.Search(words=code), limit=1).items
    return next((one for one in found if one.reference == code), None)


def _set_status(person_id: UUID, status: PersonStatus, done: str) -> Response:
    try:
        changes = StaffChanges(status=status, reason=load_form(ReasonForm)["reason"])
        identity.change_person(person_id, changes, viewer())
    except (InvalidInput, identity.LastAdmin, identity.NotOnYourself) as refusal:
        return _refused(person_id, "access", refusal)
    notice(done)
    return _back(person_id)


def _refused(
    person_id: UUID,
    part: str,
    refusal: InvalidInput | identity.LastAdmin | identity.NotOnYourself,
) -> Response:
    errors = refusal.fields if isinstance(refusal, InvalidInput) else {"reason": [refusal.code]}
    return _page(person_id, part, errors)


def _page(person_id: UUID, part: str = "", errors: dict[str, list[str]] | None = None) -> Response:
    with reading() as session:
        person = identity.visible(session, viewer(), person_id)
        values = _what_staff_sees(session, person)
        if viewer().has("admin"):
            values |= _what_admins_see(session, person)
    html = render_template(
        "admin/person.html",
        person=person,
        part=part,
        errors=errors or {},
        typed=request.form,
        roles=ROLES,
        zone=zone_label(zone=known_zone(person.time_zone)),
        **values,
    )
    return make_response(html, 422 if errors else 200)


def _what_staff_sees(session: Session, person: Person) -> dict[str, Any]:
    search = bookings.Search(words=str(person.id))
    booked = bookings.find(session, viewer(), search, limit=SHOWN)
    wanted = payments.PaymentFilter(person_id=person.id)
    paid = payments.page(session, viewer(), wanted=wanted, limit=SHOWN)
    expert_id = experts.expert_of_person(session, person.id)
    return {
        "bookings": visits(session, booked.items, "staff"),
        "more_bookings": booked.next_cursor is not None,
        "payments": money.rows(session, paid.items),
        "more_payments": paid.next_cursor is not None,
        "card": experts.card(session, expert_id) if expert_id else None,
        "seen_at": identity.last_seen(session, [person.id]).get(person.id),
    }


def _what_admins_see(session: Session, person: Person) -> dict[str, Any]:
    cursor = request.args.get("cursor") if request.method == "GET" else None
    lines = audit.of_person(session, person.id, cursor=cursor, limit=10)
    expert_id = experts.expert_of_person(session, person.id)
    services = experts.services_of(session, [expert_id])[expert_id] if expert_id else []
    return {
        "services": services,
        "policies": [(one.key, f"{one.name}: {one.words}") for one in choices(organization())],
        "devices": identity.sessions_of_person(session, person.id),
        "lines": told(session, lines.items),
        "older": lines.next_cursor,
    }


def _back(person_id: UUID, part: str = "") -> Response:
    return redirect(url_for("admin_people_pages.show", person_id=person_id) + part, 303)
