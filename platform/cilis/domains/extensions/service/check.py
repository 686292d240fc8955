"""Check what an admin fills in against the fields that a plugin declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from cilis.hooks.settings import SettingField, SettingKind
from cilis.kit import text
from cilis.kit.errors import InvalidInput

_LONGEST = 2000


def checked(
    fields: Sequence[SettingField],
    given: Mapping[str, str],
    *,
    kept: Mapping[str, str],
    complete: bool,
) -> dict[str, str]:
    """The given values, trimmed and in the form their fields ask for.

    Args:
        fields: what the plugin declares.
        given: name -> value; fields left out are not checked unless ``complete``.
        kept: what is known already; a field kept or with a default is not missing.
        complete: whether every required field must have a value.

    Raises:
        InvalidInput: ``settings.<name>`` -> codes, for every field that is wrong.
    """
    known = {field.name: field for field in fields}
    wrong: dict[str, list[str]] = {
        f"settings.{name}": ["unknown_field"] for name in given if name not in known
    }
    values = {name: text.nfc(value).strip() for name, value in given.items() if name in known}
    for field in fields:
        code = _code(field, values.get(field.name))
        if code is None and complete and _is_missing(field, values, kept):
            code = "required"
        if code is not None:
            wrong[f"settings.{field.name}"] = [code]
    if wrong:
        raise InvalidInput(wrong)
    return values


def _is_missing(field: SettingField, values: Mapping[str, str], kept: Mapping[str, str]) -> bool:
    if not field.required or field.kind is SettingKind.SWITCH:
        return False
    return not values.get(field.name, kept.get(field.name) or field.default)


def _code(field: SettingField, value: str | None) -> str | None:
    if not value:
        return None
    if len(value) > _LONGEST:
        return "too_long"
    if not text.is_clean(value):
        return "unclean_text"
    check = _CHECKS.get(field.kind)
    return check(field, value) if check else None


def _url(_: SettingField, value: str) -> str | None:
    try:
        parts = urlsplit(value)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
        fits = fits and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    return None if fits else "not_a_url"


def _choice(field: SettingField, value: str) -> str | None:
    return None if value in {key for key, _ in field.choices} else "not_a_choice"


def _number(_: SettingField, value: str) -> str | None:
    return None if value.isascii() and value.isdigit() else "not_a_number"


def _switch(_: SettingField, value: str) -> str | None:
    return None if value == "1" else "not_a_choice"


_CHECKS: Mapping[SettingKind, Callable[[SettingField, str], str | None]] = {
    SettingKind.URL: _url,
    SettingKind.CHOICE: _choice,
    SettingKind.NUMBER: _number,
    SettingKind.SWITCH: _switch,
}
