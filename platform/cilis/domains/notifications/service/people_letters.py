"""Letters about an account, and about becoming an expert."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import experts, identity
from cilis.domains.notifications.service.facts import Case
from cilis.domains.notifications.types import Block, Letter
from cilis.infra.http.addresses import absolute
from cilis.infra.i18n import gettext as _


def verify_email(session: Session, case: Case) -> Letter | None:
    """The link that shows that an address is the person's own."""
    secret = _secret(session, case)
    if secret is None:
        return None
    words = _("The link works for three days and once.")
    return Letter(
        subject=_("Please confirm your address"),
        opening=_("Welcome to %(name)s.", name=case.organization.name),
        fact=[_("Confirm your e-mail address")],
        preheader=words,
        button=_("Confirm address"),
        link=absolute(f"/verify/{secret}"),
        hint=words,
        aside=Block(
            _("Was it not you?"), _("Then somebody mistyped. Do nothing, and nothing happens.")
        ),
    )


def change_email(session: Session, case: Case) -> Letter | None:
    """The link that shows that a new address is the person's own; it goes to that address."""
    try:
        change = identity.email_change(session, case.subject_id)
    except identity.LinkNotValid:
        return None
    words = _("The link works for one day and once.")
    return Letter(
        subject=_("Please confirm your new address"),
        opening=_("You want to be written to here from now on."),
        fact=[_("Use the new e-mail address")],
        preheader=words,
        button=_("Confirm address"),
        link=absolute(f"/change-email/{change.secret}"),
        hint=words,
        aside=Block(
            _("Was it not you?"), _("Then somebody mistyped. Do nothing, and nothing happens.")
        ),
        to_address=change.email,
    )


def email_change_asked(session: Session, case: Case) -> Letter | None:
    """Somebody who knows the password wants another address; the present one is warned."""
    try:
        change = identity.email_change(session, case.subject_id)
    except identity.LinkNotValid:
        return None
    words = _("It counts once the link that we sent there is opened.")
    return Letter(
        subject=_("A new address for your account"),
        opening=_("You want to be written to at another address."),
        fact=[change.email],
        under=words,
        preheader=words,
        button=_("To the account"),
        link=absolute("/account#email"),
        aside=Block(
            _("Was it not you?"),
            _("Choose a new password at once: then the link stops working."),
        ),
        aside_link=(_("Choose a new password"), absolute("/forgot")),
    )


def reset_password(session: Session, case: Case) -> Letter | None:
    """The link with which a new password is chosen."""
    secret = _secret(session, case)
    if secret is None:
        return None
    words = _("The link works for one hour and once.")
    return Letter(
        subject=_("Choose a new password"),
        opening=_("You asked for a new password."),
        fact=[_("Choose a new password")],
        preheader=words,
        button=_("Choose password"),
        link=absolute(f"/reset/{secret}"),
        hint=words,
        aside=Block(
            _("Was it not you?"), _("Do nothing: your old password stays, and nobody gets in.")
        ),
    )


def password_changed(session: Session, case: Case) -> Letter | None:
    """A password was changed; the person should hear of it."""
    del session
    words = _("All other devices were signed out.")
    return Letter(
        subject=_("Your password was changed"),
        opening=_("Your account at %(name)s has a new password.", name=case.organization.name),
        fact=[_("Your password was changed")],
        preheader=words,
        under=words,
        button=_("See your devices"),
        link=absolute("/account/security"),
        aside=Block(_("Was it not you?"), _("Choose a new password at once.")),
        aside_link=(_("Choose a new password"), absolute("/forgot")),
    )


def sessions_ended(session: Session, case: Case) -> Letter | None:
    """A key was used twice: somebody may have stolen it, so what it opened was signed out."""
    del session, case
    words = _("Somebody used an old key of your account. To be safe we ended that session.")
    return Letter(
        subject=_("You were signed out to be safe"),
        opening=words,
        fact=[_("You were signed out")],
        preheader=words,
        button=_("Sign in again"),
        link=absolute("/log-in"),
        aside=Block(_("Was it not you?"), _("Choose a new password at once.")),
        aside_link=(_("Choose a new password"), absolute("/forgot")),
    )


def verification_submitted(session: Session, case: Case) -> Letter | None:
    """An expert asks to be verified; for the organization's admins."""
    card = experts.card(session, case.subject_id)
    return Letter(
        subject=_("To verify: %(name)s", name=card.title),
        opening=_("An expert asks to be verified."),
        fact=[card.title],
        button=_("Look at the papers"),
        link=absolute(f"/admin/verification/{case.detail.get('verification_id', '')}"),
    )


def verification_decided(session: Session, told: Case) -> Letter | None:
    """A reviewer has answered; for the expert."""
    latest = experts.latest_verification(session, told.subject_id)
    if latest is None:
        return None
    match latest.state:
        case experts.VerificationState.APPROVED:
            return Letter(
                subject=_("You are verified"),
                opening=_("Your papers were checked."),
                fact=[_("You are verified")],
                under=_("Your profile is public and can be booked."),
                preheader=_("Your profile is public and can be booked."),
                button=_("To your desk"),
                link=absolute("/desk"),
                hint=_("Set your hours, so that clients find a time."),
            )
        case experts.VerificationState.MORE_ASKED:
            return _papers(
                _("One more paper, please"),
                _("We have looked at your papers and need more."),
                latest.reason,
            )
        case experts.VerificationState.REJECTED:
            return _papers(
                _("We could not verify you"), _("We have looked at your papers."), latest.reason
            )
        case _:
            return None


def _papers(fact: str, opening: str, reason: str) -> Letter:
    return Letter(
        subject=fact,
        opening=opening,
        fact=[fact],
        preheader=reason[:120],
        blocks=[Block(_("What the reviewer writes"), reason)] if reason else [],
        button=_("See your papers"),
        link=absolute("/desk/verification"),
    )


def _secret(session: Session, case: Case) -> str | None:
    try:
        return identity.one_time_secret(session, case.subject_id)
    except identity.LinkNotValid:
        return None
