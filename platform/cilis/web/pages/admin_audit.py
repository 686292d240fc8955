"""/admin/audit: who did what to whom, the latest first."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from marshmallow import ValidationError, fields
from sqlalchemy.orm import Session

from cilis.domains import identity
from cilis.infra import audit
from cilis.infra.db import reading
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, flatten
from cilis.infra.i18n import current_zone
from cilis.kit.errors import InvalidInput
from cilis.kit.pagination import Page
from cilis.web.views import deeds

pages = Blueprint("admin_audit_pages", __name__)
PAGE = 30
_ASKS = ("who", "person", "subject", "action", "from", "until", "cursor")


class AuditForm(Strict):
    """What narrows the list; ``who`` is an e-mail address, ``person`` an id from a link."""

    who = Text(load_default="", most=200)
    person = fields.UUID(load_default=None)
    subject = fields.UUID(load_default=None)
    action = Text(load_default="", most=80)
    first = fields.Date(data_key="from", load_default=None)
    last = fields.Date(data_key="until", load_default=None)
    cursor = fields.String(load_default=None)


@pages.get("/admin/audit")
@policy("admin")
def show() -> Response:
    """A page of the book, narrowed by person, thing, action and days."""
    typed = {name: request.args[name] for name in _ASKS if request.args.get(name)}
    errors: dict[str, list[str]] = {}
    wanted: dict[str, Any] = AuditForm().load({})
    try:
        wanted = AuditForm().load(typed)
    except ValidationError as problem:
        errors = flatten(problem.messages)
    with reading() as session:
        question, person = _question(session, wanted, errors)
        page: Page[audit.Line] = Page([])
        if "who" not in errors:
            page = audit.page(session, question, cursor=wanted["cursor"], limit=PAGE)
        shown = deeds.deeds(session, page.items)
    html = render_template(
        "admin/audit.html",
        deeds=shown,
        page=page,
        typed=typed,
        person=person,
        errors=errors,
        actions=deeds.actions(),
        kept={name: value for name, value in typed.items() if name != "cursor"},
    )
    return make_response(html, 422 if errors else 200)


def _question(
    session: Session, wanted: dict[str, Any], errors: dict[str, list[str]]
) -> tuple[audit.Question, identity.Person | None]:
    """What is asked for; an unknown address is told of instead of showing everybody's deeds."""
    person = None
    if wanted["person"]:
        person = identity.people(session, [wanted["person"]]).get(wanted["person"])
    elif wanted["who"]:
        person = identity.person_by_email(session, wanted["who"])
        if person is None:
            errors["who"] = ["person_not_found"]
    actor = person.id if person else wanted["person"]
    return audit.Question(
        actor_id=actor,
        subject_id=wanted["subject"],
        action=wanted["action"],
        since=_midnight(wanted["first"]),
        until=_midnight(wanted["last"], days=1),
    ), person


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time(), current_zone())
    except OverflowError as problem:
        raise InvalidInput({"until": ["out_of_range"]}) from problem
