"""Letters about credit: it can be used, a gift for somebody, and what ends soon."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from cilis.domains import credits, identity, payments
from cilis.domains.credits import Credit, CreditKind, CreditState
from cilis.domains.notifications.service.facts import Case
from cilis.domains.notifications.types import Block, Letter, Line
from cilis.infra import i18n
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _
from cilis.infra.i18n import ngettext


def opened(session: Session, case: Case) -> Letter | None:
    """A credit can be used; for who bought it, perhaps for somebody else, or was given it."""
    found = credits.credit(session, case.subject_id)
    if found.state is not CreditState.OPEN:
        return None
    if found.kind is CreditKind.GOODWILL:
        return _given(case, found)
    letter = _sent(found) if found.recipient else _bought(found)
    return replace(letter, lines_title=_("You have paid"), lines=_lines(session, found))


def gift(session: Session, case: Case) -> Letter | None:
    """The code of a gift; for the address that its buyer named."""
    found = credits.credit(session, case.subject_id)
    if found.state is not CreditState.OPEN or found.owner_id is not None:
        return None
    amount = i18n.format_money(found.amount)
    buyer = identity.person(session, found.buyer_id).name if found.buyer_id else ""
    words = _(
        "%(name)s gives you %(amount)s to spend on sessions with our experts.",
        name=buyer,
        amount=amount,
    )
    hint = _("Log in or create an account, and type the code there. Keep it like money until then.")
    return Letter(
        subject=_("%(name)s has a gift for you", name=buyer),
        opening=words,
        fact=[credits.code_of(found)],
        under=_until(found),
        preheader=words,
        button=_("Take the gift"),
        link=absolute("/credits/redeem"),
        hint=hint,
        blocks=[Block(_("What %(name)s writes", name=buyer), found.message)]
        if found.message
        else [],
        to_address=found.recipient,
        to_name="",
    )


def ends_soon(session: Session, case: Case) -> Letter | None:
    """What is left of a credit is lost soon; for its owner."""
    found = credits.warn(session, case.subject_id)
    if found is None or found.ends_at is None or found.owner_id != case.reader.id:
        return None
    left = credits.left(session, found)
    amount, day = i18n.format_money(left), i18n.format_date(found.ends_at, "weekday")
    sessions = found.sessions_left(left)
    fact = [amount]
    if sessions:
        fact = [ngettext("%(n)s session left", "%(n)s sessions left", sessions)]
    words = _("What is not used by then is lost.")
    return Letter(
        subject=_("Your credit ends on %(day)s", day=day),
        opening=_("Your credit ends soon."),
        fact=fact,
        under=_until(found),
        preheader=words,
        hint=words,
        button=_("Find an expert"),
        link=absolute("/experts"),
        blocks=[Block(_("Package"), i18n.translated(found.name))] if found.name else [],
        footnote=_("Credit %(reference)s", reference=found.reference),
    )


def _given(case: Case, found: Credit) -> Letter:
    amount = i18n.format_money(found.amount)
    letter = Letter(
        subject=_("%(amount)s of credit for you", amount=amount),
        opening=_("%(name)s gives you credit.", name=case.organization.name),
        fact=[amount],
        blocks=[Block(_("What we write"), found.reason)] if found.reason else [],
    )
    return _plain(found, letter)


def _bought(found: Credit) -> Letter:
    if found.kind is CreditKind.PACKAGE:
        name, number = i18n.translated(found.name), found.sessions or 0
        letter = Letter(
            subject=_("Your package: %(name)s", name=name),
            opening=_("Your package can be used."),
            fact=[name, ngettext("%(n)s session", "%(n)s sessions", number)],
        )
        return _plain(found, letter)
    amount = i18n.format_money(found.amount)
    letter = Letter(
        subject=_("%(amount)s of credit for you", amount=amount),
        opening=_("Your credit can be used."),
        fact=[amount],
    )
    return _plain(found, letter)


def _sent(found: Credit) -> Letter:
    """For the buyer of a gift: where it went, and its code in case that mail is lost."""
    amount = i18n.format_money(found.amount)
    letter = Letter(
        subject=_("Your gift of %(amount)s is on its way", amount=amount),
        opening=_("Your gift is paid, and its code is on its way."),
        fact=[amount],
    )
    letter = _plain(found, letter)
    words = _("We sent the code to %(address)s. You see on its page when it was taken.",
              address=found.recipient)  # fmt: skip
    blocks = [] if found.owner_id is not None else [Block(_("Its code"), credits.code_of(found))]
    return replace(letter, hint=words, preheader=words, blocks=blocks)


def _plain(found: Credit, letter: Letter) -> Letter:
    words = _("When you pay for a session, you choose whether to use it.")
    return replace(
        letter,
        under=_until(found),
        preheader=words,
        hint=words,
        button=_("See my credit"),
        link=absolute(f"/credits/{found.id}"),
        footnote=_("Credit %(reference)s", reference=found.reference),
    )


def _until(found: Credit) -> str:
    if found.ends_at is None:
        return ""
    return _("until %(day)s", day=i18n.format_date(found.ends_at, "weekday"))


def _lines(session: Session, found: Credit) -> list[Line]:
    """What was paid and how; credit holds no tax, that comes with the session."""
    if found.paid_attempt_id is None:
        return []
    attempt = payments.attempt(session, found.paid_attempt_id)
    how = payments.title(attempt.provider, attempt.way)
    amount = i18n.format_money(attempt.amount)
    return [Line(_("Total, by %(method)s", method=how), amount, is_total=True)]
