"""Each gateway's books beside ours: the days that were compared, and every difference's repair."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from werkzeug import Response

from cilis.domains import payments
from cilis.domains.payments import DifferenceState, Repair
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, one_of
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import DomainError, InvalidInput
from cilis.web.views import differences as shown
from cilis.web.views import forms

pages = Blueprint("admin_reconciliation_pages", __name__)
STAFF = ("admin", "support")
LARGEST = 8 * 1024 * 1024


class RepairForm(Strict):
    """How a difference is settled, and why."""

    how = fields.String(required=True, validate=one_of(*Repair))
    reason = Text(load_default="", most=200)


@pages.get("/admin/payments/reconciliation")
@policy(*STAFF)
def index() -> Response:
    """What differs now, what was settled, and the days that were compared; live."""
    return _page()


@pages.post("/admin/payments/reconciliation/<uuid:difference_id>")
@policy("admin")
@idempotent("payments.repair", again=lambda _id: _back())
def repair(difference_id: UUID) -> Response:
    """Settle one difference; a repeat leads to the list."""
    try:
        wish = load_form(RepairForm)
        found = payments.repair(difference_id, Repair(wish["how"]), viewer(), wish["reason"])
    except InvalidInput as refusal:
        return _page(refusal.fields, difference_id)
    except DomainError as refusal:
        refused(refusal.code, **refusal.values)
        return _back()
    if found.state == DifferenceState.OPEN:
        notice(N_("The gateway says the same as before."), "caution")
    else:
        notice(N_("Settled, and written down."))
    return _back()


@pages.post("/admin/payments/reconciliation")
@policy("admin")
@idempotent("payments.settlement", again=lambda _id: _back())
def upload() -> Response:
    """Compare a gateway's own file of a day."""
    file, given = request.files.get("file"), request.form.get("day", "")
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return _page({"day": ["required"]})
    if file is None or not file.filename:
        return _page({"file": ["required"]})
    try:
        provider = request.form.get("provider", "")[:40]
        row = payments.read_settlement(provider, day, file.read(LARGEST), viewer())
    except InvalidInput as refusal:
        return _page(refusal.fields)
    except payments.NoSettlementFile as refusal:
        return _page({"file": [refusal.code]})
    notice(N_("Compared: nothing differs.") if not row.found else N_("Compared. See what differs."))
    return _back()


def _page(errors: forms.Errors | None = None, about: UUID | None = None) -> Response:
    with reading() as session:
        still = payments.differences_page(
            session, state=DifferenceState.OPEN, cursor=request.args.get("cursor")
        )
        settled = payments.differences_page(session, limit=30)
        rows = [shown.row(one, payments.possible(session, one)) for one in still.items]
        days = payments.reconciliations(session)
        count = payments.open_differences(session)
        files = payments.file_methods(session)
    over = [shown.row(one, ()) for one in settled.items if one.state != DifferenceState.OPEN]
    html = render_template(
        "admin/reconciliation.html",
        rows=rows,
        next_cursor=still.next_cursor,
        count=count,
        over=over,
        days=[shown.day(one) for one in days],
        files=files,
        may_act=viewer().has("admin"),
        about=about,
        typed=forms.typed(request.form),
        errors=errors or {},
        live_events=shown.LIVE_EVENTS,
        live_rooms=[payments.STAFF_ROOM],
    )
    return make_response(html, 422 if errors else 200)


def _back() -> Response:
    return redirect(url_for("admin_reconciliation_pages.index"), 303)
