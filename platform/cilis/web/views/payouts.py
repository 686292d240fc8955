"""Payouts as people read them: states, obstacles, and statements as tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from flask import Response

from cilis.domains.payouts import (
    Month,
    Obstacle,
    Payee,
    PayeeKind,
    PayoutRules,
    Statement,
    StatementLine,
)
from cilis.infra.i18n import N_, format_date, gettext, ngettext
from cilis.kit import clock, sheets
from cilis.web.views import days

LIVE_EVENTS = "payouts.changed payments.changed bookings.completed"
"""Socket events after which a page that shows balances reads itself again."""

_OBSTACLES = {
    Obstacle.NOTHING: N_("Nothing available yet"),
    Obstacle.TOO_LITTLE: N_("Below the minimum"),
    Obstacle.NO_PAYEE: N_("No account given yet"),
    Obstacle.LOCKED: N_("The account was changed, still locked"),
    Obstacle.NOT_HERE: N_("The gateway of this account is off"),
}
_KINDS = {
    PayeeKind.IBAN: N_("Bank account (IBAN)"),
    PayeeKind.ACCOUNT: N_("Bank account"),
    PayeeKind.CONNECTED: N_("Account at the payment company"),
}
_LINES = {
    "earned": N_("Session"),
    "payout_ordered": N_("Payout"),
    "payout_returned": N_("Payout that came back"),
    "adjusted": N_("Correction"),
}


def obstacle(found: Obstacle) -> str:
    """Why nothing is paid out now."""
    return gettext(_OBSTACLES[found])


def kind(payee: PayeeKind) -> str:
    """What kind of account it is."""
    return gettext(_KINDS[payee])


def line(found: StatementLine) -> str:
    """What changed the balance."""
    if found.kind == "earned" and found.change.minor < 0:
        return gettext("Given back to a client")
    return gettext(_LINES.get(found.kind, found.kind))


def month(found: Month) -> str:
    """A month by its name and year."""
    return format_date(found.first, "month")


def is_locked(payee: Payee | None) -> bool:
    """Whether nothing is paid to an account yet."""
    return payee is not None and payee.is_locked(clock.now())


def statement_file(found: Statement, name: str) -> Response:
    """A statement as a table."""
    header = [
        gettext("Date"),
        gettext("What"),
        gettext("Reference"),
        gettext("Note"),
        *(
            f"{label} ({found.opening.currency})"
            for label in (
                gettext("Gross"),
                gettext("Commission"),
                gettext("Tax"),
                gettext("Change"),
                gettext("Balance"),
            )
        ),
    ]
    whole = "".join(sheets.lines(header, _rows(found)))  # now, while the language is known
    response = Response(whole, mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def statement_name(who: str, found: Month) -> str:
    """What a statement's file is called."""
    return f"statement-{who}-{found.key}"


def _rows(found: Statement) -> Iterator[Sequence[sheets.Cell]]:
    yield _end(found.month.first, gettext("Opening balance"), found.opening)
    for one in found.lines:
        at = one.at.astimezone(days.home_zone())
        yield (
            f"{at:%Y-%m-%d %H:%M}",
            line(one),
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
