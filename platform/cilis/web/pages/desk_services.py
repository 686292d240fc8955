"""What an expert offers: the list and the form of one service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug import Response

from cilis.domains import experts
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice, refused
from cilis.infra.http.policies import policy
from cilis.infra.http.viewer import viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms, modes, rules
from cilis.web.views.amounts import write_amount
from cilis.web.visit import organization

pages = Blueprint("desk_service_pages", __name__)
NEW = {
    "minutes": "60",
    "buffer_before_minutes": "0",
    "buffer_after_minutes": "10",
    "notice_minutes": "120",
    "window_days": "60",
    "active": "1",
    "mode": "video",
}


@pages.get("/desk/services")
@policy("expert")
def show() -> str:
    """All services, also those switched off."""
    with reading() as session:
        profile = experts.mine(session, viewer())
    return render_template("desk/services.html", offers=profile.services, modes=modes.modes())


@pages.get("/desk/services/new")
@policy("expert")
def new() -> Response:
    """An empty form with sensible numbers."""
    return _page(forms.Typed(NEW))


@pages.post("/desk/services")
@policy("expert")
@idempotent("experts.add_service", again=lambda _: _list())
def add() -> Response:
    """Add a service."""
    try:
        experts.add_service(_wish(), viewer())
    except InvalidInput as refusal:
        return _page(forms.typed(request.form), errors=refusal)
    except experts.TooManyServices as refusal:
        refused(refusal.code, "negative", **refusal.values)
        return _list()
    return _saved()


@pages.get("/desk/services/<uuid:service_id>")
@policy("expert")
def edit(service_id: UUID) -> Response:
    """The form of a service as it is."""
    return _page(_values(_own(service_id)), service_id=service_id)


@pages.post("/desk/services/<uuid:service_id>")
@policy("expert")
def save(service_id: UUID) -> Response:
    """Change a service; bookings keep what was agreed."""
    try:
        experts.edit_service(service_id, _wish(), viewer())
    except InvalidInput as refusal:
        return _page(forms.typed(request.form), service_id=service_id, errors=refusal)
    return _saved()


@pages.post("/desk/services/<uuid:service_id>/switch")
@policy("expert")
def switch(service_id: UUID) -> Response:
    """Let a service be booked, or not any more."""
    experts.switch_service(service_id, viewer(), active=request.form.get("active") == "1")
    return _saved()


@pages.post("/desk/services/<uuid:service_id>/place")
@policy("expert")
def place(service_id: UUID) -> Response:
    """Show a service earlier or later among the others."""
    step = {"up": -1, "down": 1}.get(request.form.get("way", ""), 0)
    with reading() as session:
        ordered = [offer.id for offer in experts.mine(session, viewer()).services]
    if service_id in ordered:
        at = ordered.index(service_id)
        ordered.insert(max(0, at + step), ordered.pop(at))
    else:
        ordered = [service_id]  # refused below as not found
    experts.order_services(ordered, viewer())
    return redirect(url_for("desk_service_pages.show") + f"#service-{service_id}", 303)


def _saved() -> Response:
    notice(N_("The service is saved."))
    return _list()


def _list() -> Response:
    return redirect(url_for("desk_service_pages.show"), 303)


def _wish() -> experts.ServiceWish:
    return experts.service_wish(load_form(experts.ServiceFormSchema), organization().currency)


def _own(service_id: UUID) -> experts.ServiceOffer:
    with reading() as session:
        offers = experts.mine(session, viewer()).services
    for offer in offers:
        if offer.id == service_id:
            return offer
    raise experts.ServiceNotFound(f"no service {service_id}")


def _minutes(length: Any) -> int:
    return int(length.total_seconds()) // 60


def _as_wish(offer: experts.ServiceOffer) -> experts.ServiceWish:
    terms = offer.terms
    return experts.ServiceWish(
        names=terms.name,
        description=offer.description,
        minutes=_minutes(terms.length),
        price_minor=terms.price.minor,
        buffer_before_minutes=_minutes(terms.before),
        buffer_after_minutes=_minutes(terms.after),
        needs_acceptance=terms.needs_acceptance,
        notice_minutes=_minutes(terms.notice),
        window_days=terms.window.days,
        active=offer.active,
        mode=terms.mode,
        place=terms.place,
        policy=terms.policy,
    )


def _values(offer: experts.ServiceOffer) -> forms.Typed:
    wish = _as_wish(offer)
    numbers = (
        "minutes",
        "buffer_before_minutes",
        "buffer_after_minutes",
        "notice_minutes",
        "window_days",
    )
    return forms.Typed(
        {
            **{name: str(getattr(wish, name)) for name in numbers},
            "price": write_amount(offer.terms.price),
            "needs_acceptance": "1" if wish.needs_acceptance else "",
            "active": "1" if wish.active else "",
            "mode": wish.mode.value,
            "place": wish.place,
            "policy": wish.policy,
            **forms.by_language("names", wish.names),
            **forms.by_language("description", wish.description),
        }
    )


def _page(
    typed: forms.Typed, *, service_id: UUID | None = None, errors: InvalidInput | None = None
) -> Response:
    found = forms.bracketed(errors.fields) if errors else {}
    if "names" in found:  # none given at all: said beside the first
        found[f"names[{organization().languages[0]}]"] = found.pop("names")
    html = render_template(
        "desk/service.html",
        typed=typed,
        service_id=service_id,
        modes=modes.modes(),
        policies=rules.choices(organization()),
        errors=found,
    )
    return make_response(html, 422 if errors else 200)
