"""Letters about money on its way to experts."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import payouts
from cilis.domains.notifications.service.facts import Case
from cilis.domains.notifications.types import Block, Letter
from cilis.domains.payouts import AdjustmentState, BatchState, PayoutState
from cilis.infra import i18n
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _


def paid(session: Session, case: Case) -> Letter | None:
    """Money has left; for the expert."""
    payout = payouts.payout(session, case.subject_id)
    if payout.state != PayoutState.PAID:
        return None
    amount = i18n.format_money(payout.amount)
    return Letter(
        subject=_("%(amount)s is on its way to your account", amount=amount),
        opening=_("We have paid out to you."),
        fact=[amount],
        under=_("to %(account)s", account=payout.hint),
        preheader=_("Banks take one to two working days."),
        button=_("See your payouts"),
        link=absolute("/desk/payouts"),
        hint=_("Banks take one to two working days."),
    )


def returned(session: Session, case: Case) -> Letter | None:
    """Money came back; for the expert."""
    payout = payouts.payout(session, case.subject_id)
    if payout.state != PayoutState.RETURNED:
        return None
    amount = i18n.format_money(payout.amount)
    words = _("The amount is on your balance again. Please look whether your account is right.")
    return Letter(
        subject=_("A payout of %(amount)s came back", amount=amount),
        opening=_("A payout did not reach you."),
        fact=[amount],
        under=_("to %(account)s", account=payout.hint),
        preheader=words,
        blocks=[Block(_("Reason"), payout.reason)] if payout.reason else [],
        button=_("See the account"),
        link=absolute("/desk/payouts"),
        hint=words,
    )


def payee_changed(session: Session, case: Case) -> Letter | None:
    """Money goes elsewhere from now on; the expert should hear of it."""
    if company := case.detail.get("about", {}).get("name"):
        return _payee_changed_at(_(str(company)))
    payee = payouts.payee(session, case.subject_id)
    if payee is None:
        return None
    words = ""
    if payee.locked_until is not None:
        until = i18n.format_datetime(payee.locked_until)
        words = _("To be safe, nothing is paid out before %(time)s.", time=until)
    return Letter(
        subject=_("The account for your payouts was changed"),
        opening=_("Your payouts go to another account from now on."),
        fact=[payee.hint],
        under=words,
        preheader=words or payee.hint,
        button=_("See the account"),
        link=absolute("/desk/payouts"),
        aside=Block(_("Was it not you?"), _("Choose a new password at once, and tell us.")),
        aside_link=(_("Choose a new password"), absolute("/forgot")),
    )


def _payee_changed_at(company: str) -> Letter:
    """What clients pay by a company goes elsewhere; the account's name is the company's matter."""
    words = _("Your part of what clients pay by %(company)s goes there.", company=company)
    return Letter(
        subject=_("The account for your payouts was changed"),
        opening=_("Your account at %(company)s is another one from now on.", company=company),
        fact=[company],
        under=words,
        preheader=words,
        button=_("See the account"),
        link=absolute("/desk/payouts"),
        aside=Block(_("Was it not you?"), _("Choose a new password at once, and tell us.")),
        aside_link=(_("Choose a new password"), absolute("/forgot")),
    )


def batch_waits(session: Session, case: Case) -> Letter | None:
    """A batch needs a second person; for the organization's admins."""
    batch = payouts.batch(session, case.subject_id)
    if batch.state != BatchState.WAITING:
        return None
    amount = i18n.format_money(batch.total)
    return Letter(
        subject=_("A batch of payouts over %(amount)s needs your approval", amount=amount),
        opening=_("A batch of payouts waits for a second person."),
        fact=[amount],
        under=i18n.ngettext("%(n)s payout", "%(n)s payouts", batch.payouts),
        preheader=batch.reference,
        button=_("See the batch"),
        link=absolute(f"/admin/payouts/batches/{batch.id}"),
    )


def failed(session: Session, case: Case) -> Letter | None:
    """A payment company did not pay an expert; for the organization's admins."""
    payout = payouts.payout(session, case.subject_id)
    if payout.state != PayoutState.RETURNED:
        return None
    amount = i18n.format_money(payout.amount)
    words = _("The amount is on the expert’s balance again and can be part of the next batch.")
    return Letter(
        subject=_("A payout of %(amount)s failed", amount=amount),
        opening=_("A payout did not reach its expert."),
        fact=[amount],
        under=_("to %(account)s", account=payout.hint),
        preheader=words,
        blocks=[Block(_("Reason"), payout.reason)] if payout.reason else [],
        button=_("See the batch"),
        link=absolute(f"/admin/payouts/batches/{payout.batch_id}"),
        hint=words,
    )


def correction_waits(session: Session, case: Case) -> Letter | None:
    """A correction of a balance needs a second person; for the organization's admins."""
    found = payouts.adjustment(session, case.subject_id)
    if found.state != AdjustmentState.WAITING:
        return None
    amount = i18n.format_money(found.amount)
    return Letter(
        subject=_("A correction of %(amount)s needs your approval", amount=amount),
        opening=_("A correction of a balance waits for a second person."),
        fact=[amount],
        preheader=found.reason,
        blocks=[Block(_("Reason"), found.reason)],
        button=_("See payouts"),
        link=absolute("/admin/payouts"),
    )
