"""An expert's month as PDF, in the organization's look and the reader's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cilis.domains import tenants
from cilis.domains.payouts.types import Statement, StatementLine
from cilis.infra import i18n, papers
from cilis.infra.i18n import gettext as _
from cilis.kit import clock
from cilis.kit.money import Money

_TEMPLATE = Path(__file__).parent.parent / "templates" / "statement-1.typ"


def line_words(kind: str, change: Money) -> str:
    """What changed a balance."""
    if kind == "earned":
        return _("Session") if change.minor >= 0 else _("Given back to a client")
    known = {
        "offset": _("Went to your account at once"),
        "payout_ordered": _("Payout"),
        "payout_returned": _("Payout that came back"),
        "adjusted": _("Correction"),
    }
    return known.get(kind, kind)


def statement_pdf(found: Statement, expert: str, organization: tenants.Organization) -> bytes:
    """The file; for a month that is over the same bytes whenever it is asked for.

    Called with no transaction open. Raises PaperFailed when it cannot be drawn just now.
    """
    return papers.pdf(
        _TEMPLATE,
        _sheet(found, expert, organization),
        i18n.current_language(),
        papers.Brand.read(organization.name, organization.brand),
    )


def _sheet(found: Statement, expert: str, organization: tenants.Organization) -> dict[str, Any]:
    zone = ZoneInfo(organization.time_zone)
    month = i18n.format_date(found.month.first, "month")
    until = found.month.end if found.is_final else clock.now()
    return {
        "title": f"{_('Statement')} {month}",
        "made_at": until.isoformat(),
        "heading": f"{_('Statement')} {month}",
        "intro": "" if found.is_final else _("The month is not over yet."),
        "sender": [organization.name],
        "foot": [organization.name],
        "page_words": _("Page {page} of {pages}"),
        "expert_label": _("Expert"),
        "expert": expert,
        "facts": [
            [_("Opening balance"), i18n.format_money(found.opening)],
            [_("Closing balance"), i18n.format_money(found.closing)],
        ],
        "columns": [
            _("Date"), _("What"),
            _("Gross"), _("Commission"), _("Tax"), _("Movement"), _("Balance"),
        ],
        "opening": [_("Opening balance"), i18n.format_money(found.opening)],
        "closing": [_("Closing balance"), i18n.format_money(found.closing)],
        "lines": [_line(line, zone) for line in found.lines],
    }  # fmt: skip


def _line(line: StatementLine, zone: ZoneInfo) -> dict[str, Any]:
    amounts = (line.gross, line.commission, line.tax, line.change, line.balance)
    return {
        "at": i18n.format_date(line.at.astimezone(zone).date(), "short"),
        "what": line_words(line.kind, line.change),
        "note": " · ".join(part for part in (line.reference, line.note) if part),
        "amounts": ["" if one is None else i18n.format_money(one) for one in amounts],
    }
