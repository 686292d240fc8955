"""Words for verification: what a paper proves, what is missing, what happened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from cilis.domains import experts, identity
from cilis.domains.experts import DocumentKind
from cilis.infra.i18n import N_, format_number, gettext

_KINDS = {
    DocumentKind.IDENTITY: N_("Identity document"),
    DocumentKind.DEGREE: N_("Degree"),
    DocumentKind.LICENCE: N_("Licence to practise"),
    DocumentKind.CERTIFICATE: N_("Certificate"),
    DocumentKind.INSURANCE: N_("Liability insurance"),
    DocumentKind.ADDRESS: N_("Proof of address"),
    DocumentKind.OTHER: N_("Something else"),
}
_STEPS = {
    "submitted": ("upload", N_("Sent for verification")),
    "submitted_again": ("upload", N_("Sent again")),
    "ask": ("message-circle-question-mark", N_("More was asked for")),
    "approve": ("badge-check", N_("Approved")),
    "reject": ("circle-x", N_("Rejected")),
    "withdrawn": ("undo-2", N_("Withdrawn")),
    "opened": ("eye", N_("A document was opened")),
}
_MISSING = {
    "headline": (
        "/desk/profile",
        "user-round",
        N_("Write a headline"),
        N_("One line that says what you help with."),
    ),
    "biography": (
        "/desk/profile",
        "user-round",
        N_("Write about yourself"),
        N_("People read it before they book."),
    ),
    "languages": (
        "/desk/profile#spoken",
        "languages",
        N_("Choose your languages"),
        N_("Only those in which you can hold a session."),
    ),
    "topics": (
        "/desk/profile#fields",
        "tag",
        N_("Choose your fields"),
        N_("People search by them."),
    ),
    "services": (
        "/desk/services",
        "tag",
        N_("Add a service"),
        N_("With its length and its price."),
    ),
    "documents": (
        "/desk/verification",
        "file-badge",
        N_("Add your documents"),
        N_("Identity and one proof of your profession."),
    ),
    "picture": (
        "/desk/profile#picture",
        "user-round",
        N_("Show a photograph"),
        N_("People book faces more readily than initials."),
    ),
    "experience": (
        "/desk/profile#experience",
        "briefcase",
        N_("Add experience or education"),
        N_("A few lines with years are enough."),
    ),
    "hours": ("/desk/hours", "clock", N_("Open some hours"), N_("Without them nobody can book.")),
}


Names = Mapping[UUID, str]


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that is missing, and where to do it."""

    address: str
    icon: str
    words: str
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing a reviewer asked for; ``done``: a paper of that kind was added since."""

    words: str
    kind: str = ""
    done: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """One application with its history in words."""

    id: UUID
    state: experts.VerificationState
    submitted_at: datetime
    steps: Sequence[Mapping[str, object]]


def asked_for(missing: Sequence[str], fresh: Sequence[experts.DocumentView]) -> list[Asked]:
    """What is still asked for, and what of it lies here already."""
    known, added = kinds(), {paper.kind.value for paper in fresh}
    return [
        Asked(known[item], item, item in added) if item in known else Asked(item)
        for item in missing
    ]


def told(one: experts.VerificationRound, names: Names) -> Round:
    """One application with its history for the timeline."""
    return Round(one.id, one.state, one.submitted_at, history(one.steps, names))


def names_of(session: Session, histories: Sequence[Sequence[experts.StepView]]) -> Names:
    """For staff: the names of all who did something."""
    actors = {step.actor_id for steps in histories for step in steps if step.actor_id}
    return {one: person.name for one, person in identity.people(session, actors).items()}


def names_for(expert: experts.ExpertCard, house: str) -> Names:
    """For the expert: you and the house; who of the staff it was is their own business."""
    return defaultdict(lambda: house, {expert.person_id: gettext("you")})


def kinds() -> dict[str, str]:
    """What a paper may prove, in the reader's language."""
    return {kind.value: gettext(words) for kind, words in _KINDS.items()}


def size(number: int) -> str:
    """A file's size as people say it: "1,2 MB"."""
    if number < 1_000_000:
        return f"{format_number(max(1, round(number / 1000)))} kB"
    return f"{format_number(number / 1_000_000, 1)} MB"


def todos(missing: Sequence[str]) -> list[Todo]:
    """What is missing, in words."""
    return [
        Todo(address, icon, gettext(words), gettext(why))
        for address, icon, words, why in (_MISSING[code] for code in missing if code in _MISSING)
    ]


def _name(actor_id: UUID | None, names: Names) -> str:
    try:
        return names[actor_id] if actor_id else ""
    except KeyError:  # somebody whose account is gone
        return ""


def wanted(missing: Sequence[str]) -> list[str]:
    """What a reviewer asked for, in the reader's language: kinds of papers, or own words."""
    known = kinds()
    return [known.get(item, item) for item in missing]


def history(
    steps: Sequence[experts.StepView], names: Names, papers: Mapping[UUID, str] | None = None
) -> list[dict[str, object]]:
    """A verification's history for the timeline: who did what, when and why."""
    shown: list[dict[str, object]] = []
    for step in steps:
        icon, words = _STEPS.get(step.step, ("circle", step.step))
        title = gettext(words)
        actor = _name(step.actor_id, names)
        paper = (papers or {}).get(step.document_id) if step.document_id else None
        shown.append(
            {
                "title": f"{title}: {paper}" if paper else title,
                "by": actor,
                "icon": icon,
                "state": "gone" if step.step == "reject" else "past",
                "at": step.at,
                "text": "\n".join([step.reason, *wanted(step.missing)]).strip(),
            }
        )
    return shown
