"""Payouts as people read them: states, obstacles, and statements as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from flask import Response

from cilis.domains import experts
from cilis.domains.payments import AccountStanding, PayeeAccount
from cilis.domains.payouts import (
    Month,
    Obstacle,
    Payee,
    PayeeKind,
    PayoutRules,
    Statement,
    line_words,
    statement_pdf,
)
from cilis.infra.http.downloads import attachment
from cilis.infra.i18n import N_, format_date, gettext, ngettext
from cilis.kit import clock, sheets
from cilis.web.views import days
from cilis.web.visit import organization

LIVE_EVENTS = "payouts.changed payments.changed payments.account_changed bookings.completed"
"""Socket events after which a page that shows balances reads itself again."""

_OBSTACLES = {
    Obstacle.NOTHING: N_("Nothing available yet"),
    Obstacle.TOO_LITTLE: N_("Below the minimum"),
    Obstacle.NO_PAYEE: N_("No account given yet"),
    Obstacle.LOCKED: N_("The account was changed, still locked"),
    Obstacle.NOT_HERE: N_("The gateway of this account is off"),
    Obstacle.NOT_READY: N_("The account at the payment company is not ready"),
}


class Company(NamedTuple):
    """A payment company, and what is known of an expert's account there."""

    key: str
    title: str
    row: PayeeAccount | None
    at_once: bool  # shares of payments go there by themselves

    @property
    def standing(self) -> AccountStanding:
        """How the account stands."""
        return self.row.standing if self.row is not None else AccountStanding.NONE

    @property
    def is_there(self) -> bool:
        """Whether the company has an account of the expert's; to open one needs the password."""
        return self.row is not None and bool(self.row.known_there)


class AccountLook(NamedTuple):
    """Words, tone and icon of a badge."""

    words: str
    tone: str
    icon: str


_LOOKS = {
    AccountStanding.NONE: AccountLook(N_("No account yet"), "", "circle"),
    AccountStanding.UNKNOWN: AccountLook(N_("Entered by hand"), "", "circle"),
    AccountStanding.OPENING: AccountLook(N_("Not finished"), "is-caution", "clock"),
    AccountStanding.READY: AccountLook(N_("Works"), "is-positive", "circle-check"),
    AccountStanding.ASKED: AccountLook(
        N_("Works, more is asked for"), "is-caution", "triangle-alert"
    ),
    AccountStanding.SHUT: AccountLook(N_("Shut"), "is-negative", "circle-alert"),
}
_KINDS = {
    PayeeKind.IBAN: N_("Bank account (IBAN)"),
    PayeeKind.ACCOUNT: N_("Bank account"),
    PayeeKind.CONNECTED: N_("Account at the payment company"),
}


def obstacle(found: Obstacle) -> str:
    """Why nothing is paid out now."""
    return gettext(_OBSTACLES[found])


def kind(payee: PayeeKind) -> str:
    """What kind of account it is."""
    return gettext(_KINDS[payee])


def account_look(standing: AccountStanding) -> AccountLook:
    """How an account at a payment company stands, as a badge shows it."""
    return _LOOKS[standing]


def month(found: Month) -> str:
    """A month by its name and year."""
    return format_date(found.first, "month")


def is_locked(payee: Payee | None) -> bool:
    """Whether nothing is paid to an account yet."""
    return payee is not None and payee.is_locked(clock.now())


def statement_file(found: Statement, card: experts.ExpertCard, form: str) -> Response:
    """A statement as a table ("csv") or a paper ("pdf"); no transaction is open."""
    name = f"statement-{card.slug}-{found.month.key}.{form}"
    if form == "pdf":
        content = statement_pdf(found, card.title, organization())
        return attachment(content, name=name, content_type="application/pdf")
    return _table(found, name)


def _table(found: Statement, name: str) -> Response:
    header = [
        gettext("Date"),
        gettext("What"),
        gettext("Reference"),
        gettext("Note"),
        *(
            f"{label} ({found.opening.currency})"
            for label in (
                gettext("Gross amount"),
                gettext("Commission"),
                gettext("Tax"),
                gettext("Movement"),
                gettext("Balance"),
            )
        ),
    ]
    whole = "".join(sheets.lines(header, _rows(found)))  # now, while the language is known
    response = Response(whole, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _rows(found: Statement) -> Iterator[Sequence[sheets.Cell]]:
    yield _end(found.month.first, gettext("Opening balance"), found.opening)
    for one in found.lines:
        at = one.at.astimezone(days.home_zone())
        yield (
            f"{at:%Y-%m-%d %H:%M}",
            line_words(one.kind, one.change),
            one.reference,
            one.note,
            one.gross,
            one.commission,
            one.tax,
            one.change,
            one.balance,
        )
    last = found.month.end.astimezone(days.home_zone())
    ended = min(last, clock.now().astimezone(days.home_zone())).date()
    yield _end(ended, gettext("Closing balance"), found.closing)


def _end(day: date, words: str, amount: sheets.Cell) -> Sequence[sheets.Cell]:
    return f"{day}", words, "", "", None, None, None, None, amount


def holding(rules: PayoutRules) -> str:
    """How long earnings are held, in words."""
    return ngettext("%(n)s day", "%(n)s days", rules.holding_days)
