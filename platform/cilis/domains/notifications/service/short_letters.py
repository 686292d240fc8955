"""Short letters that say what the list says, with one button; and the letter of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cilis.domains.notifications.models import NoticeRow
from cilis.domains.notifications.service.words import told
from cilis.domains.notifications.types import Block, Kind, Letter
from cilis.infra import i18n
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import N_
from cilis.infra.i18n import gettext as _

_SHOWN = 20
_FACTS: Mapping[Kind, tuple[str, str, str]] = {
    Kind.MESSAGE_WAITING: (
        N_("A new message"),
        N_("Read and answer"),
        N_("Please answer on the page: replies to this mail do not reach the other side."),
    ),
    Kind.DOCUMENT_SHARED: (
        N_("A new document"),
        N_("See the booking"),
        N_("For your safety, documents are not sent by mail."),
    ),
    Kind.REVIEW_WRITTEN: (
        N_("A new review"),
        N_("Read the review"),
        N_("A short answer shows others that you care."),
    ),
    Kind.TIME_PROPOSED: (
        N_("Another time?"),
        N_("Choose a time"),
        N_("Until you answer, your booking stays as it is."),
    ),
    Kind.PROPOSAL_CLOSED: (N_("It stays as it was"), N_("See the booking"), ""),
    Kind.BOOKING_DISPUTED: (
        N_("Somebody looks into it"),
        N_("See the booking"),
        N_("You need not do anything. You hear how it is decided."),
    ),
    Kind.BOOKING_DISPUTED_STAFF: (
        N_("A session needs your decision"),
        N_("See the booking"),
        "",
    ),
    Kind.BOOKING_DECIDED: (N_("It is decided"), N_("See the booking"), ""),
    Kind.MONEY_ALARM: (
        N_("Nothing was changed"),
        N_("Look at it"),
        N_("Something about money does not add up. The audit says what it was and why."),
    ),
    Kind.MONEY_DIFFERS: (
        N_("Please look at each one"),
        N_("See the differences"),
        N_("Each difference says what can be done about it."),
    ),
    Kind.REVIEW_ANSWERED: (N_("An answer to your review"), N_("Read the answer"), ""),
}


def is_short(kind: Kind) -> bool:
    """Whether this module writes the letter."""
    return kind in _FACTS


def write(row: NoticeRow) -> Letter:
    """The letter of a kind that has nothing to tell beyond its line."""
    fact, button, hint = _FACTS[row.kind]
    line = told(row)
    return Letter(
        subject=line.title,
        opening=f"{line.title}.",
        fact=[_(fact)],
        under=line.text,
        preheader=line.text or line.title,
        button=_(button),
        link=absolute(line.link),
        hint=_(hint) if hint else "",
    )


def digest(rows: Sequence[NoticeRow]) -> Letter | None:
    """The letter of the day; None when there is nothing to tell."""
    if not rows:
        return None
    lines = [told(row) for row in rows]
    count = i18n.ngettext(
        "%(n)s notice since yesterday", "%(n)s notices since yesterday", len(rows)
    )
    blocks = [
        Block(
            line.title, " · ".join(part for part in (line.text, i18n.format_time(line.at)) if part)
        )
        for line in lines[:_SHOWN]
    ]
    more = len(lines) - _SHOWN
    hint = i18n.ngettext("and %(n)s more", "and %(n)s more", more) if more > 0 else ""
    return Letter(
        subject=count,
        opening=_("This is what happened:"),
        fact=[count],
        preheader=lines[0].title,
        button=_("See all notices"),
        link=absolute("/notices"),
        hint=hint,
        blocks=blocks,
    )
