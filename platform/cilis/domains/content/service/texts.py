"""Texts in several languages as an admin writes them: checked against the organization's own."""

from __future__ import annotations

from sqlalchemy.orm import Session

from cilis.domains import tenants
from cilis.domains.content.types import ByLanguage
from cilis.kit import text
from cilis.kit.errors import InvalidInput


def checked(
    session: Session, name: str, given: ByLanguage, *, most: int, required: bool = True
) -> dict[str, str]:
    """The texts trimmed, empty ones left out.

    Args:
        session: the caller's.
        name: the field's name in refusals: "<name>.<language>".
        given: language -> text.
        most: how long one may be.
        required: whether the organization's first language must have one.

    Raises:
        InvalidInput: a language that the organization does not speak, or a text that is missing,
            too long or unclean.
    """
    organization = tenants.organization(session)
    wrong: dict[str, list[str]] = {}
    kept: dict[str, str] = {}
    for language, raw in given.items():
        value = text.nfc(raw).strip().replace("\r\n", "\n")
        code = _code(value, language in organization.languages, most)
        if code:
            wrong[f"{name}.{language}"] = [code]
        elif value:
            kept[language] = value
    if required and not wrong and organization.default_language not in kept:
        wrong[f"{name}.{organization.default_language}"] = ["required"]
    if wrong:
        raise InvalidInput(wrong)
    return kept


def _code(value: str, is_spoken: bool, most: int) -> str:
    if not is_spoken:
        return "not_a_choice"
    if len(value) > most:
        return "too_long"
    return "" if text.is_clean(value) else "unclean_text"
