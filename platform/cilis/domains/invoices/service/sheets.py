"""From facts to the sheet: every word, day and amount as it is printed, in the client's language.

The sheet is kept with the paper. Translations, formats and the brand may change afterwards; what
was issued does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from cilis.domains.invoices.types import Content, PaperKind
from cilis.infra import i18n
from cilis.infra.i18n import gettext as _
from cilis.kit.money import Money


def heading(kind: PaperKind, corrects: PaperKind | None) -> str:
    """What a paper is called."""
    if kind == PaperKind.CREDIT_NOTE:
        return _("Receipt of a refund") if corrects == PaperKind.RECEIPT else _("Credit note")
    return _("Receipt") if kind == PaperKind.RECEIPT else _("Invoice")


def sheet(content: Content) -> dict[str, Any]:
    """What the template prints, in the language that is being spoken."""
    kind = PaperKind(content["kind"])
    corrected = content.get("corrects")
    name = heading(kind, PaperKind(corrected["kind"]) if corrected else None)
    title = f"{name} {content['number']}"
    return {
        "title": title,
        "made_at": content["issued_at"],
        "heading": title,
        "intro": _intro(content),
        "sender": _sender(content["seller"]),
        "foot": _foot(content["seller"]),
        "page_words": _("Page {page} of {pages}"),
        "buyer_label": _("Issued to"),
        "buyer": _buyer(content["buyer"]),
        "facts": _facts(content),
        "columns": _columns(content),
        "lines": [_line(content, line) for line in content["lines"]],
        "sums": _sums(content),
        "total": [_total_words(kind), _money(content, content["total_minor"])],
        "settled": _settled(content),
        "notes": [note for note in content["notes"] if note],
    }


def _money(content: Content, minor: int) -> str:
    return i18n.format_money(Money(minor, content["currency"]))


def _day(iso: str) -> str:
    return i18n.format_date(date.fromisoformat(iso), "short")


def _sender(seller: Mapping[str, str]) -> list[str]:
    return [seller["company"] or seller["name"], *_address(seller["address"])]


def _address(text: str) -> list[str]:
    """An address in lines; one written in a row is broken at its first comma."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and ", " in lines[0]:
        first, _comma, rest = lines[0].partition(", ")
        return [first, rest]
    return lines


def _foot(seller: Mapping[str, str]) -> list[str]:
    tax_id = _("Tax number %(number)s", number=seller["tax_id"]) if seller["tax_id"] else ""
    rows = (
        (seller["company"] or seller["name"], tax_id),
        (seller["registration"],),
        (seller["email"], seller["phone"]),
    )
    return [line for line in (" · ".join(part for part in row if part) for row in rows) if line]


def _buyer(buyer: Mapping[str, str]) -> list[str]:
    tax_id = _("Tax number %(number)s", number=buyer["tax_id"]) if buyer["tax_id"] else ""
    first = [buyer["company"], buyer["name"]] if buyer["company"] else [buyer["name"]]
    return [*first, *_address(buyer["address"]), *([tax_id] if tax_id else [])]


def _facts(content: Content) -> list[list[str]]:
    corrected = content.get("corrects")
    found = [
        [_("No."), content["number"]],
        [_("Issued on"), _day(content["issued_on"])],
    ]
    if corrected:
        words = _("To receipt") if corrected["kind"] == "receipt" else _("To invoice")
        found.append([words, corrected["number"]])
        found.append([_("Of"), _day(corrected["issued_on"])])
    if content.get("paid_on"):
        found.append([_("Paid on"), _day(content["paid_on"])])
    if content.get("supplied_on"):
        found.append([_("Day of the session"), _day(content["supplied_on"])])
    if content.get("reference"):
        is_credit = content.get("about") == "credit"  # papers of before have no such name
        found.append([_("Credit") if is_credit else _("Booking"), content["reference"]])
    return found


def _intro(content: Content) -> str:
    corrected = content.get("corrects")
    if not corrected:
        return ""
    amount = _money(content, content["total_minor"])
    return _("%(amount)s go back to you the way you paid.", amount=amount)


def _columns(content: Content) -> dict[str, str]:
    found = {"text": _("Service")}
    if any(line["quantity"] != 1 for line in content["lines"]):
        found["quantity"] = _("Quantity")
    if content["taxes"]:
        found["tax"] = content["taxes"][0]["name"] or _("Tax")
    found["amount"] = _("Amount")
    return found


def _line(content: Content, line: Mapping[str, Any]) -> dict[str, str]:
    return {
        "text": line["text"],
        "note": line["note"],
        "quantity": str(line["quantity"]),
        "tax": i18n.format_percent(line["rate_bp"]),
        "amount": _money(content, line["gross_minor"]),
    }


def _sums(content: Content) -> list[list[str]]:
    """Net and tax of each rate; nothing where no tax is charged."""
    taxes: Sequence[Mapping[str, Any]] = content["taxes"]
    if not taxes:
        return []
    net = sum(one["gross_minor"] - one["tax_minor"] for one in taxes)
    found = [[_("Net amount"), _money(content, net)]]
    for one in taxes:
        words = _(
            "%(tax)s %(percent)s on %(net)s",
            tax=one["name"] or _("Tax"),
            percent=i18n.format_percent(one["rate_bp"]),
            net=_money(content, one["gross_minor"] - one["tax_minor"]),
        )
        found.append([words, _money(content, one["tax_minor"])])
    return found


def _total_words(kind: PaperKind) -> str:
    return _("Total credit") if kind == PaperKind.CREDIT_NOTE else _("Total")


def _settled(content: Content) -> list[list[str]]:
    if content["kind"] == PaperKind.CREDIT_NOTE:
        return []
    found = [
        [
            _("Paid by %(method)s on %(day)s", method=one["how"], day=_day(one["on"])),
            _money(content, one["minor"]),
        ]
        for one in content["settled"]
    ]
    open_minor = content["total_minor"] - sum(one["minor"] for one in content["settled"])
    return [*found, [_("Still to pay"), _money(content, open_minor)]] if found else []
