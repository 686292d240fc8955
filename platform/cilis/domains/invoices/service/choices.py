"""What an organization decides about its papers, and what a client wants to stand on them."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from cilis.domains import identity
from cilis.domains.invoices import queries
from cilis.domains.invoices.models import BuyerRow, PaperSettingsRow
from cilis.domains.invoices.types import Buyer, PaperKind, PaperSettings, skeleton
from cilis.infra import audit, i18n
from cilis.infra.db import transaction
from cilis.kit import clock
from cilis.kit.errors import InvalidInput
from cilis.kit.text import is_clean, nfc, one_line
from cilis.kit.viewer import Viewer

LONGEST_NOTE = 600
LONGEST_ADDRESS = 300
LONGEST_COMPANY = 120
LONGEST_TAX_ID = 40
_TAX_ID = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -./")


def change_settings(wish: PaperSettings, viewer: Viewer) -> PaperSettings:
    """Make papers from now on so; those that are out stay as they are.

    Raises:
        InvalidInput: on ``patterns.<kind>`` or ``note.<language>``.
    """
    note = {language: nfc(words).strip() for language, words in wish.note.items()}
    wrong = _wrong_patterns(wish) | _wrong_notes(note)
    if wrong:
        raise InvalidInput(wrong)
    kept = PaperSettings(
        booking_paper=wish.booking_paper,
        patterns={kind: wish.patterns[kind] for kind in PaperKind},
        note={language: words for language, words in note.items() if words},
    )
    row = {
        "booking_paper": kept.booking_paper,
        "patterns": {kind.value: pattern for kind, pattern in kept.patterns.items()},
        "note": dict(kept.note),
        "updated_at": clock.now(),
    }
    with transaction() as session:
        known = queries.settings(session)
        if known != kept:
            written = insert(PaperSettingsRow).values(id=queries.ROW, **row)
            session.execute(written.on_conflict_do_update(index_elements=["id"], set_=row))
            audit.record(session, "invoices.settings_changed", None, actor=viewer.person_id)
    return kept


def change_buyer(wish: Buyer, viewer: Viewer) -> Buyer:
    """Let this stand on the viewer's papers from now on.

    Raises:
        NotSignedIn: papers belong to a person.
        InvalidInput: on ``company``, ``address`` or ``tax_id``.
    """
    person_id: UUID = viewer.person
    lines = [one_line(line) for line in nfc(wish.address).splitlines()]
    kept = Buyer(
        company=one_line(wish.company),
        address="\n".join(line for line in lines if line),
        tax_id=one_line(wish.tax_id).upper(),
    )
    wrong = _wrong_buyer(kept)
    if wrong:
        raise InvalidInput(wrong)
    with transaction() as session:
        identity.person(session, person_id)
        if not (kept.company or kept.address or kept.tax_id):
            session.execute(sa.delete(BuyerRow).where(BuyerRow.person_id == person_id))
            return kept
        row = {
            "company": kept.company,
            "address": kept.address,
            "tax_id": kept.tax_id,
            "updated_at": clock.now(),
        }
        written = insert(BuyerRow).values(person_id=person_id, **row)
        session.execute(written.on_conflict_do_update(index_elements=["person_id"], set_=row))
    return kept


def _wrong_patterns(wish: PaperSettings) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    known: dict[str, PaperKind] = {}
    for kind in PaperKind:
        form = skeleton(wish.patterns.get(kind, ""))
        if form is None:
            wrong[f"patterns.{kind}"] = ["not_a_pattern"]
        elif form in known:
            wrong[f"patterns.{kind}"] = ["pattern_taken"]
        else:
            known[form] = kind
    return wrong


def _wrong_notes(note: dict[str, str]) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for language, words in note.items():
        if language not in i18n.LANGUAGES:
            wrong[f"note.{language}"] = ["not_a_choice"]
        elif len(words) > LONGEST_NOTE:
            wrong[f"note.{language}"] = ["too_long"]
        elif not is_clean(words):
            wrong[f"note.{language}"] = ["unclean_text"]
    return wrong


def _wrong_buyer(buyer: Buyer) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    limits = {
        "company": LONGEST_COMPANY, "address": LONGEST_ADDRESS, "tax_id": LONGEST_TAX_ID,
    }  # fmt: skip
    for name, most in limits.items():
        value = getattr(buyer, name)
        if len(value) > most:
            wrong[name] = ["too_long"]
        elif not is_clean(value):
            wrong[name] = ["unclean_text"]
    if "tax_id" not in wrong and set(buyer.tax_id) - _TAX_ID:
        wrong["tax_id"] = ["not_a_tax_id"]
    return wrong
