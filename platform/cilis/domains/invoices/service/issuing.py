"""Writing a paper: number, facts, sheet, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from cilis.domains import identity, tenants
from cilis.domains.invoices import queries
from cilis.domains.invoices.errors import NothingToIssue
from cilis.domains.invoices.events import PaperIssued
from cilis.domains.invoices.models import Paper
from cilis.domains.invoices.service import taxes
from cilis.domains.invoices.service.numbers import next_number
from cilis.domains.invoices.service.sheets import sheet
from cilis.domains.invoices.types import (
    TEMPLATE,
    Content,
    PaperKind,
    PaperLine,
    PaperWish,
    Share,
    Words,
    number_of,
)
from cilis.infra import audit, i18n, outbox
from cilis.infra.papers import Brand
from cilis.infra.tenancy import current_tenant
from cilis.kit import ids


def issue(session: Session, wish: PaperWish) -> Paper:
    """Write an invoice or a receipt; under a key that is known, the paper of that time.

    An invoice needs a seller with legal name, address and tax number; where one is missing a
    receipt is written. Call it late in a transaction: the next number waits for its end.

    Raises:
        NothingToIssue: no lines, several currencies, or a credit note.
        PersonNotFound: nobody to write it for.
    """
    if wish.kind == PaperKind.CREDIT_NOTE or len(_currencies(wish)) != 1:
        raise NothingToIssue(wish.key)
    one_at_a_time(session, wish.key)
    known = queries.by_key(session, wish.key)
    if known is not None:
        return known
    organization = tenants.organization(session)
    kind = wish.kind
    if kind == PaperKind.INVOICE and seller_gaps(organization):
        kind = PaperKind.RECEIPT
    with client_language(session, wish.person_id) as language:
        lines = [_line(line) for line in wish.lines]
        shared = taxes.shares(
            (line["gross_minor"], line["rate_bp"], line["tax_name"]) for line in lines
        )
        zone = i18n.known_zone(organization.time_zone)
        content: Content = {
            "buyer": _buyer(session, wish.person_id),
            "lines": lines,
            "settled": [
                {
                    "how": _words(one.how),
                    "on": _day(one.at, zone),
                    "minor": one.amount.minor,
                }
                for one in wish.settled
            ],
            "paid_on": _day(max(one.at for one in wish.settled), zone) if wish.settled else "",
            "supplied_on": _day(wish.supplied_at, zone) if wish.supplied_at else "",
            "reference": wish.reference,
            "about": wish.about,
        }
        draft = Paper(
            id=ids.new(),
            key=wish.key,
            kind=kind,
            person_id=wish.person_id,
            subject_id=wish.subject_id,
            payment_id=wish.payment_id,
            currency=wish.lines[0].gross.currency,
            language=language,
        )
        return write(session, draft, content, shared)


def write(session: Session, draft: Paper, content: Content, shared: Sequence[Share]) -> Paper:
    """Number a paper, freeze what stands on it, and keep it; in the language being spoken."""
    organization = tenants.organization(session)
    chosen = queries.settings(session)
    zone = i18n.known_zone(organization.time_zone)
    serial, at, day = next_number(session, draft.kind, zone)
    draft.serial, draft.year = serial, day.year
    draft.number = number_of(chosen.patterns[draft.kind], day.year, serial)
    draft.issued_at, draft.issued_on = at, day
    draft.total_minor = sum(share.gross for share in shared)
    draft.tax_minor = sum(share.tax for share in shared)
    draft.template = TEMPLATE
    draft.content = {
        **content,
        "kind": draft.kind.value,
        "number": draft.number,
        "issued_at": at.astimezone(zone).isoformat(timespec="seconds"),
        "issued_on": day.isoformat(),
        "language": draft.language,
        "currency": draft.currency,
        "seller": _seller(organization),
        "taxes": [_share(one) for one in shared if one.rate_bp],
        "shares": [_share(one) for one in shared],
        "total_minor": draft.total_minor,
        "tax_minor": draft.tax_minor,
        "notes": [i18n.translated(chosen.note)],
    }
    brand = Brand.read(organization.name, organization.brand)
    draft.sheet = {"data": sheet(draft.content), "brand": brand.as_dict()}
    session.add(draft)
    session.flush()
    detail = {"number": draft.number, "total_minor": draft.total_minor}
    audit.record(session, f"invoices.{draft.kind}_issued", draft.id, actor=None, detail=detail)
    event = PaperIssued(paper_id=draft.id, kind=draft.kind.value, person_id=draft.person_id)
    outbox.emit(session, event, subject=draft.id)
    return draft


def seller_gaps(organization: tenants.Organization) -> list[str]:
    """What an invoice needs of the organization and is not known: names of legal settings."""
    return [one for one in ("company", "address", "tax_id") if not organization.legal.get(one)]


def one_at_a_time(session: Session, key: str) -> None:
    """Papers for one reason wait for each other, from here to the end of the transaction."""
    queue = sa.func.hashtextextended(f"paper:{current_tenant().schema}:{key}", 0)
    session.execute(sa.select(sa.func.pg_advisory_xact_lock(queue)))


@contextmanager
def client_language(session: Session, person_id: UUID) -> Iterator[str]:
    """Speak the client's language where the organization speaks it, in the organization's zone."""
    organization = tenants.organization(session)
    wanted = identity.person(session, person_id).language
    language = wanted if wanted in organization.languages else organization.default_language
    with i18n.speaking(language, organization.time_zone, fallback=organization.default_language):
        yield language


def kept_shares(content: Content) -> list[Share]:
    """The shares of a paper that was written before."""
    return [
        Share(one["rate_bp"], one["name"], one["gross_minor"], one["tax_minor"])
        for one in content["shares"]
    ]


def _share(share: Share) -> dict[str, Any]:
    return {
        "rate_bp": share.rate_bp,
        "name": share.name,
        "gross_minor": share.gross,
        "net_minor": share.net,
        "tax_minor": share.tax,
    }


def _currencies(wish: PaperWish) -> set[str]:
    return {line.gross.currency for line in wish.lines}


def _line(line: PaperLine) -> dict[str, Any]:
    return {
        "text": _words(line.text),
        "note": _words(line.note),
        "quantity": line.quantity,
        "gross_minor": line.gross.minor,
        "rate_bp": line.tax.rate_bp,
        "tax_name": _words(line.tax.name),
    }


def _words(words: Words) -> str:
    return words if isinstance(words, str) else i18n.translated(words)


def _day(at: datetime, zone: ZoneInfo) -> str:
    day: date = at.astimezone(zone).date()
    return day.isoformat()


def _buyer(session: Session, person_id: UUID) -> dict[str, str]:
    person = identity.person(session, person_id)
    return {"name": person.name, "email": person.email, **asdict(queries.buyer(session, person_id))}


def _seller(organization: tenants.Organization) -> Mapping[str, str]:
    names = ("company", "address", "tax_id", "registration", "email", "phone")
    return {
        "name": organization.name,
        **{name: organization.legal.get(name, "") for name in names},
    }
