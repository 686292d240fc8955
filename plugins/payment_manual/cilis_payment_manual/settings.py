"""What a tenant fills in, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cilis.hooks import N_, Refused, SettingField, SettingKind

TRANSFER, DESK = "transfer", "desk"
LANGUAGES = ("vi", "en", "de")
_IBAN_SHAPE = re.compile("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_LONGEST_WAIT = 30  # days

FIELDS = (
    SettingField(
        "transfer", "Clients may pay by bank transfer", SettingKind.SWITCH, required=False,
    ),
    SettingField(
        "holder", "Account holder", required=False, help="As the bank knows the name.",
    ),
    SettingField(
        "account", "Account number or IBAN", required=False,
        help="An IBAN is checked; any other number is shown as it stands here.",
    ),
    SettingField("bank", "Bank", required=False, help="Name and branch."),
    SettingField(
        "bic", "BIC or bank code", required=False, help="Where transfers need it.",
    ),
    SettingField(
        "transfer_days", "Days for a bank transfer", SettingKind.NUMBER, default="3",
        help="So long the hour waits for the money. From 1 to 30.",
    ),
    SettingField(
        "transfer_before", "Hours before the session, transfer", SettingKind.NUMBER, default="24",
        help="The money must be here so many hours before the session begins.",
    ),
    SettingField("desk", "Clients may pay at your desk", SettingKind.SWITCH, required=False),
    SettingField(
        "desk_place", "Where the desk is", required=False,
        help="Address and room, as a visitor needs it.",
    ),
    SettingField(
        "desk_hours", "When the desk is open", required=False,
        help="For instance: Mon–Fri 8:00–17:00.",
    ),
    SettingField(
        "desk_days", "Days to come to the desk", SettingKind.NUMBER, default="2",
        help="So long the hour waits for the client. From 1 to 30.",
    ),
    SettingField(
        "desk_before", "Hours before the session, desk", SettingKind.NUMBER, default="1",
        help="The client must have paid so many hours before the session begins.",
    ),
    SettingField(
        "note_vi", "Your own words, in Vietnamese", required=False,
        help="Shown below the instructions.",
    ),
    SettingField(
        "note_en", "Your own words, in English", required=False,
        help="Shown below the instructions.",
    ),
    SettingField(
        "note_de", "Your own words, in German", required=False,
        help="Shown below the instructions.",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """Where the money goes that comes by transfer."""

    holder: str
    number: str  # an IBAN in groups of four, or as the tenant wrote it
    bank: str
    bic: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Where clients pay in person."""

    place: str
    hours: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What a tenant takes by hand; a way that is switched off is None."""

    transfer: Account | None
    desk: Desk | None
    notes: Mapping[str, str] = field(default_factory=dict)


def offer(settings: Mapping[str, str]) -> Offer:
    """The tenant's offer; raises Refused when nothing is switched on, or something is missing."""
    transfer = _account(settings) if settings.get("transfer") == "1" else None
    desk = _desk(settings) if settings.get("desk") == "1" else None
    if transfer is None and desk is None:
        raise Refused("neither bank transfer nor desk is switched on")
    notes = {name: settings.get(f"note_{name}", "").strip() for name in LANGUAGES}
    return Offer(transfer, desk, {name: text for name, text in notes.items() if text})


def problem(settings: Mapping[str, str]) -> str:
    """What keeps the settings from working, as an English message id; "" when nothing does."""
    found = []
    if settings.get("transfer") == "1":
        found.append(_transfer_problem(settings))
    if settings.get("desk") == "1":
        found.append(_desk_problem(settings))
    if not found:
        return N_("Switch on bank transfer, the desk, or both.")
    return next((one for one in found if one), "")


def _transfer_problem(settings: Mapping[str, str]) -> str:
    if not settings.get("holder", "").strip() or not settings.get("account", "").strip():
        return N_("A bank transfer needs the account holder and the account number.")
    if not is_account(settings["account"]):
        return N_("The IBAN has a wrong check digit. Copy it again.")
    return "" if _days(settings, "transfer_days") else N_("Give clients from 1 to 30 days.")


def _desk_problem(settings: Mapping[str, str]) -> str:
    if not settings.get("desk_place", "").strip():
        return N_("Say where the desk is.")
    return "" if _days(settings, "desk_days") else N_("Give clients from 1 to 30 days.")


def is_account(number: str) -> bool:
    """Whether an account number can be right: an IBAN by its check digits (ISO 13616)."""
    plain = re.sub(r"[\s-]", "", number).upper()
    if not _IBAN_SHAPE.fullmatch(plain):
        return True  # an account number of another kind has no check that we know
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _account(settings: Mapping[str, str]) -> Account:
    found = _transfer_problem(settings)
    if found:
        raise Refused(found)
    return Account(
        settings["holder"].strip(),
        _grouped(settings["account"]),
        settings.get("bank", "").strip(),
        settings.get("bic", "").strip(),
    )


def _desk(settings: Mapping[str, str]) -> Desk:
    found = _desk_problem(settings)
    if found:
        raise Refused(found)
    return Desk(settings["desk_place"].strip(), settings.get("desk_hours", "").strip())


def _days(settings: Mapping[str, str], name: str) -> bool:
    given = settings.get(name, "")
    return given.isascii() and given.isdigit() and 1 <= int(given[:4]) <= _LONGEST_WAIT


def _grouped(number: str) -> str:
    plain = re.sub(r"[\s-]", "", number).upper()
    if not _IBAN_SHAPE.fullmatch(plain):
        return number.strip()
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))
