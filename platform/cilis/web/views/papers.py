"""Words for verification: what a paper proves, what is missing, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

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
        "/desk/profile",
        "languages",
        N_("Choose your languages"),
        N_("Only those in which you can hold a session."),
    ),
    "topics": ("/desk/profile", "tag", N_("Choose your fields"), N_("People search by them.")),
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
    "hours": ("/desk/hours", "clock", N_("Open some hours"), N_("Without them nobody can book.")),
}


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing that is missing, and where to do it."""

    address: str
    icon: str
    words: str
    why: str


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


def history(
    steps: Sequence[experts.StepView],
    people: Mapping[UUID, identity.Person] | None = None,
    papers: Mapping[UUID, str] | None = None,
) -> list[dict[str, object]]:
    """A verification's history for the timeline: who did what, when and why."""
    shown: list[dict[str, object]] = []
    for step in steps:
        icon, words = _STEPS.get(step.step, ("circle", step.step))
        title = gettext(words)
        actor = (people or {}).get(step.actor_id) if step.actor_id else None
        paper = (papers or {}).get(step.document_id) if step.document_id else None
        about = [part for part in (actor.name if actor else "", paper or "") if part]
        shown.append(
            {
                "title": f"{title} · {', '.join(about)}" if about else title,
                "icon": icon,
                "state": "gone" if step.step == "reject" else "past",
                "at": step.at,
                "text": "\n".join([step.reason, *step.missing]).strip(),
            }
        )
    return shown
