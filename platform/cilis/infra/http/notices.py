"""One-time messages for the next page, kept in a signed cookie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, g, request
from itsdangerous import BadSignature, URLSafeSerializer

from cilis.infra.http.session import cookie_name, put_cookie
from cilis.infra.i18n import error_text, gettext
from cilis.infra.secrets import signing_keys

_ERROR = "error."


@dataclass(frozen=True, slots=True)
class Shown:
    """A message to show once; ``kind`` is positive, caution, negative or info."""

    kind: str
    text: str


def notice(msgid: str, kind: str = "positive", **values: Any) -> None:
    """Say something on the next page that is shown to this browser."""
    _keep(kind, msgid, values)


def refused(code: str, kind: str = "caution", /, **values: Any) -> None:
    """Say on the next page why something was refused, by the refusal's or the field's code."""
    _keep(kind, f"{_ERROR}{code}", values)


def _keep(kind: str, msgid: str, values: dict[str, Any]) -> None:
    g.setdefault("notices_next", []).append([kind, msgid, values])


def notices() -> list[Shown]:
    """What was said for this page; saying it twice is not possible."""
    waiting = list(g.get("notices_next", []))
    g.notices_next = []
    raw = request.cookies.get(cookie_name("notice"))
    if raw and not g.get("notices_read"):
        g.notices_read = True
        waiting = _opened(raw) + waiting
    return [Shown(str(kind), _text(str(msgid), values)) for kind, msgid, values in waiting]


def _text(msgid: str, values: dict[str, Any]) -> str:
    if msgid.startswith(_ERROR):
        return error_text(msgid.removeprefix(_ERROR), **values)
    return gettext(msgid, **values)


def write_notices(response: Response) -> Response:
    """Keep what waits for the next page, and forget what was shown."""
    waiting = g.get("notices_next")
    if waiting:
        put_cookie(response, "notice", _signer().dumps(waiting), 300)
    elif g.get("notices_read"):
        put_cookie(response, "notice", "", 0)
    return response


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(signing_keys("notice")[0], salt="notice", serializer=_Json)


def _opened(raw: str) -> list[Any]:
    try:
        found = _signer().loads(raw)
    except (BadSignature, ValueError):
        return []
    return found if isinstance(found, list) else []


class _Json:
    @staticmethod
    def dumps(value: Any) -> str:  # text, or itsdangerous would make bytes of the whole
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(raw: str | bytes) -> Any:
        return orjson.loads(raw)
