"""The expert's money: the balance, where it goes, what was paid, and a statement of each month."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from marshmallow import fields
from sqlalchemy.orm import Session
from werkzeug import Response

from cilis.domains import experts, payments, payouts
from cilis.domains.payouts import Destination, PayeeKind
from cilis.infra.db import reading
from cilis.infra.http.forms import load_form
from cilis.infra.http.idempotency import idempotent
from cilis.infra.http.notices import notice
from cilis.infra.http.policies import policy
from cilis.infra.http.schemas import Strict, Text, one_of
from cilis.infra.http.security import allow_form_redirects
from cilis.infra.http.viewer import page_caller, viewer
from cilis.infra.i18n import N_
from cilis.kit.errors import InvalidInput
from cilis.web.views import forms
from cilis.web.views import payouts as shown

pages = Blueprint("desk_payout_pages", __name__)


class AccountForm(Strict):
    """Where the money is to go."""

    kind = fields.String(required=True, validate=one_of(*PayeeKind))
    holder = Text(load_default="", most=70)
    iban = Text(load_default="", most=60)
    bic = Text(load_default="", most=20)
    number = Text(load_default="", most=60)
    bank = Text(load_default="", most=80)
    connected = Text(load_default="", most=80)
    provider = Text(load_default="", most=40)
    current_password = fields.String(required=True)


@pages.get("/desk/payouts")
@policy("expert")
def index() -> Response | str:
    """How one's money stands, where it goes, and what was paid; live."""
    with reading() as session:
        expert_id = experts.expert_of_person(session, viewer().person)
        if expert_id is None:
            return redirect(url_for("apply_pages.show"), 303)
        page = payouts.payouts_page(session, expert_id, cursor=request.args.get("cursor"))
        known = {
            "standing": payouts.standings(session, [expert_id])[expert_id],
            "payee": payouts.payee(session, expert_id),
            "rules": payouts.rules(session),
            "months": payouts.months(session, expert_id),
            "companies": _companies(session),
        }
    if known["companies"]:
        allow_form_redirects()  # to a company's page for an account
    return render_template(
        "desk/payouts.html",
        **known,
        found=page.items,
        next_cursor=page.next_cursor,
        view=shown,
        live_events=shown.LIVE_EVENTS,
    )


@pages.get("/desk/payouts/account")
@policy("expert")
def account() -> Response:
    """The form in which one says where the money goes; what is kept is not shown again."""
    return _account_page()


@pages.post("/desk/payouts/account")
@policy("expert")
@idempotent("payouts.choose_payee", again=lambda _: _home())
def choose_account() -> Response:
    """Keep the account; the password proves that it is oneself."""
    try:
        wish = load_form(AccountForm)
        payouts.choose_payee(_destination(wish), wish["current_password"], viewer(), page_caller())
    except InvalidInput as refusal:
        return _account_page(refusal.fields)
    notice(N_("Saved. We have sent you a mail about it."))
    return _home()


@pages.get("/desk/payouts/statements/<string:month>.<any(csv, pdf):form>")
@policy("expert")
def statement(month: str, form: str) -> Response:
    """One's own statement of a month as a file."""
    with reading() as session:
        card = experts.card(session, _own(session))
        found = payouts.statement(session, card.id, payouts.month(session, month))
    return shown.statement_file(found, card, form)


def _companies(session: Session) -> list[shown.Company]:
    """Where one can open an account, and what is known of one's own there."""
    person_id = viewer().person
    return [
        shown.Company(
            key,
            payments.company(key),
            payments.payee_standing(session, person_id, key),
            at_once=payments.shares_at_once(session, key),
        )
        for key in payments.opening(session)
    ]


def _account_page(errors: forms.Errors | None = None) -> Response:
    with reading() as session:
        expert_id = _own(session)
        gateways = [(key, payments.title(key)) for key in payouts.transfer_gateways(session)]
        opened = payments.opening(session)
        payee, rules = payouts.payee(session, expert_id), payouts.rules(session)
    html = render_template(
        "desk/payout_account.html",
        payee=payee,
        rules=rules,
        gateways=gateways,
        typed_there=[key for key, _ in gateways if key not in opened],
        kinds=PayeeKind,
        typed=forms.typed(request.form),
        errors=_by_kind(errors or {}),
        view=shown,
    )
    return make_response(html, 422 if errors else 200)


def _by_kind(errors: forms.Errors) -> forms.Errors:
    """What is wrong with the number belongs to the field of the chosen kind."""
    names = {PayeeKind.IBAN.value: "iban", PayeeKind.CONNECTED.value: "connected"}
    field = names.get(request.form.get("kind", ""), "number")
    return {field if name == "number" else name: codes for name, codes in errors.items()}


def _destination(wish: dict[str, str]) -> Destination:
    kind = PayeeKind(wish["kind"])
    number = {PayeeKind.IBAN: "iban", PayeeKind.ACCOUNT: "number", PayeeKind.CONNECTED: "connected"}
    return Destination(
        kind=kind,
        holder=wish["holder"],
        number=wish[number[kind]],
        bank=wish["bank"],
        bic=wish["bic"],
        provider=wish["provider"],
    )


def _own(session: Session) -> UUID:
    found = experts.expert_of_person(session, viewer().person)
    if found is None:
        raise payouts.PayoutNotFound("no expert")
    return found


def _home() -> Response:
    return redirect(url_for(".index"), 303)
