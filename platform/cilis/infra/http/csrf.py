"""Protection of unsafe page requests: the Origin must be ours and the form's token fit."""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus

from flask import request
from markupsafe import Markup

from cilis.infra.http.addresses import origins
from cilis.infra.http.session import session_token
from cilis.infra.http.viewer import viewer
from cilis.infra.secrets import signing_keys
from cilis.kit import crypto
from cilis.kit.errors import DomainError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignForm(DomainError):
    """The request does not come from one of this site's own pages, or its page is too old."""

    code = "foreign_form"
    status = HTTPStatus.FORBIDDEN


def csrf_token() -> str:
    """The token that forms of this session carry."""
    return _token(session_token() or "", 0)


def idempotency_key() -> str:
    """A fresh key for one form, so that a double click does one thing."""
    return crypto.token(128)


def csrf_field() -> Markup:
    """The hidden fields of every form."""
    return Markup(
        '<input type="hidden" name="_csrf" value="{}"><input type="hidden" name="_key" value="{}">'
    ).format(csrf_token(), idempotency_key())


def check() -> None:
    """Refuse an unsafe request of a browser that does not come from our own page.

    Raises:
        ForeignForm: the Origin is absent, ``null`` or another's, or the token does not fit.
    """
    if request.method in SAFE:
        return
    if request.headers.get("Origin") not in origins():
        raise ForeignForm(f"origin {request.headers.get('Origin')!r}")
    given = request.headers.get("X-Csrf") or request.form.get("_csrf", "")
    bindings = [session_token() or ""]
    if viewer().person_id is None:
        bindings.append("")  # a page shown before the browser's first session
    fits = (
        crypto.same(given, _token(binding, index))
        for binding in bindings
        for index in range(len(signing_keys("csrf")))
    )
    if not any(fits):
        raise ForeignForm("token")


def _token(binding: str, index: int) -> str:
    key = signing_keys("csrf")[index]
    return hmac.new(key, binding.encode(), hashlib.sha256).hexdigest()[:40]
